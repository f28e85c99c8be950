package ui

// Split is a list above a pane that tells of the row under its cursor: the body of a
// screen. It lives on the event loop with the screen that owns it.
type Split struct {
	Screen      string // the ID under which the person's sizes are kept
	Title       string // of the list, where it has a frame
	List, Below Area   // their IDs and sizes
	Focus       string // the ID of the pane that has the focus
	Zoomed      bool   // it has the body for itself
	Placed      []Placed

	w, h int
}

// Arrange places the panes in w times h cells, and the one with the focus alone where
// it is zoomed or the terminal is tiny. A pane without room loses the focus to the
// list. It returns the size of the list, 0 where it has no room. Before the size is
// known nothing is placed.
func (s *Split) Arrange(c *Context, w, h int) (listW, listH int) {
	s.w, s.h = w, h
	if w == 0 || h == 0 {
		return 0, 0
	}
	area := Area{Areas: []Area{s.List, s.Below}}
	if s.Zoomed || WidthClass(c.Width) == Tiny || HeightClass(c.Height) == Tiny {
		area = Area{Areas: []Area{{ID: s.Focus}}}
	}
	s.Placed = c.Place(s.Screen, w, h, area)
	found := false
	for _, p := range s.Placed {
		found = found || p.ID == s.Focus
		if p.ID == s.List.ID {
			listW, listH = s.listSize(c, p.Rect)
		}
	}
	if !found {
		s.Focus = s.List.ID
	}
	return listW, listH
}

// listSize is the size of the list: without frames it has no rule, since the context
// line above is its title.
func (s *Split) listSize(c *Context, r Rect) (int, int) {
	if c.Framed() {
		return c.Inner(r.W, r.H)
	}
	return r.W, r.H
}

// Other gives the focus to the other pane; Arrange has to follow.
func (s *Split) Other() {
	if s.Focus == s.Below.ID {
		s.Focus = s.List.ID
	} else {
		s.Focus = s.Below.ID
	}
}

// Give gives a pane the focus, and the body where it has no room otherwise; arrange is
// what its screen arranges itself by.
func (s *Split) Give(id string, arrange func()) {
	s.Focus = id
	arrange()
	if s.Focus != id {
		s.Focus, s.Zoomed = id, true
		arrange()
	}
}

// Panes returns both panes, one without room with an empty rectangle.
func (s *Split) Panes() []Placed { return Listed([]string{s.List.ID, s.Below.ID}, s.Placed, 0) }

// Draw draws what was arranged: the lines of the list, and title and lines of the pane
// below it, each in the room that it is told.
func (s *Split) Draw(c *Context, list func(w, h int) []string, below func(w, h int) (title string, lines []string)) []string {
	var panes []Pane
	var bare []string
	for _, p := range s.Placed {
		pane := Pane{Rect: p.Rect, Focused: p.ID == s.Focus}
		switch {
		case p.ID == s.Below.ID:
			pane.Title, pane.Body = below(c.Inner(p.W, p.H))
			pane.Y -= len(bare)
		case c.Framed():
			pane.Title, pane.Body = s.Title, list(s.listSize(c, p.Rect))
		default:
			bare = Block(list(p.W, p.H), p.W, p.H)
			continue
		}
		panes = append(panes, pane)
	}
	return append(bare, Frame(c, s.w, s.h-len(bare), panes)...)
}
