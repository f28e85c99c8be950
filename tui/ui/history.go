package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// History holds lines that were typed and kept, the newest first; up and down call
// them back. The zero value is empty.
type History struct {
	lines []string
	at    int    // 0 is what is being typed, 1 the newest line
	draft string // what was being typed when the first line was called back
}

// mostRecent is how many lines are kept.
const mostRecent = 20

// Add keeps a line as the newest one; an empty line is none.
func (h *History) Add(line string) {
	h.at = 0
	if line == "" {
		return
	}
	h.lines = slices.DeleteFunc(h.lines, func(l string) bool { return l == line })
	h.lines = slices.Insert(h.lines, 0, line)
	h.lines = h.lines[:min(len(h.lines), mostRecent)]
}

// Older returns the line before the one shown, now being what is typed; the oldest
// stays.
func (h *History) Older(now string) string {
	if h.at == 0 {
		h.draft = now
	}
	if h.at < len(h.lines) && h.lines[h.at] == now && h.at == 0 { // it is shown already
		h.at++
	}
	if h.at == len(h.lines) {
		return now
	}
	h.at++
	return h.lines[h.at-1]
}

// Newer returns the line after the one shown, and at last what was being typed.
func (h *History) Newer(now string) string {
	switch h.at {
	case 0:
		return now
	case 1:
		h.at = 0
		return h.draft
	}
	h.at--
	return h.lines[h.at-1]
}

// Lines returns what is kept, the newest first; SetLines replaces it.
func (h *History) Lines() []string { return h.lines }

// SetLines replaces what is kept.
func (h *History) SetLines(lines []string) {
	*h = History{lines: slices.Clone(lines[:min(len(lines), mostRecent)])}
}

// History returns the lines typed under a name, such as the filters of a screen. The
// shell keeps them with the view.
func (c *Context) History(name string) *History {
	if c.histories == nil {
		c.histories = map[string]*History{}
	}
	h, ok := c.histories[name]
	if !ok {
		h = &History{}
		c.histories[name] = h
	}
	return h
}

// Histories returns the lines of every name that has some; SetHistories puts them back.
func (c *Context) Histories() map[string][]string {
	out := map[string][]string{}
	for name, h := range c.histories {
		if len(h.lines) > 0 {
			out[name] = h.lines
		}
	}
	return out
}

// SetHistories puts back what Histories returned.
func (c *Context) SetHistories(lines map[string][]string) {
	for name, l := range lines {
		c.History(name).SetLines(l)
	}
}

// TypeLine takes a key into a line that is typed under a name of Context.History: up
// and down call earlier lines back, enter keeps the line, esc empties it. It reports
// whether the line is still being typed.
func (c *Context) TypeLine(name string, in *Input, key tea.KeyPressMsg) bool {
	h := c.History(name)
	switch KeyName(key) {
	case "enter":
		h.Add(in.Text())
		return false
	case "esc":
		in.Set("")
		return false
	case "up":
		in.Set(h.Older(in.Text()))
	case "down":
		in.Set(h.Newer(in.Text()))
	default:
		in.Key(key)
	}
	return true
}
