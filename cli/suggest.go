package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"assay/core/query"
	"assay/core/run"
)

// meant says which of the known words is near enough to one that was mistyped, ""
// for none.
func meant(word string, known []string) string {
	const most = 3 // letters that may differ, and at most a third of them
	at := query.Nearest(word, known)
	if at == "" || query.Distance(word, at) > min(most, (len(word)+1)/3) {
		return ""
	}
	return at
}

// unknownCommand is the error of a word that is none of the commands below one.
func unknownCommand(c *cobra.Command, word string) error {
	var known []string
	for _, sub := range c.Commands() {
		if !sub.Hidden && !sub.IsAdditionalHelpTopicCommand() {
			known = append(known, sub.Name())
		}
	}
	hint := "see " + c.CommandPath() + " --help"
	if at := meant(word, known); at != "" {
		hint = fmt.Sprintf("did you mean %s %s?", c.CommandPath(), at)
	}
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("unknown command %q for %q", word, c.CommandPath()), Hint: hint}
}

// unknownFlag is the error of flags that could not be read; one that does not exist
// is compared with those that do.
func unknownFlag(c *cobra.Command, err error) error {
	e := &run.Error{Code: run.EUsage, Text: err.Error(), Hint: "see " + c.CommandPath() + " --help"}
	var absent *pflag.NotExistError
	if !errors.As(err, &absent) {
		return e
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	slices.Sort(known)
	if at := meant(absent.GetSpecifiedName(), known); at != "" {
		e.Hint = "did you mean --" + at + "?"
	}
	return e
}

// runOrCommand is the error of a single word that names no run, where it may have been
// meant as a command.
func runOrCommand(root *cobra.Command, word string, err error) error {
	var e *run.Error
	if !errors.As(err, &e) || e.Code != run.ENoRun {
		return err
	}
	if at := meant(word, commandNames(root)); at != "" && !strings.HasPrefix(at, "_") {
		return &run.Error{Code: e.Code, Text: fmt.Sprintf("there is no run and no command named %q", word), Hint: "did you mean assay " + at + "?"}
	}
	return err
}
