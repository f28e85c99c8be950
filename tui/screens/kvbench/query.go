package kvbench

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/screens/kvbench/kvdata"
)

// runsRead answers read: what was committed to each run that is shown.
type runsRead struct {
	gen  int
	news []kvdata.News
	err  error
}

// latestFound answers readLatest.
type latestFound struct {
	gen int
	id  run.ID
	err error
}

func (r *reading) cancel() {
	if r.stop != nil {
		r.stop()
	}
}

// read fetches what is new about the runs on screen. Where a reading is under
// way already, another follows it.
func (s *Screen) read() tea.Cmd {
	if len(s.runs) == 0 {
		return nil
	}
	if s.reader.busy {
		s.reader.again = true
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	s.reader = reading{busy: true, stop: stop}
	type want struct {
		id    run.ID
		after int64
	}
	wants := make([]want, len(s.runs))
	for i, r := range s.runs {
		wants[i] = want{r.Run.ID, r.Seq}
	}
	gen, reader := s.gen, s.r
	return func() tea.Msg {
		defer stop()
		m := runsRead{gen: gen}
		for _, w := range wants {
			n, err := kvdata.Read(ctx, reader, w.id, w.after)
			if err != nil {
				m.err = err
				return m
			}
			m.news = append(m.news, n)
		}
		return m
	}
}

// readLatest looks for the newest run of the bench.
func (s *Screen) readLatest() tea.Cmd {
	ctx, stop := context.WithCancel(context.Background())
	s.reader = reading{busy: true, stop: stop}
	gen, reader := s.gen, s.r
	return func() tea.Msg {
		defer stop()
		r, err := reader.Resolve(ctx, "@kv")
		return latestFound{gen: gen, id: r.ID, err: err}
	}
}

func noRun(err error) bool { return run.CodeOf(err) == run.ENoRun }

func cancelled(err error) bool { return errors.Is(err, context.Canceled) }
