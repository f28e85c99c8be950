package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/run"
)

// newReference writes the pages of docs/reference that derive from the code.
func newReference(streams) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "reference", Short: "Write the reference pages that derive from the code",
		Hidden: true,
		Args:   usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			pages := map[string]string{
				"parameters.md": bench.Reference(kinds()),
				"commands.md":   commandsPage(cmd.Root()),
				"keys.md":       keysPage(),
				"settings.md":   config.Reference(),
			}
			for name, text := range pages {
				if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
					return &run.Error{Code: run.EInput, Text: "reference page", Err: err}
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", ".", "folder to write to")
	return c
}

// commandsPage lists every command with its flags.
func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nMade from the code by `make gen`. Exit codes: 0 done, 1 error, 2 usage, 3 done and something was found,\n" +
		"4 a resource is missing, 5 cancelled, stopped or lost.\n")
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" {
			return
		}
		c.InitDefaultHelpFlag()
		if c.Runnable() && !c.HasSubCommands() || !c.HasParent() || c.Name() == "gpu" {
			fmt.Fprintf(&b, "\n## %s\n\n%s.\n", c.CommandPath(), strings.TrimSuffix(c.Short, "."))
			if flags := strings.TrimRight(c.LocalFlags().FlagUsagesWrapped(110), "\n "); flags != "" {
				fmt.Fprintf(&b, "\n```text\n%s\n\n%s\n```\n", c.UseLine(), flags)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return b.String()
}
