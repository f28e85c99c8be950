package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"assay/core/bench"
	captionjob "assay/core/caption/job"
	"assay/core/config"
	fuzzjob "assay/core/fuzz/job"
	"assay/core/kv/job"
	prunejob "assay/core/prune/job"
	"assay/core/run"
	"assay/core/worker"
	"assay/storage"
)

// app is what a command that touches the history works with.
type app struct {
	paths    config.Paths
	store    *storage.Store
	watched  *watched // store, for screens
	launcher *worker.Launcher
	kinds    bench.Registry
}

// kinds lists every kind of run of this build, in the order of the menus. Nobody
// changes the list: it is made once, for half of the commands look a schema up.
var kinds = sync.OnceValue(func() bench.Registry {
	return slices.Concat(job.Kinds(), fuzzjob.Kinds(), prunejob.Kinds(), captionjob.Kinds())
})

// openApp is openHistory for commands. They refuse a database of a newer
// version, whose rows they may misread; a screen shows it and says so.
func openApp(ctx context.Context) (*app, error) {
	a, err := openHistory(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.store.Writable(); run.CodeOf(err) == run.EDBNewer {
		a.Close()
		return nil, err
	}
	return a, nil
}

// openHistory finds the places, opens the history and judges the runs whose
// worker died since anybody looked.
func openHistory(ctx context.Context) (*app, error) {
	a, err := openStore(ctx)
	if err != nil {
		return nil, err
	}
	if a.store.Writable() == nil {
		// On a full disk a verdict has to wait; the history is there all the same.
		if _, err := a.launcher.Sweep(ctx); err != nil && run.CodeOf(err) != run.EDiskFull {
			a.Close()
			return nil, err
		}
	}
	return a, nil
}

func openStore(ctx context.Context) (*app, error) {
	paths, err := config.Locate(config.Host())
	if err != nil {
		return nil, err
	}
	if err := paths.Create(); err != nil {
		return nil, err
	}
	store, err := storage.Open(ctx, storage.Options{
		Path: paths.DB(), Artifacts: paths.Artifacts(), Network: paths.Network != "",
		CacheKB: 2048, // a command writes a row or two; workers ask for more
		Now:     time.Now,
	})
	if err != nil {
		return nil, err
	}
	figures, err := json.Marshal(map[string]string{
		"version": Version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
	})
	if err != nil {
		return nil, fmt.Errorf("figures of the build: %w", err)
	}
	a := &app{paths: paths, store: store, kinds: kinds()}
	a.launcher, err = worker.New(worker.Options{
		Register: store, Reader: store, Kinds: a.kinds, Files: a.paths.Files(), State: paths.State, Environ: paths.Environ(), Figures: figures,
	})
	if err != nil {
		store.Close()
		return nil, err
	}
	a.watched = &watched{Store: store, l: a.launcher}
	return a, nil
}

// Close closes the history.
func (a *app) Close() { a.store.Close() }
