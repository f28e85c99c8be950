package runs

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Click focuses the pane under the pointer; on a row of the list it selects the
// row, the second time it opens it, and on the header it sorts.
func (s *Screen) Click(x, y int, twice bool) (ui.Intent, tea.Cmd) {
	p, ok := s.paneAt(x, y)
	if !ok {
		return nil, nil
	}
	if s.focus != p.ID {
		s.focus = p.ID
		s.arrange()
	}
	if p.ID != paneList {
		return nil, nil
	}
	line, cell := y-p.Y, x-p.X
	if s.c.Framed() {
		line, cell = line-1, cell-1
	}
	if line == 0 {
		return nil, s.sortAt(cell)
	}
	i, ok := s.table.RowAt(line)
	if !ok {
		return nil, nil
	}
	s.table.MoveTo(i)
	cmd := s.moved()
	if !twice {
		return nil, cmd
	}
	intent, more := s.open()
	return intent, tea.Batch(cmd, more)
}

// sortAt sorts by the column at a cell, the second time the other way round.
func (s *Screen) sortAt(cell int) tea.Cmd {
	i, ok := s.table.ColumnAt(cell)
	if !ok {
		return nil
	}
	by := column(columns()[i].Title)
	if by == "S" {
		by = byState
	}
	o := order{by: by}
	if !o.known() {
		return nil
	}
	o.reverse = s.sorting.by == by && !s.sorting.reverse
	s.clean = false
	return s.sort(o)
}

// Wheel moves the cursor of the list, or scrolls the text under the pointer.
func (s *Screen) Wheel(x, y, rows int) tea.Cmd {
	p, ok := s.paneAt(x, y)
	if !ok {
		return nil
	}
	if p.ID == paneList {
		s.table.Move(rows)
		return s.moved()
	}
	s.scrollBy(p.ID, rows)
	s.clean = false
	return nil
}

// Panes returns all panes; that of the marked runs where some are.
func (s *Screen) Panes() []ui.Placed {
	ids := []string{paneList, paneDetail, paneParams, paneEvents}
	if len(s.table.Marks()) > 0 {
		ids = append(ids, paneMarked)
	}
	return ui.Listed(ids, s.placed, 0)
}

// FocusPane gives a pane the focus; one that has no room takes the body.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.focus = id
	s.arrange()
	if s.focus != id {
		s.focus, s.zoomed = id, true
		s.arrange()
	}
	return nil
}

// Chosen is the run under the cursor, "" where there is none.
func (s *Screen) Chosen() run.ID {
	r, _ := s.current()
	return r.ID
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.focus }

// Announce says the run under the cursor, its state in a word, or which of its panes
// is being read.
func (s *Screen) Announce() string {
	r, ok := s.current()
	if !ok {
		return cmp.Or(s.table.Sentence(), "no run")
	}
	if s.focus != paneList {
		return strings.TrimPrefix(s.focus, "runs.") + " of " + ui.Plain(r.Name)
	}
	_, text, _ := strings.Cut(s.table.Sentence(), ", ") // the first cell is the mark of the state
	return string(r.State) + ", " + text
}

// paneAt returns the pane at a cell; a border belongs to the first of those that
// share it.
func (s *Screen) paneAt(x, y int) (ui.Placed, bool) {
	for _, p := range s.placed {
		if x >= p.X && x < p.X+p.W && y >= p.Y && y < p.Y+p.H {
			return p, true
		}
	}
	return ui.Placed{}, false
}
