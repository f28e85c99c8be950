package worker

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"assay/core/run"
)

// Sweep judges every run of this host that should be alive, and returns those
// over which it wrote a verdict. Programs call it when they start, a screen
// every 5 s. It also lets the storage look after itself: a worker that died may
// have left it damaged. A problem there shows in what can be written, not here.
func (l *Launcher) Sweep(ctx context.Context) ([]run.Run, error) {
	live, err := l.o.Reader.Runs(ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}})
	if err != nil {
		return nil, err
	}
	var dead []run.Run
	for _, r := range live {
		wrote, err := l.Judge(ctx, r.ID)
		if err != nil {
			return dead, err
		}
		if !wrote {
			continue
		}
		if r, err = l.o.Reader.Run(ctx, r.ID); err != nil {
			return dead, err
		}
		dead = append(dead, r)
	}
	if err := l.o.Register.Verify(ctx, len(dead) > 0); err != nil && ctx.Err() != nil {
		return dead, err
	}
	return dead, nil
}

// Judge finds out whether a live run has lost its worker, and if so writes it
// down as lost with what is known of the reason, as failed where the worker
// said that it ran out of memory, or as cancelled where that had been asked
// for. It reports
// whether it wrote. A run of another host is not judged; nor is one whose lock
// file is missing, unless it is from before a reboot.
func (l *Launcher) Judge(ctx context.Context, id run.ID) (bool, error) {
	r, err := l.o.Reader.Run(ctx, id)
	if err != nil || !r.State.Live() || r.Host != l.host.name {
		return false, err
	}
	// Without O_CREATE: a file that we made would look like a dead run to others.
	f, err := os.OpenFile(l.dir.lock(id), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if r.BootID == l.host.boot {
			return false, nil
		}
		return l.o.Register.MarkDead(ctx, id, r.BootID, l.examine(r, nil).verdict(), l.dir.logTail(id))
	}
	if err != nil {
		return false, cannotJudge(r, err)
	}
	defer f.Close() // lets go of the lock
	if held, err := locked(f); err != nil || held {
		return false, err
	}
	if ok, err := tryLock(f); err != nil || !ok {
		return false, err // another finder was faster, or a resumption
	}
	if !sameFile(f, l.dir.lock(id)) {
		return false, nil
	}
	if end := readFacts(f).End; end != nil {
		// The worker has judged itself, on a disk that was full.
		err := l.o.Register.Finish(ctx, id, end.State, end.Err)
		if run.CodeOf(err) == run.EState {
			return false, nil
		}
		return err == nil, unwritten(r, err)
	}
	// The row is read again in the transaction: the run may have ended, or come
	// back, between our look and the lock.
	wrote, err := l.o.Register.MarkDead(ctx, id, r.BootID, l.examine(r, f).verdict(), l.dir.logTail(id))
	return wrote, unwritten(r, err)
}

// unwritten explains a verdict for which the disk has no room.
func unwritten(r run.Run, err error) error {
	if !run.NoSpace(err) {
		return err
	}
	return &run.Error{Code: run.EDiskFull, Text: "run " + r.Name + " has ended, and the disk has no room to write that down", Hint: "free some space"}
}

func cannotJudge(r run.Run, err error) error {
	return &run.Error{Code: run.EDB, Text: "cannot find out whether run " + r.Name + " is alive", Err: err}
}

// takeOver takes the lock of a run that has no worker, waiting a little for one
// that is just ending or for another finder.
func (l *Launcher) takeOver(ctx context.Context, id run.ID) (*os.File, error) {
	f, err := os.OpenFile(l.dir.lock(id), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, cannotStart(err)
	}
	deadline := time.Now().Add(2 * time.Second)
	for {
		ok, err := tryLock(f)
		if ok && sameFile(f, l.dir.lock(id)) {
			return f, nil
		}
		if err == nil && time.Now().After(deadline) {
			err = &run.Error{Code: run.EState, Text: "the worker of run " + string(id) + " is still alive", Hint: "cancel it, or ask its screen to let go of it"}
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
