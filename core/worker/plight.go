package worker

import (
	"context"
	"sync"

	"assay/core/run"
)

// Plight asks the worker of a live run what keeps the run from going on: its
// own trouble (E-DISK-FULL, E-DB), or E-STALLED where the worker is silent, which
// takes 2 s to find out. It returns nil where nothing does, or where no worker
// listens.
func (l *Launcher) Plight(ctx context.Context, id run.ID) *run.Error {
	hello, err := l.Hello(ctx, id)
	if run.CodeOf(err) == run.EStalled {
		return asError(err)
	}
	return hello.Trouble
}

// Plights asks the workers of all live runs in a list at once, and returns what
// they say by run; a run that nothing is wrong with is left out.
func (l *Launcher) Plights(ctx context.Context, runs []run.Run) map[run.ID]*run.Error {
	const most = 16 // workers asked at a time
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, most)
	found := map[run.ID]*run.Error{}
	for _, r := range runs {
		if !r.State.Live() || r.Host != l.host.name {
			continue
		}
		slots <- struct{}{}
		all.Add(1)
		go func() {
			defer all.Done()
			defer func() { <-slots }()
			if e := l.Plight(ctx, r.ID); e != nil {
				mu.Lock()
				defer mu.Unlock()
				found[r.ID] = e
			}
		}()
	}
	all.Wait()
	return found
}

// Ailing is a live run as its worker says that it is: with the code and text of
// what keeps it from going on, and paused where it cannot write: then its row
// cannot say so. With nil it is the run itself.
func Ailing(r run.Run, plight *run.Error) run.Run {
	if plight == nil || !r.State.Live() {
		return r
	}
	r.ErrorCode, r.ErrorText = string(plight.Code), plight.Error()
	if plight.Code != run.EStalled {
		r.State = run.Paused
	}
	return r
}
