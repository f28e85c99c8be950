package cli

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"assay/core/run"
	tuiapp "assay/tui/app"
	"assay/tui/term"
)

func newTour(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "tour", Short: "Show the screens in six steps on two demo runs",
		Long: "tour opens the screens and leads through them in six steps: open a run, filter, drill down, compare, a run of your own,\n" +
			"leave and come back. It makes two demo runs where they are missing, which have the tag demo and can be deleted.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out, ok := s.out.(*os.File)
			if !s.interactive() || !ok {
				return &run.Error{Code: run.EUsage, Text: "the tour needs a terminal on stdin and stdout", Hint: "in line mode the command is app tour: assay --linear"}
			}
			if !term.Guarded() {
				return s.guard()
			}
			a, err := openHistory(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			return a.screenWith(cmd.Context(), s, out, func(d *tuiapp.Deps) { d.Tour = true })
		},
	}
}

// deviceSentence says what the engines would compute on. A screen loads no driver:
// a child looks, which may hang or crash without harm.
func deviceSentence(ctx context.Context) string {
	const patience = 15 * time.Second
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	out, err := exec.CommandContext(ctx, self, "gpu").Output()
	if err != nil {
		return "none can be used; assay doctor says why"
	}
	return strings.Join(strings.Split(strings.TrimSpace(string(out)), "\n"), "; ")
}
