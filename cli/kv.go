package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/job"
	"assay/core/run"
)

func newKV(s streams) *cobra.Command {
	c := group("kv", "Blend and compress KV caches and measure what is lost", newKVCheck(s), newKVCodec(s))
	for _, k := range kinds() {
		switch k.Name {
		case "kv.blend":
			c.AddCommand(newKind(s, k, "blend", "  assay kv blend --demo --seed 7 --modes all\n  assay kv blend --demo --seed 7 --tokens 2048 --modes full,reuse,blend --ratio .15 --json\n  assay kv blend --prompt prompt.json --modes full,blend --rule k --ratio .3", printerFor(k)))
		case "kv.sweep":
			c.AddCommand(newKind(s, k, "sweep", "  assay kv sweep --demo --seed 1 --prompts 20 --ratios .05,.15,.3 --rules v,k\n  assay kv sweep --demo --prompts 200 --detach", printerFor(k)))
		case "kv.eval":
			c.AddCommand(newKind(s, k, "eval", "  assay kv eval --people 4 --archives 120 --seed 1 --modes full,reuse,blend,random --ratio .15\n  assay kv eval --archives-file archives.jsonl --modes full,blend --ratios .05,.15 --rules v,k --json", printerFor(k)))
		case "kv.stream":
			c.AddCommand(newKind(s, k, "stream", "  assay kv stream --plan plan.json --rule exact --slo 0.5s --json\n  assay kv stream --demo --tokens 2048 --shape step --slo 50ms\n  assay kv stream --demo --trace trace.txt --rule paper", printerFor(k)))
		case "kv.pareto":
			c.AddCommand(newKind(s, k, "pareto", "  assay kv pareto --demo --json\n  assay kv pareto --demo --levels 1,3 --ratios 0,.15,.5 --gbps .2", printerFor(k)))
		case "kv.load":
			c.AddCommand(newKind(s, k, "load", "  assay kv load --demo --gbps .5\n  assay kv load --demo --tiers disk,remote --levels 3 --ratio .3 --json", printerFor(k)))
		case "kv.compress":
			c.AddCommand(newKind(s, k, "compress", "  assay kv compress --demo --seed 1 --tokens 2048\n  assay kv compress --demo --profiles ref,exact --levels 32,16,12 --json\n  assay kv compress --prompt prompt.json --profiles exact,q4_0,q4_0_h", printerFor(k)))
		}
	}
	return c
}

// printerFor returns how the documents of a kind are shown to people.
func printerFor(k bench.Kind) printer {
	switch k.Name {
	case "kv.blend":
		return printerOf(k, printBlend)
	case "kv.sweep":
		return printerOf(k, printSweep)
	case "kv.eval":
		return printerOf(k, printEval)
	case "prune.train":
		return printerOf(k, printTrain)
	case "prune.try":
		return printerOf(k, printTry)
	case "prune.sensitivity":
		return printerOf(k, printSensitivity)
	case "caption.run", "caption.replay":
		return printerOf(k, printCaption)
	case "kv.compress":
		return printerOf(k, printCompress)
	case "prune.agent":
		return printerOf(k, printAgent)
	case "prune.sweep":
		return printerOf(k, printCurve)
	case "kv.pareto":
		return printerOf(k, printPareto)
	case "kv.load":
		return printerOf(k, printLoad)
	case "kv.stream":
		return printerOf(k, printStream)
	}
	return func(io.Writer, *app, run.ID) error { return fmt.Errorf("runs of kind %s have no table", k.Name) }
}

func newKVCheck(s streams) *cobra.Command {
	var dir, device string
	var asJSON bool
	c := &cobra.Command{
		Use: "check", Short: "Check that blending is exact where it must be",
		Long: "check runs the correctness gate: recomputing everything must be bit-equal to full prefill, and layer 0 and the\n" +
			"prefix must not deviate at all. It ends with 3 where the model fails.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := job.Check(cmd.Context(), dir, device)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(s.out, d)
			} else {
				err = printCheck(s.out, d)
			}
			if err == nil && !d.Pass {
				return exitError(run.ExitFound)
			}
			return err
		},
	}
	c.Flags().StringVar(&dir, "model", "", "model folder; empty is the built-in one")
	c.Flags().StringVar(&device, "device", "auto", "device to compute on")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func printCheck(w io.Writer, d kv.CheckDoc) error {
	word := "pass"
	if !d.Pass {
		word = "FAIL"
	}
	_, err := fmt.Fprintf(w, "%s  r=1 bit-equal %v (largest logit difference %g)  layer 0 deviation %g  prefix deviation %g\n",
		word, d.R1BitEqual, d.R1MaxLogitDiff, d.Layer0MaxDeviation, d.PrefixMaxDeviation)
	return err
}
