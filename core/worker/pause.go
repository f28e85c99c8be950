package worker

import (
	"context"
	"fmt"
	"time"

	"assay/core/run"
)

// Pause asks a live run to wait at its next safe point, and returns when it
// does: paused, its slot free for others. A queued run leaves its queue. The
// error is an *run.Error of code E-STATE where the run is not live or ended
// before it could pause, E-STALLED where its worker is silent. What was asked
// stands also where ctx ends first.
func (l *Launcher) Pause(ctx context.Context, id run.ID) (run.Run, error) {
	if err := l.insist(ctx, id, "pause"); err != nil {
		return run.Run{}, err
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	r, err := l.Follow(following, id, func(r run.Run) {
		if r.State == run.Paused {
			stop()
		}
	})
	if err == nil {
		return r, &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s, it ended before it could pause", r.Name, r.State)}
	}
	if ctx.Err() == nil && r.State == run.Paused {
		return r, nil
	}
	return r, err
}

// Continue lets a paused run go on when it gets its slot back; it changes
// nothing for one that is not paused. The error is as for Pause.
func (l *Launcher) Continue(ctx context.Context, id run.ID) error {
	return l.insist(ctx, id, "resume")
}

// insist asks the worker of a live run for something, again while it is just
// starting and does not listen yet.
func (l *Launcher) insist(ctx context.Context, id run.ID, do string) error {
	for {
		if _, err := l.Judge(ctx, id); err != nil {
			return err
		}
		r, err := l.o.Reader.Run(ctx, id)
		if err != nil {
			return err
		}
		if !r.State.Live() {
			return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s, there is nothing to %s", r.Name, r.State, do)}
		}
		_, err = l.Request(ctx, id, do, nil)
		if run.CodeOf(err) != run.EState {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pollEvery):
		}
	}
}
