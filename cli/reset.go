package cli

import (
	"io"

	"github.com/spf13/cobra"

	"assay/tui/term"
)

func newReset(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Bring a terminal that a crash has left in disorder back to a sane state",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(s.out, term.Reset)
			return err
		},
	}
}
