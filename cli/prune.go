package cli

import (
	"github.com/spf13/cobra"
)

func newPrune(s streams) *cobra.Command {
	return group("prune", "Prune networks before training and see what is left", append(pruneRunCommands(s), newPruneScore(s))...)
}
