package kvbench

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

var _ ui.MouseScreen = (*Screen)(nil)

// Click focuses the pane under the pointer and, in a table, selects the row; the second
// time it does what enter does there.
func (s *Screen) Click(x, y int, twice bool) (ui.Intent, tea.Cmd) {
	if s.page == nil {
		return nil, nil
	}
	s.dirty = true
	y -= len(s.head())
	for _, p := range s.placed {
		if x < p.X || x >= p.X+p.W || y < p.Y || y >= p.Y+p.H {
			continue
		}
		if slices.Contains(s.page.paneIDs(), p.ID) {
			s.page.focusPane(p.ID)
		}
		if !s.page.clickRow(p.ID, y-p.Y-1) || !twice {
			return nil, nil
		}
		return s.invoke("enter")
	}
	return nil, nil
}

// Wheel moves what up and down move.
func (s *Screen) Wheel(_, _, rows int) tea.Cmd {
	key := "down"
	if rows < 0 {
		key, rows = "up", -rows
	}
	for range rows {
		s.invoke(key)
	}
	return nil
}

// invoke does the action of the page that has a key.
func (s *Screen) invoke(key string) (ui.Intent, tea.Cmd) {
	if s.page == nil {
		return nil, nil
	}
	s.dirty = true
	for _, a := range s.page.actions() {
		if ok, _ := a.Possible(); ok && slices.Contains(a.Keys, key) {
			return a.Do()
		}
	}
	return nil, nil
}

// selectRow puts the cursor of a table on the row in a line of its pane, the head being
// line 0; it reports false where there is none.
func selectRow(t *ui.Table, line int) bool {
	i, ok := t.RowAt(line)
	if ok {
		t.MoveTo(i)
	}
	return ok
}
