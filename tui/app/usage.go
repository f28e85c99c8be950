package app

import (
	"cmp"
	"slices"
	"strings"
)

// use is how often and when last something of the palette was chosen. It is kept
// with the view of the terminal.
type use struct {
	ID     string `json:"id"`             // of an item
	Line   string `json:"line,omitempty"` // the command line that was run, "" for another item
	N      int    `json:"n"`
	LastMs int64  `json:"last_ms"`
}

// lineID is what the use of a command line is counted by.
func lineID(line string) string { return "line." + line }

// count notes that an item was chosen.
func (m *Model) count(id, line string) {
	u := m.used[id]
	m.used[id] = use{id, line, u.N + 1, m.ui.Now().UnixMilli()}
}

// byUse compares what is used more often, then what was used later: first comes
// first.
func byUse(a, b use) int {
	return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(b.LastMs, a.LastMs))
}

// usage returns what was chosen, the newest first, as much as is worth keeping.
func (m *Model) usage() []use {
	const most = 50
	var out []use
	for _, u := range m.used {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b use) int { return cmp.Or(cmp.Compare(b.LastMs, a.LastMs), strings.Compare(a.ID, b.ID)) })
	return out[:min(len(out), most)]
}

// recent returns the command lines that were run, the newest first.
func (m *Model) recent() []string {
	var out []string
	for _, u := range m.usage() {
		if u.Line != "" {
			out = append(out, u.Line)
		}
	}
	return out
}
