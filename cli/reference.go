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

// newReference writes the files below docs that derive from the code.
func newReference(streams) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "reference", Short: "Write the reference pages that derive from the code",
		Hidden: true,
		Args:   usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			files := map[string]string{
				"reference/parameters.md": bench.Reference(kinds()),
				"reference/commands.md":   commandsPage(cmd.Root()),
				"reference/keys.md":       keysPage(),
				"reference/settings.md":   config.Reference(),
				"reference/codes.md":      codesPage(),
				"man/assay.1":             manPage(cmd.Root()),
			}
			for _, c := range withDocuments(cmd.Root()) {
				text, err := schemaText(c)
				if err != nil {
					return fmt.Errorf("schema of %s: %w", c.CommandPath(), err)
				}
				name := strings.ReplaceAll(strings.TrimPrefix(c.CommandPath(), "assay "), " ", "-")
				files[filepath.Join(schemas, name+".json")] = text
			}
			// A schema of a command that is no more would stay for good.
			err := os.RemoveAll(filepath.Join(out, schemas))
			for name, text := range files {
				at := filepath.Join(out, name)
				if err == nil {
					err = os.MkdirAll(filepath.Dir(at), 0o755)
				}
				if err == nil {
					err = os.WriteFile(at, []byte(text), 0o644)
				}
			}
			if err != nil {
				return &run.Error{Code: run.EInput, Text: "reference", Err: err}
			}
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", ".", "folder to write to")
	return c
}

// schemas is the folder of the JSON schemas, below the one that is written to.
const schemas = "reference/schema"

// codesPage lists the error codes and the exit codes.
func codesPage() string {
	var b strings.Builder
	b.WriteString("# Codes\n\nMade from the code by `make gen`. What to do about each error stands in [errors.md](errors.md).\n\n" +
		"| error code | exit code | means |\n|---|---|---|\n")
	for _, c := range run.Codes() {
		fmt.Fprintf(&b, "| [%s](errors.md#%s) | %d | %s |\n", c.Code, strings.ToLower(string(c.Code)), c.Code.Exit(), c.Text)
	}
	b.WriteString("\n| exit code | means |\n|---|---|\n")
	for _, e := range run.Exits() {
		fmt.Fprintf(&b, "| %d | %s |\n", e.Code, e.Text)
	}
	b.WriteString("\nA screen whose terminal went away ends with 129, one that was asked to end with 143, one that broke down with 70.\n")
	return b.String()
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
