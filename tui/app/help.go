package app

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// help shows the keys of the focused pane with a paragraph on what it shows, and
// at the second ? everything, which can be searched. What is possible now is asked
// once, when the help opens.
type help struct {
	about   string
	title   string
	actions []helpLine
	all     bool
	typing  bool
	search  ui.Input
	mouse   bool // the mouse is ours
	top     int
}

type helpLine struct {
	keys, title, why string
	group            string
	place            int  // in the group
	pane             bool // belongs to the focused pane or its screen
}

func (m *Model) showHelp() {
	s := m.screen()
	h := &help{about: s.Help(), title: s.Title(), mouse: !m.deps.Term.NoMouse}
	own := s.Actions()
	for i, a := range m.Actions() {
		line := helpLine{keys: strings.Join(a.Keys, " "), title: a.Title, group: a.Group, pane: i < len(own)}
		if line.place = a.Hint; a.Hint == 0 {
			line.place = ui.PinnedHint
		}
		if ok, why := a.Possible(); !ok {
			line.why = why
		}
		h.actions = append(h.actions, line)
	}
	// Groups stand together, in the order in which they come first; what the footer
	// shows comes first in its group.
	rank := map[string]int{}
	for _, a := range h.actions {
		if _, ok := rank[a.group]; !ok {
			rank[a.group] = len(rank)
		}
	}
	slices.SortStableFunc(h.actions, func(a, b helpLine) int {
		return cmp.Or(rank[a.group]-rank[b.group], a.place-b.place)
	})
	m.push(h)
}

func (o *help) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 96), 1)
	lines := o.lines(c, inner)
	rows := max(h-4, 1)
	o.top = max(min(o.top, len(lines)-rows), 0)
	shown := append([]string{}, lines[o.top:min(o.top+rows, len(lines))]...)
	switch {
	case o.typing:
		shown = append(shown, "", c.Theme.Paint("key", "/")+o.search.View(c, max(inner-1, 1), true))
	case o.all:
		shown = append(shown, "", c.Theme.Paint("hint", ui.Cut("/ search  j k scroll  ? back to the pane  esc close", inner)))
	default:
		shown = append(shown, "", c.Theme.Paint("hint", ui.Cut("? everything  j k scroll  esc close", inner)))
	}
	title := "help: " + o.title
	if o.all {
		title = "help: everything"
	}
	out := ui.Panel(c, title, shown, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

func (o *help) lines(c *ui.Context, w int) []string {
	var out []string
	if !o.all {
		for _, l := range ui.Wrap(o.about, w) {
			out = append(out, c.Theme.Paint("muted", l))
		}
		out = append(out, "")
	}
	wide := 0
	for _, a := range o.actions {
		wide = max(wide, ui.Width(a.keys))
	}
	wide = min(wide, max(w/3, 1))
	word := strings.ToLower(o.search.Text())
	group, first := "", true
	for _, a := range o.actions {
		if !o.all && !a.pane {
			continue
		}
		if !strings.Contains(strings.ToLower(a.keys+" "+a.title+" "+a.group), word) {
			continue
		}
		if a.group != group || first {
			group, first = a.group, false
			out = append(out, c.Theme.Paint("title", ui.Cut(group, w)))
		}
		line := "  " + c.Theme.Paint("key", ui.Fit(a.keys, wide)) + "  "
		if a.why != "" {
			line += c.Theme.Paint("faint", a.title+": "+a.why)
		} else {
			line += a.title
		}
		out = append(out, ui.Cut(line, w))
	}
	if o.all && o.mouse && word == "" {
		out = append(out, "", c.Theme.Paint("muted", ui.Cut("The mouse focuses, opens (twice), scrolls and drags borders; shift selects text. ASSAY_MOUSE=off leaves it alone.", w)))
	}
	if len(out) == 0 {
		out = append(out, c.Theme.Paint("muted", "nothing is called "+o.search.Text()))
	}
	return out
}

func (o *help) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	const half = 8
	name := ui.KeyName(key)
	if o.typing {
		switch name {
		case "enter":
			o.typing = false
		case "esc":
			o.typing = false
			o.search.Set("")
		default:
			o.search.Key(key)
		}
		o.top = 0
		return nil
	}
	switch name {
	case "?", "f1":
		o.all = !o.all
		o.top = 0
		o.search.Set("")
	case "/":
		o.all, o.typing, o.top = true, true, 0
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
	case "esc", "q", "backspace":
		if o.search.Text() != "" && name == "esc" {
			o.search.Set("")
			return nil
		}
		m.pop(o)
	}
	return nil
}

func (o *help) paste(text string) {
	if o.typing {
		o.search.Paste(text)
	}
}
