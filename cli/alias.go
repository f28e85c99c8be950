package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/query"
	"assay/core/run"
)

// expand puts the line of an alias in place of its name where a command line begins
// with one. Commands come first: no alias stands in the way of one. Wrong settings
// give no aliases here; what reads them says so.
func expand(root *cobra.Command, args []string) []string {
	if len(args) > 1 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		if len(args) == 2 { // the first word is being completed
			return args
		}
		return append(args[:1:1], expand(root, args[1:])...)
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") || slices.Contains(commandNames(root), args[0]) {
		return args
	}
	set, err := openSettings()
	if err != nil {
		return args
	}
	return set.Load().Expand(args)
}

// commandNames are the words that a command line may begin with, those of hidden
// commands among them.
func commandNames(root *cobra.Command) []string {
	names := []string{"help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}
	for _, c := range root.Commands() {
		names = append(append(names, c.Name()), c.Aliases...)
	}
	return names
}

// aliasFault says which aliases never do anything: those that have the name of a
// command, and those whose line begins with none. It is nil where all is well.
func aliasFault(aliases []config.Alias) error {
	names := commandNames(newRoot(streams{}))
	var texts []string
	for _, a := range aliases {
		switch first := a.Words()[0]; {
		case slices.Contains(names, a.Name):
			texts = append(texts, fmt.Sprintf("%s: alias.%s: %s is a command, which comes first; choose another name", a.Place, a.Name, a.Name))
		case !slices.Contains(names, first):
			texts = append(texts, fmt.Sprintf("%s: alias.%s: no command is called %q; did you mean %q?", a.Place, a.Name, first, query.Nearest(first, names)))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &run.Error{Code: run.EConfig, Text: strings.Join(texts, "; ")}
}

// completeStart gives what may stand where a command or a run is expected: the
// aliases of the person, and runs.
func completeStart(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	out, directive := completeRuns(cmd, args, word)
	if set, err := openSettings(); err == nil {
		for _, a := range set.Load().Aliases() {
			out = append(out, cobra.CompletionWithDesc(a.Name, a.Line))
		}
	}
	return out, directive
}
