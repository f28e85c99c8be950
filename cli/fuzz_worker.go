package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"assay/core/fuzz/gorgonia"
	"assay/core/fuzz/wire"
	"assay/core/run"
)

// newFuzzWorker is the process of a library written in Go that is fuzzed; only the
// harness of a campaign starts it. What the library prints goes to standard error.
func newFuzzWorker(s streams) *cobra.Command {
	return &cobra.Command{
		Use: gorgonia.WorkerCommand, Hidden: true, Args: usageArgs(cobra.ExactArgs(1)),
		Short: "Be the process of a library that is fuzzed",
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] != (gorgonia.Target{}).Name() {
				return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("%s: this binary holds the library gorgonia only", args[0])}
			}
			out, err := keepOutput(s.out)
			if err != nil {
				return err
			}
			return wire.Serve(s.in, out, os.Getpid(), gorgonia.NewLibrary())
		},
	}
}
