package app

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// listing is a table over the screen, one line of which is chosen: settings, keys.
type listing struct {
	title string
	head  []string        // of the columns
	rows  func() []row    // as they are now
	hints string          // what keys do beside enter, / and esc
	fixed bool            // its lines have no defaults
	moved func(id string) // tells which line is looked at; nil for nobody
	left  func()          // nothing was chosen; nil for nobody

	at, top, shown int
	search         ui.Input
	typing         bool
}

// row is one line of a listing. The first cell names it.
type row struct {
	id    string
	cells []string
	about string
	do    func() tea.Cmd // enter
	reset func() tea.Cmd // d: back to the default; nil where there is none
}

// found returns the rows that hold what is searched for.
func (o *listing) found() []row {
	word := strings.ToLower(o.search.Text())
	return slices.DeleteFunc(o.rows(), func(r row) bool {
		return !strings.Contains(strings.ToLower(r.id+" "+strings.Join(r.cells, " ")), word)
	})
}

func (o *listing) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 110), 1)
	rows := o.found()
	o.at = max(min(o.at, len(rows)-1), 0)
	const about = 3
	room := max(h-about-7, 1)
	o.top = max(min(o.at-room/2, len(rows)-room), 0)
	o.shown = min(room, len(rows))
	wide := columnWidths(append([]row{{cells: o.head}}, rows...), inner-2)
	lines := []string{c.Theme.Paint("muted", ui.Fit("  "+cellsOf(o.head, wide), inner))}
	for i := o.top; i < o.top+o.shown; i++ {
		line := cellsOf(rows[i].cells, wide)
		if i == o.at {
			lines = append(lines, c.Theme.Paint("cursor-row", ui.Fit("> "+line, inner)))
		} else {
			lines = append(lines, ui.Fit("  "+line, inner))
		}
	}
	text := "nothing is called " + o.search.Text()
	if len(rows) > 0 {
		text = rows[o.at].about
	}
	lines = append(lines, "")
	for _, l := range ui.Block(ui.Wrap(ui.Plain(text), inner), inner, about) {
		lines = append(lines, c.Theme.Paint("muted", l))
	}
	if o.typing {
		lines = append(lines, c.Theme.Paint("key", "/")+o.search.View(c, max(inner-1, 1), true))
	} else {
		lines = append(lines, c.Theme.Paint("hint", ui.Cut(o.does()+"/ search  "+o.hints+"esc close", inner)))
	}
	title := o.title
	if len(rows) > o.shown {
		title += fmt.Sprintf("  %d of %d", o.at+1, len(rows))
	}
	out := ui.Panel(c, title, lines, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

func (o *listing) does() string {
	if o.fixed {
		return "enter keep  "
	}
	return "enter change  d default  "
}

// columnWidths gives each column what it needs, the widest one less where that is
// too much.
func columnWidths(rows []row, w int) []int {
	var wide []int
	for _, r := range rows {
		for i, cell := range r.cells {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], ui.Width(ui.Plain(cell)))
		}
	}
	for {
		total, widest := 0, 0
		for i, n := range wide {
			total += n + 2
			if n > wide[widest] {
				widest = i
			}
		}
		if total <= w+2 || len(wide) == 0 || wide[widest] <= 1 {
			return wide
		}
		wide[widest]--
	}
}

func cellsOf(cells []string, wide []int) string {
	parts := make([]string, len(cells))
	for i, cell := range cells {
		parts[i] = ui.Fit(ui.Plain(cell), wide[i])
	}
	return strings.Join(parts, "  ")
}

func (o *listing) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	before := o.current()
	cmd := o.press(m, key)
	if now := o.current(); o.moved != nil && m.open(o) && now != before {
		o.moved(now)
	}
	return cmd
}

// current is the line under the cursor, "" where there is none.
func (o *listing) current() string {
	rows := o.found()
	if len(rows) == 0 {
		return ""
	}
	return rows[max(min(o.at, len(rows)-1), 0)].id
}

func (o *listing) press(m *Model, key tea.KeyPressMsg) tea.Cmd {
	name := ui.KeyName(key)
	if o.typing {
		switch name {
		case "enter", "down", "up":
			o.typing = false
		case "esc":
			o.typing = false
			o.search.Set("")
		default:
			o.search.Key(key)
			o.at = 0
		}
		return nil
	}
	rows := o.found()
	switch name {
	case "j", "down":
		o.at++
	case "k", "up":
		o.at = max(o.at-1, 0)
	case "ctrl+d", "pgdown":
		o.at += max(o.shown, 1)
	case "ctrl+u", "pgup":
		o.at = max(o.at-max(o.shown, 1), 0)
	case "g", "home":
		o.at = 0
	case "G", "end":
		o.at = len(rows) - 1
	case "/":
		o.typing = true
	case "enter", "space":
		if len(rows) > 0 {
			return rows[min(o.at, len(rows)-1)].do()
		}
	case "d", "delete":
		if len(rows) > 0 && rows[min(o.at, len(rows)-1)].reset != nil {
			return rows[min(o.at, len(rows)-1)].reset()
		}
	case "esc", "q", "backspace", ",":
		if name == "esc" && o.search.Text() != "" {
			o.search.Set("")
			return nil
		}
		m.pop(o)
		if o.left != nil {
			o.left()
		}
	}
	return nil
}

func (o *listing) paste(text string) {
	if o.typing {
		o.search.Paste(text)
	}
}

// click chooses the line under the pointer, and changes what is chosen already.
func (o *listing) click(_ *Model, _, y int) tea.Cmd {
	i := o.top + y - 2 // behind the frame and the heads
	rows := o.found()
	if y < 2 || y > o.shown+1 || i >= len(rows) {
		return nil
	}
	if i == o.at {
		return rows[i].do()
	}
	o.at = i
	if o.moved != nil {
		o.moved(rows[i].id)
	}
	return nil
}
