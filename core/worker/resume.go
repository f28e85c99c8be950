package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"assay/core/run"
)

// Resume takes a stopped, failed, cancelled or lost run up again under its ID;
// of the options Detach, Warm, Stall and Memory count. Where Memory is 0 the
// limit of the attempt before holds again. A run of a machine that has died
// unnoticed is judged first. The error is an *run.Error of code E-STATE where
// the run is done or still alive.
func (l *Launcher) Resume(ctx context.Context, id run.ID, o StartOptions) (*Handle, error) {
	if err := checkMemory(o.Memory); err != nil {
		return nil, err
	}
	if _, err := l.Judge(ctx, id); err != nil {
		return nil, err
	}
	r, err := l.o.Reader.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.State.Resumable() {
		return nil, &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s, not to be resumed", r.Name, r.State), Hint: "stopped, failed, cancelled and lost runs are; `assay run replay` repeats one that is done"}
	}
	k, err := l.o.Kinds.Find(r.Kind)
	if err != nil {
		return nil, err
	}
	p, err := k.Schema.FromJSON(r.Params)
	if err != nil {
		return nil, err
	}
	if _, err := k.New(p); err != nil {
		return nil, err
	}
	lock, err := l.takeOver(ctx, id)
	if err != nil {
		return nil, err
	}
	defer lock.Close() // the worker has a copy, which keeps the lock
	if _, err := l.o.Register.Requeue(ctx, id, l.host.name, l.host.boot); err != nil {
		return nil, err
	}
	if o.Memory == 0 {
		o.Memory = readFacts(lock).Memory
	}
	return l.execute(ctx, id, lock, o.args())
}

// Remove deletes a run that is not live, with its log; a warm worker of it is
// asked to end. Its lock file stays: a lock on a file without a name would
// guard nothing. The error is an *run.Error of code E-STATE where it is live.
func (l *Launcher) Remove(ctx context.Context, id run.ID) error {
	if _, err := l.Judge(ctx, id); err != nil {
		return err
	}
	r, err := l.o.Reader.Run(ctx, id)
	if err != nil {
		return err
	}
	if r.State.Live() {
		return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s", r.Name, r.State), Hint: "cancel it first"}
	}
	if c, err := l.dial(ctx, id); err == nil {
		// A worker that is only kept warm has no say.
		_, err = c.call(ctx, request{Do: "exit"})
		c.close()
		if err != nil {
			return err
		}
	}
	lock, err := l.takeOver(ctx, id)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := l.o.Register.Remove(ctx, id); err != nil {
		return err
	}
	for _, path := range []string{l.dir.log(id), l.dir.socket(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &run.Error{Code: run.EDB, Text: "the run is deleted, but not its log", Err: err}
		}
	}
	return nil
}
