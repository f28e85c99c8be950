package cli

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/run"
	"assay/core/worker"
	"assay/storage"
)

// newWorker is the process of a run; only the launcher starts it.
func newWorker(streams) *cobra.Command {
	return &cobra.Command{
		Use: "worker", Hidden: true, DisableFlagParsing: true,
		Short: "Be the process of a run",
		RunE: func(cmd *cobra.Command, args []string) error {
			// The interrupt of a terminal is not meant for a worker, nor is its context.
			return workerMain(context.WithoutCancel(cmd.Context()), args)
		},
	}
}

func workerMain(ctx context.Context, args []string) error {
	paths, err := config.Locate(config.Host())
	if err != nil {
		return err
	}
	store, err := storage.Open(ctx, storage.Options{
		Path: paths.DB(), Artifacts: paths.Artifacts(), Network: paths.Network != "", Now: time.Now,
	})
	if err != nil {
		return err
	}
	code := worker.Main(worker.Config{
		Kinds: kinds(), Ledger: store, Reader: store,
		Record: func(ctx context.Context, id run.ID, fail context.CancelCauseFunc, room func(error) bool) (run.RecordWriter, error) {
			return store.Recorder(ctx, id, fail, room)
		},
		State: paths.State, CacheDir: paths.Cache, FilesDir: paths.Files(), Log: os.Stderr,
	}, args)
	// The store stays open: the process ends here, and a job that was left behind may still use it.
	return exitError(code)
}
