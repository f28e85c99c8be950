package fuzzbench

import (
	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// Click focuses a pane and, in the list, selects a finding; a second one looks at it.
func (s *Screen) Click(x, y int, twice bool) (ui.Intent, tea.Cmd) {
	if !s.camp.known() || s.camp.look != nil {
		return nil, nil
	}
	head := len(s.head())
	y -= head
	for _, q := range s.place(s.w, s.h-head) {
		if x < q.X || x >= q.X+q.W || y < q.Y || y >= q.Y+q.H {
			continue
		}
		s.view.Pane, s.dirty = q.ID, true
		if q.ID == paneCampaigns {
			if i, ok := s.all.table.RowAt(y - q.Y - 1); ok {
				s.all.table.MoveTo(i)
				if id, ok := s.chosen(); ok && twice {
					return ui.OpenRun{ID: id}, nil
				}
			}
			return nil, nil
		}
		if q.ID != paneList {
			return nil, nil
		}
		i, ok := s.table.RowAt(y - q.Y - 1)
		if !ok {
			return nil, nil
		}
		s.table.MoveTo(i)
		if f := s.current(); twice && f != nil && f.Case != nil {
			return s.look(f.Case)
		}
	}
	return nil, nil
}

// Panes returns the panes of a campaign; a look at a case has none to choose from.
func (s *Screen) Panes() []ui.Placed {
	if !s.camp.known() || s.camp.look != nil || s.camp.single() {
		return nil
	}
	head := len(s.head())
	return ui.Listed(panes, s.place(s.w, s.h-head), head)
}

// FocusPane gives a pane the focus, and reads what it needs.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.view.Pane, s.dirty = id, true
	return s.step(0)
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.view.Pane }

// Announce says the row under the cursor.
func (s *Screen) Announce() string { return s.moved().Sentence() }

// GoTo puts the cursor on a row.
func (s *Screen) GoTo(to ui.Row) tea.Cmd {
	t := s.moved()
	t.MoveTo(to.Of(t.Len()))
	s.dirty = true
	return nil
}

// Wheel scrolls the list, or the text that has the focus.
func (s *Screen) Wheel(_, _, rows int) tea.Cmd {
	s.dirty = true
	if s.camp.known() && (s.camp.look != nil || s.view.Pane == paneCase || s.view.Pane == paneCoverage) {
		s.scroll = max(s.scroll+rows, 0)
		return nil
	}
	s.moved().Move(rows)
	return nil
}
