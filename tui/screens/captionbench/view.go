package captionbench

import (
	"slices"
	"strconv"

	"assay/tui/runview"
	"assay/tui/ui"
)

// The panes.
const (
	paneList     = "issues"
	paneSource   = "source"
	paneFollowup = "follow-up"
	paneDetail   = "captions"
	paneFigures  = "figures"
)

// View draws the body: what was drawn last, unless something changed.
func (s *Screen) View() string { return s.drawn.View(s.c, s.w, s.h, &s.dirty, s.draw) }

func (s *Screen) draw() []string {
	if s.w < 1 || s.h < 1 {
		return make([]string, max(s.h, 0))
	}
	if !s.camp.known() {
		return ui.Block(s.emptyLines(), s.w, s.h)
	}
	head := s.head()
	return append(head, s.panes(s.w, s.h-len(head))...)
}

// bodyHeight is what is left for the panes.
func (s *Screen) bodyHeight() int { return s.h - len(s.head()) }

// head are the lines above the panes.
func (s *Screen) head() []string {
	if !s.camp.known() {
		return runview.Head(s.c, nil, nil, s.field, s.w, s.h)
	}
	return runview.Head(s.c, &s.camp.run, s.follow.Err(), s.field, s.w, s.h)
}

func (s *Screen) panes(w, h int) []string {
	return runview.Panes{Focus: s.view.Pane, Place: s.place, Title: s.paneTitle, Body: s.body}.Draw(s.c, w, h)
}

// place lays the panes out. The focused one takes the place of the captions where
// it has none of its own, so that every pane can be reached at every size.
func (s *Screen) place(w, h int) []ui.Placed {
	focus := s.view.Pane
	if s.zoomed || w < 60 || h < 12 {
		if side, ok := sideOf(focus); ok && s.zoomed && w >= 60 { // one picture says little: both
			_ = side
			return ui.Compute(w, h, pair(0, 0), s.c.Framed())
		}
		return []ui.Placed{{ID: focus, Rect: ui.Rect{W: w, H: h}}}
	}
	placed := s.c.Place("caption", w, h, tree(w, h, paneDetail))
	if !slices.ContainsFunc(placed, func(q ui.Placed) bool { return q.ID == focus }) {
		placed = s.c.Place("caption", w, h, tree(w, h, focus))
	}
	return placed
}

// pair is the area of the two pictures side by side.
func pair(least, ideal int) ui.Area {
	return ui.Area{Across: true, Min: least, Ideal: ideal, Weight: 3, Priority: 7, Areas: []ui.Area{
		{ID: paneSource, Min: 20, Ideal: 30, Weight: 1, Priority: 5}, {ID: paneFollowup, Min: 20, Ideal: 30, Weight: 1, Priority: 6},
	}}
}

// tree is the layout for a size; below is the pane under the pictures.
func tree(w, h int, below string) ui.Area {
	list := func(least, ideal, weight int) ui.Area {
		return ui.Area{ID: paneList, Min: least, Ideal: ideal, Weight: weight, Priority: 9}
	}
	bottom := func(least, ideal, weight int) ui.Area {
		return ui.Area{ID: below, Min: least, Ideal: ideal, Weight: weight, Priority: 8}
	}
	switch {
	case w < 100 || h < 18:
		return ui.Area{Areas: []ui.Area{list(5, 6, 0), pair(6, 8), bottom(5, 7, 0)}}
	case w < 160 || h < 40:
		return ui.Area{Areas: []ui.Area{list(7, 11, 1), pair(9, 16), bottom(8, 10, 0)}}
	}
	return ui.Area{Across: true, Areas: []ui.Area{
		list(60, 84, 1),
		{Min: 70, Ideal: 114, Weight: 2, Priority: 8, Areas: []ui.Area{
			pair(12, 27), bottom(9, 11, 1), {ID: paneFigures, Min: 8, Ideal: 18, Weight: 1, Priority: 4},
		}},
	}}
}

func (s *Screen) paneTitle(pane string) string {
	p := s.current()
	switch pane {
	case paneList:
		text := string(s.view.Which) + " " + strconv.Itoa(len(s.list)) + " of " + runview.Plural(len(s.camp.pairs), "pair")
		if s.view.Grouped {
			text += "  one a signature"
		}
		text += "  by " + string(s.view.Order)
		if s.view.Filter != "" {
			text += "  /" + s.view.Filter
		}
		return text
	case paneSource, paneFollowup:
		side, _ := sideOf(pane)
		return s.pictureTitle(s.shown(side))
	case paneFigures:
		return "figures of the campaign"
	}
	if p == nil {
		return "captions"
	}
	return "captions of " + p.ID
}

func (s *Screen) pictureTitle(side int) string {
	p := s.current()
	if p == nil {
		return "picture"
	}
	text := "source"
	of := p.Source
	if side == 1 {
		of = p.Followup
		switch p.Relation {
		case "insert":
			text = "with " + ui.Plain(p.Object) + "  " + levelOf(p)
		case "remove":
			text = "without " + ui.Plain(p.Object)
		default:
			text = "inserted and removed again"
		}
	} else if p.Background != "" {
		text += "  " + ui.Plain(p.Background)
	}
	return text + "  " + strconv.Itoa(of.W) + "x" + strconv.Itoa(of.H)
}

func (s *Screen) body(pane string, w, h int) []string {
	switch pane {
	case paneList:
		if len(s.list) == 0 {
			return s.nothing(w, h)
		}
		s.table.SetSize(w, h)
		return s.table.View(s.c, s.view.Pane == paneList)
	case paneSource, paneFollowup:
		side, _ := sideOf(pane)
		return s.pictureLines(side, w, h)
	case paneFigures:
		return s.window(s.figures(w), w, h)
	}
	return s.window(s.details(w), w, h)
}

// window shows lines from where the person has scrolled to, where the pane has the focus.
func (s *Screen) window(lines []string, w, h int) []string {
	at := 0
	if s.view.Pane != paneDetail && s.view.Pane != paneFigures {
		return runview.Window(s.c, lines, &at, w, h)
	}
	return runview.Window(s.c, lines, &s.scroll, w, h)
}

// nothing explains an empty list.
func (s *Screen) nothing(w, h int) []string {
	text := "No pair is judged yet: issues appear here as they are found."
	switch {
	case s.view.Filter != "":
		text = "Nothing matches " + s.view.Filter + ": / changes the filter, v the choice of pairs."
	case len(s.camp.pairs) > 0:
		text = "None of " + runview.Plural(len(s.camp.pairs), "pair") + " is among \"" + string(s.view.Which) + "\": v shows others."
	}
	return ui.Block(runview.Lines(w, text), w, h)
}

// emptyLines is the body where no run can be shown.
func (s *Screen) emptyLines() []string {
	t := s.c.Theme
	switch {
	case s.follow.Err() != nil:
		return runview.Lines(s.w, t.Paint("error", "The run cannot be shown"), s.follow.Err().Error(), "", "ctrl+r reads it again, 1 lists all runs.")
	case !s.follow.Absent():
		return runview.Lines(s.w, "Reading the run ...")
	}
	return runview.Lines(s.w, t.Paint("title", "No campaign of the caption bench yet"),
		"Here stand the captions that a captioner gets wrong when an object is put into a picture or taken out, both pictures side by side, and why the oracle says so.",
		"", "ctrl+n  tests the built-in captioner:", "   assay caption run --captioner builtin --backgrounds 50 --seed 1", "1  lists all runs:", "   assay run ls")
}
