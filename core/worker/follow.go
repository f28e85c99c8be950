package worker

import (
	"context"
	"time"

	"assay/core/run"
)

const (
	pollEvery  = 20 * time.Millisecond // a data_version costs microseconds
	probeEvery = time.Second           // for a worker that another process has started
)

// Wait returns the run when it is no longer live. A run whose worker has died
// is judged on the way.
func (l *Launcher) Wait(ctx context.Context, id run.ID) (run.Run, error) {
	return l.Follow(ctx, id, nil)
}

// Follow calls changed, from its own goroutine, with the first and every later
// state of the run that differs in state, progress, headline, error or last
// sequence number, and returns the run when it is no longer live: the last call
// has had the same state. What is handed out is committed, except for what the
// worker of a run that stands still says (see Ailing). The error is the
// context's, or an *run.Error.
func (l *Launcher) Follow(ctx context.Context, id run.ID, changed func(run.Run)) (run.Run, error) {
	var seen run.Run
	var version int64
	ended, reaped := l.ended(id), false
	var probed time.Time
	still := stillness{asked: make(chan *run.Error, 1)}
	again := true
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		v, err := l.o.Reader.Version(ctx)
		if err != nil {
			return seen, err
		}
		if v != version || again {
			r, err := l.o.Reader.Run(ctx, id)
			if err != nil {
				return seen, err
			}
			version, again = v, false
			r = Ailing(r, still.plightAt(r.LastSeq))
			if ended == nil && !reaped && r.Relation == run.Rerun {
				ended = l.ended(r.Parent) // a child run dies with the worker of its parent
			}
			if changed != nil && differs(seen, r) {
				changed(r)
			}
			if seen = r; !r.State.Live() {
				return r, nil
			}
		}
		if reaped || time.Since(probed) >= probeEvery {
			probed = time.Now()
			if _, err := l.Judge(ctx, id); err != nil {
				return seen, err
			}
			if still.due() {
				go func() { still.asked <- l.Plight(ctx, id) }() // ends within 2 s; nobody need take it
			}
		}
		select {
		case <-ctx.Done():
			return seen, context.Cause(ctx)
		case plight := <-still.asked:
			still.plight, still.asking, again = plight, false, true
		case <-ended:
			ended, reaped = nil, true
		case <-tick.C:
		}
	}
}

// stillness says when to ask the worker of a run what is wrong: where nothing was
// committed from one probe to the next.
type stillness struct {
	seq    int64
	known  bool // seq is
	moved  bool
	asking bool
	asked  chan *run.Error // holds one
	plight *run.Error      // what was said last
}

// plightAt returns what was said last, nil where the run has moved since.
func (s *stillness) plightAt(seq int64) *run.Error {
	if seq != s.seq || !s.known {
		s.moved = s.known
		s.seq, s.known, s.plight = seq, true, nil
	}
	return s.plight
}

// due reports whether to ask now, after another probe.
func (s *stillness) due() bool {
	due := !s.moved && !s.asking
	s.moved, s.asking = false, s.asking || due
	return due
}

func differs(a, b run.Run) bool {
	return a.ID != b.ID || a.State != b.State || a.LastSeq != b.LastSeq || a.Done != b.Done || a.Total != b.Total ||
		a.Headline != b.Headline || a.CancelMs != b.CancelMs || a.ErrorCode != b.ErrorCode || a.ErrorText != b.ErrorText
}

// ended returns the channel of a worker that is a child of this process, else nil.
func (l *Launcher) ended(id run.ID) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.children[id]; h != nil {
		return h.ended
	}
	return nil
}

// fateOf says how the worker of a run ended, where it was a child of this
// process, else "".
func (l *Launcher) fateOf(r run.Run) string {
	l.mu.Lock()
	h := l.children[r.ID]
	if h == nil && r.Relation == run.Rerun {
		h = l.children[r.Parent]
	}
	l.mu.Unlock()
	if h == nil {
		return ""
	}
	select {
	case <-h.ended:
		return h.fate
	default:
		return ""
	}
}
