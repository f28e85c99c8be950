package cli

import (
	"context"
	"maps"
	"sync"

	"assay/core/run"
	"assay/core/worker"
	"assay/storage"
)

// watched is the history as screens see it: a live run that stands still is shown
// with what its worker says, which its row may not be able to. It is safe for
// concurrent use.
type watched struct {
	*storage.Store
	l *worker.Launcher

	mu      sync.Mutex // guards the fields below
	plights map[run.ID]*run.Error
	changes int64 // of plights
}

// look asks the workers of the live runs how they are.
func (w *watched) look(ctx context.Context) error {
	live, err := w.Store.Runs(ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}})
	if err != nil {
		return err
	}
	found := w.l.Plights(ctx, live)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !maps.EqualFunc(found, w.plights, func(a, b *run.Error) bool { return a.Code == b.Code && a.Text == b.Text }) {
		w.plights = found
		w.changes++
	}
	return nil
}

func (w *watched) ailing(r run.Run) run.Run {
	w.mu.Lock()
	defer w.mu.Unlock()
	return worker.Ailing(r, w.plights[r.ID])
}

// Runs lists runs as Store.Runs does; a filter by state reads the rows alone.
func (w *watched) Runs(ctx context.Context, f run.Filter) ([]run.Run, error) {
	list, err := w.Store.Runs(ctx, f)
	for i := range list {
		list[i] = w.ailing(list[i])
	}
	return list, err
}

// Run reads one run as Store.Run does.
func (w *watched) Run(ctx context.Context, id run.ID) (run.Run, error) {
	r, err := w.Store.Run(ctx, id)
	return w.ailing(r), err
}

// Resolve finds a run as Store.Resolve does.
func (w *watched) Resolve(ctx context.Context, ref string) (run.Run, error) {
	r, err := w.Store.Resolve(ctx, ref)
	return w.ailing(r), err
}

// Version changes with the rows, and with what the workers say.
func (w *watched) Version(ctx context.Context) (int64, error) {
	v, err := w.Store.Version(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return v + w.changes<<32, err
}
