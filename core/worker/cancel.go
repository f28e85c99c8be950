package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// How long a worker may take to end before the next, harsher request.
const (
	termAfter = 10 * time.Second
	killAfter = 5 * time.Second
)

// Cancel ends a live run and returns when it has ended: it asks the worker,
// after 10 s sends SIGTERM and after 5 s more SIGKILL. It is no error if the
// run is cancelled already; the error is an *run.Error of code E-STATE if it
// has ended otherwise.
func (l *Launcher) Cancel(ctx context.Context, id run.ID) (run.Run, error) {
	err := l.o.Register.RequestCancel(ctx, id)
	if run.CodeOf(err) == run.EState {
		r, readErr := l.o.Reader.Run(ctx, id)
		if readErr != nil {
			return run.Run{}, readErr
		}
		if r.State == run.Cancelled {
			return r, nil
		}
		return r, &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s, there is nothing to cancel", r.Name, r.State)}
	}
	if err != nil && !run.Passing(err) { // its worker can be asked even so
		return run.Run{}, err
	}
	// A worker that is just starting, or hangs, does not hear this; what follows does.
	ask, cancel := context.WithTimeout(ctx, termAfter)
	defer cancel()
	go l.askToCancel(ask, id)
	r, err := l.Wait(ask, id)
	if err == nil || ctx.Err() != nil {
		return r, err
	}
	for _, step := range []struct {
		signal unix.Signal
		wait   time.Duration
	}{{unix.SIGTERM, killAfter}, {unix.SIGKILL, killAfter}} {
		if err := l.signal(ctx, id, step.signal); err != nil {
			return r, err
		}
		limited, cancel := context.WithTimeout(ctx, step.wait)
		r, err = l.Wait(limited, id)
		cancel()
		if err == nil || ctx.Err() != nil {
			return r, err
		}
	}
	return r, &run.Error{Code: run.EState, Text: fmt.Sprintf("the worker of run %s does not end", r.Name), Hint: "it may hang in a driver; see `ps`"}
}

// Kill ends a live run at once, by SIGKILL, and returns when it is written down
// as cancelled. What was committed stays. The error is an *run.Error of code
// E-STATE where the run has ended.
func (l *Launcher) Kill(ctx context.Context, id run.ID) (run.Run, error) {
	if err := l.o.Register.RequestCancel(ctx, id); err != nil && !run.Passing(err) {
		return run.Run{}, err
	}
	for {
		// Again and again: a worker that is just starting has no socket yet.
		if err := l.signal(ctx, id, unix.SIGKILL); err != nil {
			return run.Run{}, err
		}
		limited, cancel := context.WithTimeout(ctx, 5*pollEvery)
		r, err := l.Wait(limited, id)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return r, err
		}
	}
}

// askToCancel tells the worker as soon as it listens, until ctx ends.
func (l *Launcher) askToCancel(ctx context.Context, id run.ID) {
	for {
		_, err := l.Request(ctx, id, "cancel", nil)
		if run.CodeOf(err) != run.EState {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pollEvery):
		}
	}
}

// signal sends a signal to the worker of a run. The process is named by its
// socket and held by a pidfd; as long as the lock of the run is held after
// that, the process id was not one that has been given to somebody else.
func (l *Launcher) signal(ctx context.Context, id run.ID, sig unix.Signal) error {
	c, err := l.connect(ctx, id)
	if err != nil {
		if run.CodeOf(err) == run.EState {
			return nil // it has just ended; the wait that follows sees it
		}
		return err
	}
	defer c.Close()
	cred, err := peer(c)
	if err != nil {
		return fmt.Errorf("identify the worker of run %s: %w", id, err)
	}
	fd, err := unix.PidfdOpen(int(cred.Pid), 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reach process %d: %w", cred.Pid, err)
	}
	defer unix.Close(fd)
	f, err := os.Open(l.dir.lock(id))
	if err != nil {
		return cannotStart(err)
	}
	defer f.Close()
	if held, err := locked(f); err != nil || !held {
		return err
	}
	if err := unix.PidfdSendSignal(fd, sig, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal process %d: %w", cred.Pid, err)
	}
	return nil
}
