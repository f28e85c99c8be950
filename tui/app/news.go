package app

import (
	_ "embed"
	"encoding/json"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// newsText is what is new, in words. Its first line sums up the three changes that are
// seen most and names the edition: whoever has seen it is not told again.
//
//go:embed news.md
var newsText string

func edition() string {
	head, _, _ := strings.Cut(newsText, "\n")
	return strings.TrimPrefix(head, "# ")
}

// seen is what a person was told once.
type seen struct {
	News string   `json:"news"` // edition
	Tips []string `json:"tips,omitempty"`
}

// seenRead holds it at the start; kept says that keeping it went wrong.
type (
	seenRead struct {
		seen seen
		ok   bool // it could be read: what cannot be kept is not told
	}
	seenFailed struct{ err error }
)

// readSeen reads what the person was told, where that is kept.
func (m *Model) readSeen() tea.Cmd {
	store := m.deps.Seen
	if store == nil {
		return nil
	}
	return func() tea.Msg {
		data, err := store.Load()
		if err != nil {
			return nil // the same trouble is told by whatever else reads the history
		}
		out := seenRead{ok: true}
		if len(data) > 0 && json.Unmarshal(data, &out.seen) != nil {
			out.seen = seen{} // a newer program wrote it: better told twice
		}
		return out
	}
}

// seenRead tells news after an upgrade: to those who were here before it.
func (m *Model) seenRead(msg seenRead) tea.Cmd {
	before := msg.seen.News
	m.told.seen, m.told.known = msg.seen, msg.ok
	if before == edition() {
		return nil
	}
	m.told.seen.News = edition()
	if before != "" || m.away != nil {
		m.toasts.Pin(m.ui.Now(), run.Info, "new: "+edition()+"  (:news)")
	}
	return m.keepSeen()
}

// keepSeen writes down what the person was told.
func (m *Model) keepSeen() tea.Cmd {
	store := m.deps.Seen
	data, err := json.Marshal(m.told.seen)
	if store == nil || err != nil {
		return nil
	}
	return func() tea.Msg {
		if err := store.Save(data); err != nil {
			return seenFailed{err}
		}
		return nil
	}
}

// showNews opens the news.
func (m *Model) showNews() tea.Cmd {
	_, text, _ := strings.Cut(newsText, "\n")
	m.push(&page{title: "news", text: func(c *ui.Context, w int) []string {
		var out []string
		for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
			part = strings.Join(strings.Fields(part), " ")
			head, ok := strings.CutPrefix(part, "## ")
			switch {
			case ok:
				out = append(out, c.Theme.Paint("title", ui.Cut(head, w)))
			default:
				out = append(append(out, ui.Wrap(part, w)...), "")
			}
		}
		return out
	}})
	return nil
}
