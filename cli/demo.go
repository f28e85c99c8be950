package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"assay/core/run"
	"assay/core/worker"
	"assay/tui/term"
)

// The demo is one blend of the shipped model in every mode. With seed 2 plain
// reuse names the wrong person and blending brings the right one back.
const (
	demoKind = "kv.blend"
	demoTag  = "demo"
)

func demoParams() map[string]any {
	return map[string]any{"demo": true, "seed": "2", "modes": "all"}
}

func newDemo(s streams) *cobra.Command {
	var f follow
	var open bool
	c := &cobra.Command{
		Use: "demo", Short: "Run the demo: one prompt of the shipped model, blended in every mode",
		Long: "demo runs `assay kv blend --demo --seed 2 --modes all` once and keeps it under the tag demo.\n" +
			"With --open it then opens the screens on it; without a terminal it prints the same numbers and says so.",
		Args:        usageArgs(cobra.NoArgs),
		Annotations: map[string]string{kindAnnotation: demoKind},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if open && s.interactive() && !term.Guarded() {
				return s.guard()
			}
			show, err := newProgress(s, f.progress, time.Now)
			if err != nil {
				return err
			}
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			r, err := a.demo(cmd.Context(), show)
			if err != nil {
				return err
			}
			if open && s.interactive() {
				return a.screen(cmd.Context(), s, r.ID)
			}
			if open {
				fmt.Fprintln(s.err, "no terminal here: playing the demo headless; in a terminal the same command opens the screens")
			}
			k, err := a.kinds.Find(r.Kind)
			if err != nil {
				return err
			}
			return a.result(cmd.Context(), s, r, k, f.json, printerFor(k))
		},
	}
	f.bindOutput(c)
	c.Flags().BoolVar(&open, "open", false, "open the screens on the demo")
	return c
}

// demoRuns makes the runs of the tour that are missing: the demo, and a second blend
// with fewer tokens to compare it with.
func (a *app) demoRuns(ctx context.Context) error {
	for _, given := range []map[string]any{demoParams(), {"demo": true, "seed": "2", "modes": "full,reuse,blend", "ratio": "0.05"}} {
		k, err := a.kinds.Find(demoKind)
		if err != nil {
			return err
		}
		p, err := k.Schema.Complete(given)
		if err != nil {
			return err
		}
		list, err := a.store.Runs(ctx, run.Filter{Text: "tag:" + demoTag + " kind:" + demoKind, States: []run.State{run.Done}})
		if err != nil {
			return err
		}
		made := false
		for _, r := range list {
			full, err := a.store.Run(ctx, r.ID) // lists leave the parameters out
			if err != nil {
				return err
			}
			old, err := k.Schema.FromJSON(full.Params)
			made = made || err == nil && old.Float("ratio") == p.Float("ratio")
		}
		if made {
			continue
		}
		h, err := a.launcher.Start(ctx, demoKind, p, worker.StartOptions{Name: "demo-blend-", Detach: true})
		if err != nil {
			return err
		}
		if err := a.store.Tag(ctx, h.ID, demoTag); err != nil {
			return err
		}
		r, err := a.launcher.Follow(ctx, h.ID, func(run.Run) {})
		if err != nil {
			return err
		}
		if r.State != run.Done {
			return ended(r)
		}
	}
	return nil
}

// demo returns the finished demo run, and makes it where it is not there yet.
func (a *app) demo(ctx context.Context, show *progress) (run.Run, error) {
	old, err := a.store.Runs(ctx, run.Filter{Text: "tag:" + demoTag + " kind:" + demoKind, States: []run.State{run.Done}, Limit: 1})
	if err != nil {
		return run.Run{}, err
	}
	if len(old) == 1 && slices.Contains(old[0].Tags, demoTag) {
		return old[0], nil
	}
	k, err := a.kinds.Find(demoKind)
	if err != nil {
		return run.Run{}, err
	}
	p, err := k.Schema.Complete(demoParams())
	if err != nil {
		return run.Run{}, err
	}
	h, err := a.launcher.Start(ctx, demoKind, p, worker.StartOptions{Name: "demo-blend-"})
	if err != nil {
		return run.Run{}, err
	}
	if err := a.store.Tag(ctx, h.ID, demoTag); err != nil {
		return run.Run{}, err
	}
	r, err := a.follow(ctx, h, show)
	if err != nil {
		return run.Run{}, err
	}
	if r.State != run.Done {
		return run.Run{}, ended(r)
	}
	return r, nil
}
