package logview

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Update takes replies, changes, and keys while a filter is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch msg := msg.(type) {
	case eventsLoaded:
		return s.eventsLoaded(msg)
	case fileLoaded:
		s.fileLoaded(msg)
	case ui.DataChanged:
		return nil, s.load()
	case ui.Tick:
		if s.source != fromRuns {
			return nil, s.load()
		}
	case tea.KeyPressMsg:
		s.typeKey(msg)
	case tea.PasteMsg:
		s.input.Paste(msg.Content)
		s.setFilter(s.input.Text())
	}
	return nil, nil
}

func (s *Screen) eventsLoaded(msg eventsLoaded) (ui.Intent, tea.Cmd) {
	if msg.query != s.query {
		return nil, nil
	}
	if msg.err != nil {
		return ui.Notify{Level: run.Err, Err: msg.err}, nil
	}
	s.seen = msg.seen
	s.fault = ""
	if len(msg.lines) > 0 || len(s.lines) == 0 {
		s.lines = append(s.lines, msg.lines...)
		slices.SortStableFunc(s.lines, func(a, b line) int { return a.at.Compare(b.at) })
		if n := len(s.lines) - keptLines; n > 0 {
			s.lines = slices.Clone(s.lines[n:])
		}
		s.refresh()
	}
	return nil, nil
}

func (s *Screen) fileLoaded(msg fileLoaded) {
	if msg.query != s.query || msg.same {
		return
	}
	s.fault = ""
	if msg.err != nil {
		s.fault = msg.err.Error()
	}
	s.lines, s.size = msg.lines, msg.size
	s.refresh()
}

// refresh filters the lines anew.
func (s *Screen) refresh() {
	s.clean = false
	f, err := newFilter(s.filter, s.keys())
	if s.misread = ""; err != nil {
		s.misread = err.Error()
		f, _ = newFilter("", nil) // a filter that cannot be read leaves every line
	}
	s.shown = nil
	for i := range s.lines {
		if (f.level || s.lines[i].level >= s.least) && f.holds(&s.lines[i]) {
			s.shown = append(s.shown, s.lines[i])
		}
	}
	s.table.SetRows(rows{s.c, s.shown})
	if s.follow {
		s.table.End()
	}
}

func (s *Screen) typeKey(key tea.KeyPressMsg) {
	s.clean = false
	s.typing = s.c.TypeLine(s.ID(), &s.input, key)
	s.setFilter(s.input.Text())
}

func (s *Screen) setFilter(text string) {
	if text != s.filter {
		s.filter = text
		s.refresh()
	}
}

// from switches the source; its lines are read anew.
func (s *Screen) from(src source) tea.Cmd {
	s.source = src
	s.lines, s.shown, s.size, s.seen, s.fault = nil, nil, -1, map[run.ID]int64{}, ""
	s.table.SetRows(rows{s.c, nil})
	s.follow = true
	s.clean = false
	return s.load()
}
