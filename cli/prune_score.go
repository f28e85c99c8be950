package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/prune"
	"assay/core/prune/job"
)

func newPruneScore(s streams) *cobra.Command {
	var q job.ScoreRequest
	var asJSON bool
	c := &cobra.Command{
		Use: "score", Short: "Score the weights of a network and draw a mask",
		Long: "score ranks the weights of a network given by description, weights and one batch, keeps the best of them at a\n" +
			"compression of 10^exponent, and says what is left: exact counts, paths that live, layers that are empty. It trains\n" +
			"nothing. Methods: " + strings.Join(prune.Methods(), ", ") + ";\nbehind a method ~" + strings.Join(prune.Controls(), ", ~") + " make a control of it.",
		Example: "  assay prune score --net lenet5 --weights lenet5.safetensors --method synflow --exponent 2\n" +
			"  assay prune score --net spec.json --weights w.safetensors --batch b.safetensors --method panning --exponent 1.5 --json",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := job.Score(cmd.Context(), q)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			return printScore(s.out, d)
		},
	}
	f := c.Flags()
	f.StringVar(&q.Net, "net", "lenet5", "network: "+strings.Join(prune.Names(), ", ")+", or a description in a .json file")
	f.StringVar(&q.Weights, "weights", "", "safetensors file of the weights")
	f.StringVar(&q.Batch, "batch", "", "safetensors file of inputs x and labels y; methods without data need none")
	f.StringVar(&q.Method, "method", prune.SynFlow, "how weights are ranked")
	f.StringVar(&q.Exponent, "exponent", "1", "compression 10^x; 50x, 10^1.7 and 98% are read too")
	f.Float64Var(&q.Temperature, "temperature", 0, "what divides the logits; 0 is the method's (200 for grasp and panning)")
	f.IntVar(&q.Steps, "steps", 0, "steps of the methods that have some; 0 is the method's")
	f.Uint64Var(&q.Seed, "seed", 1, "seed of random scores and controls")
	f.StringVar(&q.Agent, "agent", "", "agent of panning-rl, a file that prune agent wrote; empty is the one that ships")
	f.StringVar(&q.Device, "device", "auto", "device to compute on: auto or cpu")
	f.IntVar(&q.Threads, "threads", 0, "threads of the CPU device; 0 is as many as this process may use")
	f.BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func printScore(w io.Writer, d *prune.ScoreDoc) error {
	fmt.Fprintf(w, "%s at 10^%g: %d weights kept, sparsity %.4f, effective %.4f, scored in %.2f s\n", d.Method, d.Exponent, d.Kept, d.Sparsity, d.EffectiveSparsity, d.ScoreS)
	for _, l := range d.Layers {
		fmt.Fprintf(w, "  %-28s %10d of %10d  %8.4f  live %d\n", l.Name, l.Kept, l.Of, float64(l.Kept)/float64(l.Of), l.Live)
	}
	if len(d.Collapsed) > 0 {
		fmt.Fprintf(w, "collapsed: %s keeps nothing, no signal passes\n", strings.Join(d.Collapsed, ", "))
	}
	for _, text := range d.Warnings {
		fmt.Fprintf(w, "note: %s\n", text)
	}
	_, err := fmt.Fprintf(w, "mask %s\n", d.MaskHash)
	return err
}
