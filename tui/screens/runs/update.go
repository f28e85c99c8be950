package runs

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/core/query"
	"assay/core/run"
	"assay/tui/ui"
)

// Update takes replies, changes, ticks, and keys while a filter is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch msg := msg.(type) {
	case listLoaded:
		return s.listLoaded(msg)
	case detailLoaded:
		return s.detailLoaded(msg)
	case ui.DataChanged:
		return nil, s.load()
	case ui.Tick:
		s.clean = false
	case tea.KeyPressMsg:
		return nil, s.typeKey(msg)
	case tea.PasteMsg:
		s.input.Paste(msg.Content)
		return nil, s.setFilter(s.input.Text())
	}
	return nil, nil
}

func (s *Screen) listLoaded(msg listLoaded) (ui.Intent, tea.Cmd) {
	if msg.query != s.query || errors.Is(msg.err, context.Canceled) {
		return nil, nil
	}
	s.clean = false
	if msg.err != nil {
		if s.fault != nil && s.fault.Error() == msg.err.Error() {
			return nil, nil // said already
		}
		s.fault = msg.err
		if s.typing {
			return nil, nil // shown beside the filter
		}
		return ui.Notify{Level: run.Err, Err: msg.err}, nil
	}
	s.fault = nil
	s.loaded = true
	s.keepGhost(msg.runs)
	s.more = msg.limit > 0 && len(msg.runs) == msg.limit
	s.all = msg.all
	s.list = msg.runs
	s.refresh()
	if s.goingTo != nil && !s.more {
		s.table.MoveTo(s.goingTo.Of(s.table.Len()))
		s.goingTo = nil
	}
	if s.allMarked && !s.more {
		s.allMarked = false
		return s.remark("marks on all that match", s.markMatching), tea.Batch(s.loadDetail(), s.whole())
	}
	return nil, tea.Batch(s.loadDetail(), s.whole())
}

// last goes to the last run of the list.
func (s *Screen) last() tea.Cmd {
	s.table.End()
	return s.GoTo(ui.Row{Percent: 100})
}

// GoTo puts the cursor on a row, and reads all that there are to find it.
func (s *Screen) GoTo(to ui.Row) tea.Cmd {
	s.clean = false
	if !s.more || to.N > 0 && to.N <= s.table.Len() {
		s.table.MoveTo(to.Of(s.table.Len()))
		return s.loadDetail()
	}
	s.limit, s.goingTo = 0, &to
	return s.load()
}

// keepGhost keeps the run under the cursor in the list where a filter hides it: while
// the filter is typed, and where it hides all others too. A filter that is done with
// shows what it found, the cursor on it.
func (s *Screen) keepGhost(found []run.Run) {
	r, ok := s.current()
	s.ghost = nil
	if ok && s.filter != "" && (s.typing || len(found) == 0) && !slices.ContainsFunc(found, func(x run.Run) bool { return x.ID == r.ID }) {
		s.ghost = &r
	}
}

// arranged is the list in its order, with the ghost in its place.
func (s *Screen) arranged() *rows {
	list, ghost := s.list, run.ID("")
	if s.ghost != nil {
		ghost = s.ghost.ID
		at := slices.IndexFunc(list, func(r run.Run) bool { return r.ID < ghost })
		if at < 0 {
			at = len(list)
		}
		list = slices.Insert(slices.Clone(list), at, *s.ghost)
	}
	out := &rows{c: s.c, runs: s.sorting.sorted(list, s.c.Now()), ghost: ghost, group: s.group}
	if s.group != "" {
		out.lines = s.group.lines(out.runs, s.folded, s.c.Now())
	}
	return out
}

// refresh hands the list to the table in its order.
func (s *Screen) refresh() {
	s.shown = s.arranged()
	had := len(s.table.Marks()) > 0
	s.table.SetRows(s.shown)
	if had != (len(s.table.Marks()) > 0) {
		s.arrange()
	}
	s.clean = false
}

func (s *Screen) detailLoaded(msg detailLoaded) (ui.Intent, tea.Cmd) {
	if msg.id != s.wanted || errors.Is(msg.err, context.Canceled) {
		return nil, nil
	}
	s.clean = false
	if msg.err != nil {
		s.detail = nil
		return ui.Notify{Level: run.Warn, Text: "run " + string(msg.id) + ": " + msg.err.Error(), Err: msg.err}, nil
	}
	if s.detail == nil || s.detail.run.ID != msg.id {
		s.scroll = map[string]int{paneEvents: atEnd}
	}
	s.detail = msg.detail
	return nil, nil
}

// typeKey edits the filter; the list follows while it is typed.
func (s *Screen) typeKey(key tea.KeyPressMsg) tea.Cmd {
	s.clean = false
	if ui.KeyName(key) == "ctrl+t" {
		s.input.Set(query.ToggleFuzzy(s.input.Text()))
	} else if s.typing = s.c.TypeLine(s.ID(), &s.input, key); !s.typing && s.fault != nil {
		s.fault = nil // the list shows what was found before it
		s.input.Set("")
	}
	if s.typing || s.input.Text() != s.filter {
		return s.setFilter(s.input.Text())
	}
	s.keepGhost(s.list)
	s.refresh()
	return s.loadDetail()
}

func (s *Screen) setFilter(text string) tea.Cmd {
	s.clean = false
	if text == s.filter {
		return nil
	}
	s.filter, s.limit, s.goingTo, s.allMarked, s.rangeFrom = text, firstPage, nil, false, ""
	return s.load()
}

// moved follows the cursor: it reads the run under it, and more runs near the end.
func (s *Screen) moved() tea.Cmd {
	s.clean, s.goingTo = false, nil
	key, i, _ := s.table.Cursor()
	if s.ghost != nil && key != string(s.ghost.ID) {
		s.ghost = nil
		s.refresh()
		_, i, _ = s.table.Cursor()
	}
	if s.more && i >= s.table.Len()-50 { // a few pages ahead, so that nobody waits
		s.limit *= 2
		s.more = false
		return tea.Batch(s.loadDetail(), s.load())
	}
	return s.loadDetail()
}
