package worker

import (
	"context"
	"fmt"

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
