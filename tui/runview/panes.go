package runview

import (
	"assay/core/run"
	"assay/tui/ui"
)

// Head are the lines above the panes of a run in a body of w times h cells: what is
// wrong with the run or its reading, and what is typed; r is nil where no run is known
// yet. At least one line is left for the panes.
func Head(c *ui.Context, r *run.Run, err error, field *Field, w, h int) []string {
	var out []string
	if r != nil {
		out = Banner(c, *r, err, w)
	}
	if field != nil {
		out = append(out, field.View(c, w))
	}
	return out[:min(len(out), max(h-1, 0))]
}

// Panes is what a screen shows side by side: where, under which title, and what.
type Panes struct {
	Focus string
	Place func(w, h int) []ui.Placed
	Title func(pane string) string
	Body  func(pane string, w, h int) []string
}

// Draw draws the panes in w times h cells: in frames, or the focused one alone where
// there is no room for them.
func (p Panes) Draw(c *ui.Context, w, h int) []string {
	if w < 60 || h < 12 {
		if h < 3 {
			return ui.Block(p.Body(p.Focus, w, h), w, h)
		}
		title := ui.Fit(c.Theme.Paint("title", ui.Cut(" >"+p.Title(p.Focus), w)), w)
		return append([]string{title}, ui.Block(p.Body(p.Focus, w, h-1), w, h-1)...)
	}
	var out []ui.Pane
	for _, q := range p.Place(w, h) {
		iw, ih := c.Inner(q.W, q.H)
		out = append(out, ui.Pane{Rect: q.Rect, Title: p.Title(q.ID), Focused: q.ID == p.Focus, Body: p.Body(q.ID, iw, ih)})
	}
	return ui.Frame(c, w, h, out)
}
