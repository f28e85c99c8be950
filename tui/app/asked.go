package app

import (
	"slices"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/run"
	"assay/tui/ui"
)

// asked is one thing that this screen has asked workers for, as the command that does
// the same, and how that went. It is changed by the event loop alone.
type asked struct {
	at   time.Time
	line string
	done bool
	err  error
}

// ask writes down what is about to be asked; answered takes what came of it.
func (m *Model) ask(line string) *asked {
	const most = 200
	a := &asked{at: m.ui.Now(), line: line}
	m.asked = append(m.asked, a)
	if len(m.asked) > most {
		m.asked = m.asked[1:]
	}
	m.deps.Log.Info("asked", "line", line)
	return a
}

func (m *Model) answered(a *asked, err error) {
	if a == nil {
		return
	}
	a.done, a.err = true, err
	if err != nil {
		m.deps.Log.Warn("refused", "line", a.line, "err", err)
	}
}

// startLine is the command that starts a run of a kind.
func startLine(kinds bench.Registry, kind string, given map[string]any) string {
	plain := "assay " + strings.ReplaceAll(kind, ".", " ")
	k, err := kinds.Find(kind)
	if err != nil {
		return plain
	}
	p, err := k.Schema.Complete(given)
	if err != nil {
		return plain
	}
	return k.CommandLine(p)
}

// showAsked lists what was asked, the newest first.
func (m *Model) showAsked() {
	var plain []string
	for _, a := range slices.Backward(m.asked) {
		how := "asked, no answer yet"
		switch {
		case a.err != nil:
			how = a.err.Error()
		case a.done:
			how = "done"
		}
		plain = append(plain, a.at.Format("15:04:05")+"  "+a.line, "  "+how)
	}
	if len(plain) == 0 {
		m.toasts.Add(m.ui.Now(), run.Info, "this screen has asked no worker for anything yet", nil)
		return
	}
	m.push(&page{title: "what was asked of workers, newest first", copy: strings.Join(plain, "\n"), text: func(c *ui.Context, w int) []string {
		var out []string
		for i, l := range plain {
			role := "muted"
			if i%2 == 0 {
				role = ""
			}
			for _, part := range ui.Wrap(ui.Plain(l), w) {
				out = append(out, c.Theme.Paint(role, part))
			}
		}
		return out
	}})
}
