package cli

import (
	"github.com/spf13/cobra"
)

func newPrune(s streams) *cobra.Command {
	c := group("prune", "Prune networks before training and see what is left", append(pruneRunCommands(s), newPruneScore(s), newPruneCurve(s))...)
	for _, k := range kinds() {
		switch k.Name {
		case "prune.sweep":
			c.AddCommand(newKind(s, k, "sweep", "  assay prune sweep --methods random,snip,synflow --exponents 0.5..2:0.5 --seeds 3\n"+
				"  assay prune sweep --methods synflow,synflow~shuffle --exponents 1,2 --seeds 2 --train-images 2000 --json", printerFor(k)))
		case "prune.agent":
			c.AddCommand(newKind(s, k, "agent", "  assay prune agent --net lenet300 --steps 20000 --out agent.safetensors\n"+
				"  assay prune sweep --methods panning,panning-rl --agent agent.safetensors", printerFor(k)))
		}
	}
	return c
}
