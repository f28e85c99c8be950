package cli

import (
	"context"
	"errors"
	"io"
	"os"

	"assay/core/run"
	"assay/tui/linear"
)

// linearWanted reports whether lines take the place of screens: because they were
// asked for, or because the terminal can do nothing else. A pipe alone is no
// reason: a command without arguments in a script is more likely a mistake.
func (s streams) linearWanted(asked bool) (bool, error) {
	if asked {
		return true, nil
	}
	set, err := openSettings()
	if err != nil {
		return false, err
	}
	if set.Load().Get("ui.linear") == "on" {
		return true, nil
	}
	return os.Getenv("TERM") == "dumb" && isTerminal(s.in) && isTerminal(s.out), nil
}

// openLinear reads commands and answers in lines, beginning with a run where ref
// names one.
func openLinear(ctx context.Context, s streams, ref string) error {
	a, err := openApp(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if ref != "" {
		r, err := a.store.Resolve(ctx, ref)
		if err != nil {
			return err
		}
		ref = string(r.ID)
	}
	code, err := a.linear(ctx, s, ref)
	if ctx.Err() != nil {
		return exitError(128 + 2) // SIGINT, as a shell reports it
	}
	if err != nil {
		return err
	}
	if code != run.ExitDone {
		return exitError(code)
	}
	return nil
}

func (a *app) linear(ctx context.Context, s streams, ref string) (int, error) {
	d, err := a.screenDeps()
	if err != nil {
		return 0, err
	}
	d.Open = ref
	person := isTerminal(s.in)
	if !person {
		d.Views, d.Seen = nil, nil // these belong to a terminal and to a person
	}
	ctx, stop := context.WithCancel(ctx) // ends what waits when the session has ended
	defer stop()
	return linear.New(ctx, linear.Options{App: d, Show: a.show, In: s.in, Out: s.out, Prompt: person}).Run()
}

// show prints the tables of a run. One that has stored no result yet has none.
func (a *app) show(ctx context.Context, w io.Writer, id run.ID) error {
	r, err := a.store.Run(ctx, id)
	if err != nil {
		return err
	}
	k, err := a.kinds.Find(r.Kind)
	if err != nil {
		return err
	}
	if r.LastSeq == 0 && r.State != run.Done {
		return errors.New("the run has stored nothing yet")
	}
	return printerFor(k)(w, a, id)
}
