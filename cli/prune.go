package cli

import (
	"github.com/spf13/cobra"
)

func newPrune(s streams) *cobra.Command {
	c := group("prune", "Prune networks before training and see what is left", append(pruneRunCommands(s), newPruneScore(s), newPruneCurve(s))...)
	for _, k := range kinds() {
		if k.Name == "prune.sweep" {
			c.AddCommand(newKind(s, k, "sweep", "  assay prune sweep --methods random,snip,synflow --exponents 0.5..2:0.5 --seeds 3\n"+
				"  assay prune sweep --methods synflow,synflow~shuffle --exponents 1,2 --seeds 2 --train-images 2000 --json", printerFor(k)))
		}
	}
	return c
}
