package runs

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/core/bench"
	"assay/core/run"
)

// Replies of the screen's commands; query numbers drop those that come too late.
type (
	listLoaded struct {
		query int
		runs  []run.Run
		limit int
		all   int
		err   error
	}
	detailLoaded struct {
		id     run.ID
		detail *detail
		err    error
	}
)

// load reads the list anew and cancels an older reading.
func (s *Screen) load() tea.Cmd {
	if s.cancelQuery != nil {
		s.cancelQuery()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancelQuery = cancel
	s.query++
	query, limit, filter, reader, all := s.query, s.limit, s.filter, s.reader, s.all
	return func() tea.Msg {
		list, err := reader.Runs(ctx, run.Filter{Text: filter, Limit: limit})
		switch {
		case err != nil:
		case filter == "":
			all = len(list)
		case all == 0: // the list was never seen without the filter
			var whole []run.Run
			if whole, err = reader.Runs(ctx, run.Filter{Limit: limit}); err == nil {
				all = len(whole)
			}
		}
		return listLoaded{query: query, runs: list, limit: limit, all: all, err: err}
	}
}

// loadDetail reads what is known about the run under the cursor.
func (s *Screen) loadDetail() tea.Cmd {
	key, i, ok := s.table.Cursor()
	if s.cancelDetail != nil {
		s.cancelDetail()
		s.cancelDetail = nil
	}
	if ok {
		_, ok = s.shown.at(i)
	}
	if !ok {
		s.detail, s.wanted = nil, ""
		return nil
	}
	id := run.ID(key)
	s.wanted = id
	ctx, cancel := context.WithCancel(context.Background())
	s.cancelDetail = cancel
	reader, kinds := s.reader, s.kinds
	return func() tea.Msg {
		d, err := readDetail(ctx, reader, kinds, id)
		return detailLoaded{id, d, err}
	}
}

// readDetail reads a run with the end of its log.
func readDetail(ctx context.Context, reader run.Reader, kinds bench.Registry, id run.ID) (*detail, error) {
	const (
		tail   = 400 // sequence numbers to look back at first; only some of them are events
		enough = 60  // events that fill a pane
	)
	r, err := reader.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	var events []run.Event
	for back := int64(tail); ; back *= 10 { // among many results the log is further back
		if events, err = reader.Events(ctx, id, max(r.LastSeq-back, 0), 0); err != nil {
			return nil, err
		}
		if len(events) >= enough || back >= r.LastSeq {
			break
		}
	}
	events = slices.DeleteFunc(events, func(e run.Event) bool { return e.Level < run.Info }) // the log shows them
	const kept = 200
	if len(events) > kept {
		events = events[len(events)-kept:]
	}
	curves, err := readCurves(ctx, reader, id)
	if err != nil {
		return nil, err
	}
	return &detail{run: r, events: events, params: paramsOf(r, kinds), curves: curves}, nil
}
