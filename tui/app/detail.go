package app

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// page is an overlay of text that can be scrolled.
type page struct {
	title  string
	text   func(c *ui.Context, w int) []string
	copy   string // what y copies, "" for nothing
	what   string // that is, for the person; empty is the detail
	faults bool   // E saves a support bundle
	top    int
}

func (o *page) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 96), 1)
	lines := o.text(c, inner)
	rows := max(h-4, 1)
	o.top = max(min(o.top, len(lines)-rows), 0)
	shown := append([]string{}, lines[o.top:min(o.top+rows, len(lines))]...)
	keys := "esc close"
	if o.copy != "" {
		keys = "y copy  " + keys
	}
	if o.faults {
		keys = "E support bundle  " + keys
	}
	if len(lines) > rows {
		keys = fmt.Sprintf("j k scroll  %s  %d%%", keys, 100*(o.top+rows)/len(lines))
	}
	shown = append(shown, "", c.Theme.Paint("hint", keys))
	out := ui.Panel(c, o.title, shown, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

func (o *page) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	const half = 8
	switch ui.KeyName(key) {
	case "j", "down":
		o.top++
	case "k", "up":
		o.top = max(o.top-1, 0)
	case "ctrl+d", "pgdown", "space":
		o.top += half
	case "ctrl+u", "pgup":
		o.top = max(o.top-half, 0)
	case "g", "home":
		o.top = 0
	case "G", "end":
		o.top = 1 << 30 // view brings it back to the last page
	case "y":
		if o.copy != "" {
			m.pop(o) // it would cover the word that something was copied
			return m.intend(ui.Copy{Text: o.copy, What: cmp.Or(o.what, "the detail")})
		}
	case "E":
		if o.faults {
			m.pop(o)
			return m.bundle()
		}
	case "esc", "q", "enter", "backspace", "!":
		m.pop(o)
	}
	return nil
}

func (o *page) paste(string) {}

// showErrors opens the detail of the last news, which have been seen by that.
func (m *Model) showErrors() {
	news := m.toasts.All()
	m.toasts.Seen()
	if len(news) == 0 {
		m.toasts.Add(m.ui.Now(), run.Info, "nothing has gone wrong so far", nil)
		return
	}
	var plain []string
	for _, t := range news {
		plain = append(plain, describe(t)...)
	}
	m.push(&page{
		title: "what happened, newest first",
		copy:  strings.Join(plain, "\n"), faults: true,
		text: func(c *ui.Context, w int) []string {
			var out []string
			for _, t := range news {
				for i, l := range describe(t) {
					role := "muted"
					if i == 0 {
						role = "toast-info"
						if t.Level >= run.Err {
							role = "toast-error"
						} else if t.Level >= run.Warn {
							role = "toast-warn"
						}
					}
					for _, part := range ui.Wrap(ui.Plain(l), w) {
						out = append(out, c.Theme.Paint(role, part))
					}
				}
				out = append(out, "")
			}
			return out
		},
	})
}

// describe writes all that is known about a toast: text, code, next step and the
// chain of causes.
func describe(t ui.Toast) []string {
	head := t.First.Format("15:04:05") + "  " + t.Text
	if t.Count > 1 {
		head += fmt.Sprintf("  (%d times)", t.Count)
	}
	out := []string{head}
	if re, ok := errors.AsType[*run.Error](t.Err); ok {
		out = append(out, "  code "+string(re.Code))
		if re.Hint != "" {
			out = append(out, "  next "+re.Hint)
		}
	}
	for err := errors.Unwrap(t.Err); err != nil; err = errors.Unwrap(err) {
		out = append(out, "  because "+err.Error())
	}
	return out
}
