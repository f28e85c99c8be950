package runview

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Resolver finds runs by their references.
type Resolver interface {
	Resolve(ctx context.Context, ref string) (run.Run, error)
}

// Read reads what a run has committed after a sequence number, 0 for everything.
type Read[N any] func(ctx context.Context, id run.ID, after int64) (N, error)

// Follower follows one run: News of type N come from Read.
type Follower[N any] struct {
	bench string
	find  Resolver
	read  Read[N]

	gen    int
	id     run.ID
	after  int64
	asked  bool
	busy   bool
	again  bool
	absent bool
	err    error
	stop   context.CancelFunc
}

// NewFollower follows runs of a bench; without Open it takes the latest one.
func NewFollower[N any](bench string, find Resolver, read Read[N]) *Follower[N] {
	return &Follower[N]{bench: bench, find: find, read: read}
}

type (
	newsRead[N any] struct {
		of   *Follower[N]
		gen  int
		news N
		err  error
	}
	latestFound[N any] struct {
		of  *Follower[N]
		gen int
		id  run.ID
		err error
	}
)

// ID returns the run that is followed, "" where there is none.
func (f *Follower[N]) ID() run.ID { return f.id }

// Gen returns a number that changes with the run that is followed: what a screen
// asks for itself carries it.
func (f *Follower[N]) Gen() int { return f.gen }

// Err returns what went wrong with the last reading, nil where nothing did.
func (f *Follower[N]) Err() error { return f.err }

// Absent reports whether the latest run was looked for and there is none.
func (f *Follower[N]) Absent() bool { return f.absent }

// Open follows a run from its beginning.
func (f *Follower[N]) Open(id run.ID) tea.Cmd {
	f.Await(id)
	return f.Changed()
}

// Await follows a run as soon as the screen gets the focus.
func (f *Follower[N]) Await(id run.ID) {
	f.gen++
	if f.stop != nil {
		f.stop()
	}
	f.id, f.after, f.asked, f.absent, f.err = id, 0, true, false, nil
	f.busy, f.again, f.stop = false, false, nil
}

// Focus reads the latest run where none was opened yet, else what is new.
func (f *Follower[N]) Focus() tea.Cmd {
	if f.asked {
		return f.Changed()
	}
	f.asked = true
	return f.latest()
}

// Asked reports whether a run was opened or looked for.
func (f *Follower[N]) Asked() bool { return f.asked }

// Reload reads the run again from its beginning, or looks for the latest one again.
func (f *Follower[N]) Reload() tea.Cmd {
	if f.id == "" {
		f.err, f.absent = nil, false
		return f.latest()
	}
	return f.Open(f.id)
}

// Changed reads what was committed; where there was nothing to show, it looks again.
func (f *Follower[N]) Changed() tea.Cmd {
	if f.id == "" {
		if !f.asked || f.busy {
			return nil
		}
		return f.latest()
	}
	if f.busy {
		f.again = true
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	f.busy, f.again, f.stop = true, false, stop
	gen, id, after, read := f.gen, f.id, f.after, f.read
	return func() tea.Msg {
		defer stop()
		n, err := read(ctx, id, after)
		return newsRead[N]{f, gen, n, err}
	}
}

func (f *Follower[N]) latest() tea.Cmd {
	ctx, stop := context.WithCancel(context.Background())
	f.busy, f.stop = true, stop
	gen, find, ref := f.gen, f.find, "@"+f.bench
	return func() tea.Msg {
		defer stop()
		r, err := find.Resolve(ctx, ref)
		return latestFound[N]{f, gen, r.ID, err}
	}
}

// Update takes the replies of the follower's commands. Got is called with news and
// returns the sequence number up to which the run is known now; fresh is called
// before the first news of another run. Messages that are not its own are ignored, so
// that a screen may have several followers.
func (f *Follower[N]) Update(msg tea.Msg, fresh func(), got func(N) (seq int64)) (ui.Intent, tea.Cmd) {
	switch m := msg.(type) {
	case latestFound[N]:
		if m.of != f || m.gen != f.gen {
			return nil, nil
		}
		f.busy = false
		switch {
		case m.err == nil:
			cmd := f.Open(m.id)
			fresh()
			return nil, cmd
		case run.CodeOf(m.err) == run.ENoRun:
			f.absent = true
			return nil, nil
		}
		return f.fault(m.err), nil
	case newsRead[N]:
		if m.of != f || m.gen != f.gen {
			return nil, nil
		}
		again := f.again
		f.busy, f.again = false, false
		if m.err != nil {
			if errors.Is(m.err, context.Canceled) {
				return nil, nil
			}
			return f.fault(m.err), nil
		}
		f.err = nil
		f.after = got(m.news)
		if again {
			return nil, f.Changed()
		}
	}
	return nil, nil
}

// fault keeps an error and hands it to the shell once.
func (f *Follower[N]) fault(err error) ui.Intent {
	known := f.err != nil && f.err.Error() == err.Error()
	f.err = err
	if known {
		return nil
	}
	return ui.Notify{Level: run.Err, Text: "the run cannot be read", Err: err}
}
