package gpuview

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// Click focuses the pane under the pointer and selects the row there; the second
// time it opens the run of a worker.
func (s *Screen) Click(x, y int, twice bool) (ui.Intent, tea.Cmd) {
	p, ok := s.paneAt(x, y)
	if !ok {
		return nil, nil
	}
	if s.focus != p.ID {
		s.focus = p.ID
		s.arrange()
	}
	t := s.tableOf(p.ID)
	if t == nil {
		return nil, nil
	}
	i, ok := t.RowAt(y - p.Y - 1) // below the frame or the rule
	if !ok {
		return nil, nil
	}
	t.MoveTo(i)
	s.clean, s.charts.clean = false, false
	if id, ok := s.currentRun(); ok && twice && p.ID == paneProcs {
		return ui.OpenRun{ID: id}, nil
	}
	return nil, nil
}

// Wheel moves the cursor of the table under the pointer, or scrolls the host.
func (s *Screen) Wheel(x, y, rows int) tea.Cmd {
	p, ok := s.paneAt(x, y)
	if !ok {
		return nil
	}
	s.clean, s.charts.clean = false, false
	if t := s.tableOf(p.ID); t != nil {
		t.Move(rows)
		return nil
	}
	if p.ID == paneHost {
		s.scroll = max(s.scroll+rows, 0)
	}
	return nil
}

// Panes returns all panes.
func (s *Screen) Panes() []ui.Placed { return ui.Listed(panes, s.placed, 0) }

// FocusPane gives a pane the focus.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.focus = id
	s.arrange()
	return nil
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.focus }

// Announce says the row under the cursor.
func (s *Screen) Announce() string {
	if t := s.tableOf(s.focus); t != nil && t.Len() > 0 {
		return t.Sentence()
	}
	return strings.TrimPrefix(s.focus, "gpu.")
}

// tableOf returns the table of a pane; nil where it has none.
func (s *Screen) tableOf(pane string) *ui.Table {
	switch pane {
	case paneCards:
		return s.cards
	case paneProcs:
		return s.procs
	}
	return nil
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
