package kvbench

import (
	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Update takes replies of the screen's own commands, news and the clock.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch m := msg.(type) {
	case runsRead:
		return s.gotRuns(m)
	case latestFound:
		return s.gotLatest(m)
	case ui.DataChanged:
		return nil, s.news()
	}
	return nil, nil
}

// news reads what was committed; where there was nothing to show, it looks again.
func (s *Screen) news() tea.Cmd {
	if len(s.runs) == 0 {
		if s.asked && s.absent && !s.reader.busy {
			return s.readLatest()
		}
		return nil
	}
	return s.read()
}

func (s *Screen) gotLatest(m latestFound) (ui.Intent, tea.Cmd) {
	if m.gen != s.gen {
		return nil, nil
	}
	s.reader = reading{}
	s.dirty = true
	switch {
	case m.err == nil:
		return nil, s.Open(m.id)
	case noRun(m.err):
		s.absent = true
		return nil, nil
	}
	return s.trouble(m.err), nil
}

func (s *Screen) gotRuns(m runsRead) (ui.Intent, tea.Cmd) {
	if m.gen != s.gen {
		return nil, nil
	}
	again := s.reader.again
	s.reader = reading{}
	if m.err != nil {
		s.dirty = true
		if cancelled(m.err) {
			return nil, nil
		}
		return s.trouble(m.err), nil
	}
	s.dirty = s.dirty || s.err != nil
	s.err = nil
	for i, n := range m.news {
		before := s.runs[i].Run
		s.runs[i].Apply(n)
		if s.page == nil || before.LastSeq != n.Run.LastSeq || before.State != n.Run.State || before.ErrorCode != n.Run.ErrorCode || before.Done != n.Run.Done || before.Total != n.Run.Total {
			s.dirty = true
		}
	}
	if s.dirty {
		s.refresh()
	}
	if again {
		return nil, s.read()
	}
	return nil, nil
}

// refresh makes the page that fits the runs, or tells the one there of news.
func (s *Screen) refresh() {
	kind := s.runs[0].Run.Kind
	if s.page == nil || !s.page.handles(kind) {
		s.page = s.newPage(kind)
	}
	if s.page != nil {
		s.page.changed()
	}
}

func (s *Screen) newPage(kind string) page {
	for _, r := range s.runs {
		if r.Run.Kind != kind {
			s.err = &run.Error{Code: run.EUsage, Text: "runs of different kinds cannot be compared: " + kind + " and " + r.Run.Kind, Hint: "mark runs of one kind"}
			return nil
		}
	}
	switch kind {
	case kindBlend:
		if len(s.runs) > 1 {
			return newComparePage(s, nil)
		}
		return newBlendPage(s)
	case kindSweep:
		return newSweepPage(s)
	case kindEval:
		return newEvalPage(s)
	case kindCompress:
		return newCompressPage(s)
	case kindStream:
		return newStreamPage(s)
	case kindPareto:
		return newParetoPage(s)
	case kindLoad:
		return newLoadPage(s)
	}
	s.err = &run.Error{Code: run.EUsage, Text: "a run of kind " + kind + " has no page here", Hint: "assay run show " + string(s.runs[0].Run.ID)}
	return nil
}

// trouble keeps an error for the page and hands it to the shell once.
func (s *Screen) trouble(err error) ui.Intent {
	known := s.err != nil && s.err.Error() == err.Error()
	s.err = err
	if known {
		return nil
	}
	return ui.Notify{Level: run.Err, Text: "the run cannot be read", Err: err}
}
