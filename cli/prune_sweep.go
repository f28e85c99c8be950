package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/prune"
	"assay/core/run"
)

// newPruneCurve shows the curves of a sweep that was started before, finished or not.
func newPruneCurve(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "curve [RUN]", Short: "Show the curves of a sweep, as far as they are filled",
		Long: "curve prints the accuracy of each method at each compression, with intervals, and which differences of methods on\n" +
			"the same seeds are real. RUN is a run of kind prune.sweep, the latest by default; it may still be going on.",
		Example: "  assay prune curve\n  assay prune curve @1 --json",
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			id, err := latestSweep(cmd, a, args)
			if err != nil {
				return err
			}
			k, err := kinds().Find("prune.sweep")
			if err != nil {
				return err
			}
			doc, err := k.Document(cmd.Context(), a.store, id)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, doc)
			}
			if d, ok := doc.(prune.SweepDoc); ok {
				printCurve(s.out, d)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func latestSweep(cmd *cobra.Command, a *app, args []string) (run.ID, error) {
	if len(args) == 1 {
		r, err := a.store.Resolve(cmd.Context(), args[0])
		if err != nil {
			return "", err
		}
		if r.Kind != "prune.sweep" {
			return "", &run.Error{Code: run.EUsage, Text: fmt.Sprintf("run %s is of kind %s: expected a prune.sweep", r.ID, r.Kind)}
		}
		return r.ID, nil
	}
	list, err := a.store.Runs(cmd.Context(), run.Filter{Text: "kind:prune.sweep", Limit: 1})
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", &run.Error{Code: run.ENoRun, Text: "no sweep was started yet", Hint: "assay prune sweep starts one"}
	}
	return list[0].ID, nil
}

// printCurve writes methods down and compressions across, then the differences
// that are real.
func printCurve(w io.Writer, d prune.SweepDoc) {
	if d.Net != nil {
		fmt.Fprintf(w, "%s on %s, %d weights, %d training images, %d epochs\n", d.Net.Net, d.Net.Data, d.Net.Counts.Prunable, d.Net.TrainImages, d.Net.Recipe.Epochs)
	}
	var methods []string
	var exponents []float64
	at := map[string]prune.PointDoc{}
	for _, p := range d.Curve {
		if len(methods) == 0 || methods[len(methods)-1] != p.Method {
			methods = append(methods, p.Method)
		}
		if len(methods) == 1 {
			exponents = append(exponents, p.Exponent)
		}
		at[fmt.Sprintf("%s/%g", p.Method, p.Exponent)] = p
	}
	fmt.Fprintf(w, "%-18s", "accuracy %")
	for _, e := range exponents {
		fmt.Fprintf(w, "%16s", fmt.Sprintf("10^%g", e))
	}
	fmt.Fprintln(w)
	for _, m := range methods {
		fmt.Fprintf(w, "%-18s", m)
		for _, e := range exponents {
			fmt.Fprintf(w, "%16s", pointText(at[fmt.Sprintf("%s/%g", m, e)]))
		}
		fmt.Fprintln(w)
	}
	for _, c := range d.Cells {
		if c.Reason != "" {
			fmt.Fprintf(w, "empty: %s at 10^%g, seed %d: %s\n", c.Method, c.Exponent, c.Seed, c.Reason)
		}
	}
	var better []string
	for _, p := range d.Paired {
		if p.Better == "" {
			continue
		}
		other := p.A
		if p.Better == p.A {
			other = p.B
		}
		better = append(better, fmt.Sprintf("%s above %s at 10^%g", p.Better, other, p.Exponent))
	}
	if len(better) > 0 {
		fmt.Fprintf(w, "real on the same seeds (95 %%): %s\n", strings.Join(better, "; "))
	}
}

// pointText is the mean in per cent and half the width of its interval.
func pointText(p prune.PointDoc) string {
	switch {
	case p.Mean == nil:
		return "-"
	case p.CI95 == nil:
		return fmt.Sprintf("%.2f n=%d", 100**p.Mean, p.N)
	}
	return fmt.Sprintf("%.2f ±%.2f", 100**p.Mean, 50*(p.CI95[1]-p.CI95[0]))
}

// printAgent writes the rewards of every tenth episode.
func printAgent(w io.Writer, d prune.AgentDoc) {
	for i, e := range d.Episodes {
		if i%10 == 9 || i == len(d.Episodes)-1 {
			fmt.Fprintf(w, "episode %4d  step %6d  to 10^%.2f  reward %8.2f\n", e.Episode, e.Steps, e.Exponent, e.Reward)
		}
	}
	fmt.Fprintf(w, "%d steps, reward %.2f over the last episodes\n", d.Steps, d.Reward)
}
