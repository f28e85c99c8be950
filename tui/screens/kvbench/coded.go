package kvbench

import (
	"slices"

	"assay/core/plot"
	"assay/tui/ui"
)

// codedPage is what the pages of compressed caches have in common: panes, one of
// which has the focus, around a table.
type codedPage struct {
	s     *Screen
	panes []string // in the order of tab; the last is the table
	focus string
	table *ui.Table
}

func (p *codedPage) paneIDs() []string { return p.panes }

func (p *codedPage) clickRow(pane string, line int) bool {
	return pane == p.panes[len(p.panes)-1] && selectRow(p.table, line)
}

func (p *codedPage) focused() string { return p.focus }

func (p *codedPage) announce() string { return p.table.Sentence() }

func (p *codedPage) focusPane(id string) { p.focus = id }

func (p *codedPage) next(by int) func() {
	return func() {
		n := len(p.panes)
		p.focus = p.panes[(slices.Index(p.panes, p.focus)+by+n)%n]
	}
}

func (p *codedPage) moves() []ui.Action { return p.movesOf(p.table) }

// movesOf is moves where the keys of the list move something else.
func (p *codedPage) movesOf(m mover) []ui.Action {
	return append(tableActions(p.s, m),
		p.s.act("kv.next-pane", "pane", "view", 3, p.next(1), "tab"),
		p.s.act("kv.previous-pane", "previous pane", "view", 0, p.next(-1), "shift+tab"))
}

// lay draws the panes of a tree; without frames the focused one, or the first,
// above the table.
func (p *codedPage) lay(w, h int, tree ui.Area, pane func(id string, w, h int) (string, []string)) []string {
	c := p.s.c
	table := p.panes[len(p.panes)-1]
	if w < 60 || h < 12 {
		_, body := pane(table, w, h)
		return body
	}
	if !c.Framed() {
		above := p.focus
		if above == table {
			above = p.panes[0]
		}
		tree = ui.Area{Areas: []ui.Area{{ID: above, Min: 7, Ideal: h * 3 / 5, Weight: 1, Priority: 8}, {ID: table, Min: 4, Ideal: h * 2 / 5, Weight: 1, Priority: 9}}}
	}
	placed := c.Place("kv", w, h, tree)
	panes := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := c.Inner(q.W, q.H)
		panes[i] = ui.Pane{Rect: q.Rect, Focused: q.ID == p.focus}
		panes[i].Title, panes[i].Body = pane(q.ID, max(iw, 1), max(ih, 1))
	}
	return p.s.framed(w, h, placed, panes)
}

// modelWord begins a context line: the model, where it is known.
func (p *codedPage) modelWord(what string) string {
	if m := p.s.runs[0].Model; m != nil {
		return m.Name + "  " + what
	}
	return what
}

// series makes the lines of a scene those of a chart of the terminal.
func series(lines []plot.Line) []ui.Series {
	var out []ui.Series
	for _, l := range lines {
		out = append(out, ui.Series{Name: l.Name, X: l.X, Y: l.Y})
	}
	return out
}
