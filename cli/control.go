package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/worker"
)

func newRunPause(s streams) *cobra.Command {
	var asJSON bool
	return runCommand("pause", "Let a live run wait at its next safe point, its slot free for others",
		func(c *cobra.Command) { c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document") },
		func(ctx context.Context, a *app, r run.Run) error {
			r, err := a.launcher.Pause(ctx, r.ID)
			if err != nil {
				return err
			}
			return a.printState(s, r, asJSON)
		})
}

func newRunResume(s streams) *cobra.Command {
	var f follow
	var l limits
	var detach bool
	c := runCommand("resume", "Let a paused run go on, or take up one that was stopped, failed, cancelled or lost",
		func(c *cobra.Command) {
			f.bind(c)
			l.bind(c)
			c.Flags().BoolVar(&detach, "detach", false, "let the run go on, print its id and return")
		},
		func(ctx context.Context, a *app, r run.Run) error {
			k, err := a.kinds.Find(r.Kind)
			if err != nil {
				return err
			}
			show, err := newProgress(s, f.progress, time.Now)
			if err != nil {
				return err
			}
			if r.State.Live() {
				return a.goOn(ctx, s, r, k, show, f, detach)
			}
			h, err := a.launcher.Resume(ctx, r.ID, worker.StartOptions{Detach: detach, Memory: int64(l.memory), Stall: l.stall})
			if err != nil {
				return err
			}
			if detach {
				return printID(s, h.ID, f.json)
			}
			return a.see(ctx, s, h, k, show, f, printerFor(k))
		})
	c.Long += "\nA paused run goes on in the process that holds it: an interrupt of this command leaves it alone."
	return c
}

// goOn lets a paused run go on, and waits for its end unless detached.
func (a *app) goOn(ctx context.Context, s streams, r run.Run, k bench.Kind, show *progress, f follow, detach bool) error {
	// A pause that was asked for and has not begun yet is taken back too; the
	// worker of a run that was not paused just says yes.
	if err := a.launcher.Continue(ctx, r.ID); err != nil {
		return err
	}
	if detach {
		return printID(s, r.ID, f.json)
	}
	return a.untilEnd(ctx, s, r, k, show, f)
}

// untilEnd follows a run that somebody else has started until it has ended, and ends
// as the command that started it would.
func (a *app) untilEnd(ctx context.Context, s streams, r run.Run, k bench.Kind, show *progress, f follow) error {
	ctx, stop := f.within(ctx)
	defer stop()
	seen, err := a.launcher.Follow(ctx, r.ID, show.update)
	show.finish()
	if seen.ID != "" {
		r = seen
	}
	if late := f.late(ctx, r, waitHint(r.ID)); late != nil {
		return late
	}
	if err != nil {
		return err
	}
	return a.result(ctx, s, r, k, f.json, printerFor(k))
}

// waits says for whom a queued run waits, in one line; "" for any other run.
func (a *app) waits(ctx context.Context, r run.Run) (string, error) {
	if r.State != run.Queued {
		return "", nil
	}
	place, err := a.launcher.Place(ctx, r.ID)
	if err != nil {
		return "", err
	}
	if place.Lease == "" {
		return "its worker is starting", nil
	}
	return place.Text(func(id run.ID) string {
		if other, err := a.store.Run(ctx, id); err == nil {
			return other.Name
		}
		return string(id) // it was removed in the meantime
	}), nil
}

// seen is a live run as its worker says that it is, with the process id, or that
// it is silent. Both are zero where nobody listens yet.
func (a *app) seen(ctx context.Context, r run.Run) (as run.Run, pid int, silent bool, err error) {
	if !r.State.Live() {
		return r, 0, false, nil
	}
	hello, err := a.launcher.Hello(ctx, r.ID)
	switch run.CodeOf(err) {
	case "":
		return worker.Ailing(r, hello.Trouble), hello.PID, false, nil
	case run.EState:
		return r, 0, false, nil
	case run.EStalled:
		return r, 0, true, nil
	}
	return r, 0, false, err
}

// verdict is what a command that followed a run returns: nil where it is done
// and nothing was found.
func (a *app) verdict(ctx context.Context, r run.Run, k bench.Kind) error {
	if r.State != run.Done {
		return ended(r)
	}
	if k.Found == nil {
		return nil
	}
	found, err := k.Found(context.WithoutCancel(ctx), a.store, r.ID)
	if err == nil && found {
		err = exitError(run.ExitFound)
	}
	return err
}

func worded(pid int, silent bool) string {
	if silent {
		return "silent: it does not answer within 2s"
	}
	if pid == 0 {
		return "not listening yet"
	}
	return fmt.Sprintf("process %d", pid)
}
