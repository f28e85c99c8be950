package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/query"
	"assay/core/run"
	tuiapp "assay/tui/app"
)

// lineShell reads the command lines of the palette as this program would.
type lineShell struct {
	kinds    bench.Registry
	commands []tuiapp.Command
}

func newLineShell(k bench.Registry) lineShell {
	return lineShell{k, commandPaths(newRoot(streams{}), "")}
}

// Commands lists the commands with their paths.
func (l lineShell) Commands() []tuiapp.Command { return l.commands }

// Read finds the command of words, and checks its flags, arguments and parameters.
// Parameters that stand in a file (--params) are left to the command.
func (l lineShell) Read(words []string) (tuiapp.Line, error) {
	var none tuiapp.Line
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	root.InitDefaultHelpCmd() // as carrying a line out does
	words = expand(root, words)
	c, rest, err := root.Find(words)
	if err == nil && c == root && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		return none, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("no command is called %q; did you mean %q?", words[0], query.Nearest(words[0], commandNames(root)))}
	}
	if err != nil {
		return none, &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	c.InitDefaultHelpFlag()
	if err := c.ParseFlags(rest); err != nil {
		return none, c.FlagErrorFunc()(c, err)
	}
	if asked, err := c.Flags().GetBool("help"); err == nil && asked {
		return none, nil
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		return none, err
	}
	if err := c.ValidateRequiredFlags(); err != nil {
		return none, &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	k, err := l.kinds.Find(c.Annotations[kindAnnotation])
	if err != nil || c.Flags().Changed("params") || c.Flags().Changed("dump-params") {
		return none, nil
	}
	given, err := (&paramFlags{kind: k}).given(c)
	if err != nil {
		return none, err
	}
	if _, err := k.Schema.Complete(given); err != nil {
		return none, err
	}
	return tuiapp.Line{Kind: k.Name, Given: given}, nil
}

// Complete asks for completions as a shell does.
func (l lineShell) Complete(ctx context.Context, words []string) []tuiapp.Command {
	var out bytes.Buffer
	root := newRoot(streams{in: strings.NewReader(""), out: &out, err: io.Discard})
	root.SetArgs(expand(root, append([]string{cobra.ShellCompRequestCmd}, words...)))
	if root.ExecuteContext(ctx) != nil {
		return nil
	}
	last := words[len(words)-1]
	var list []tuiapp.Command
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, ":") { // how to go on, for scripts
			break
		}
		word, about, _ := strings.Cut(line, "\t")
		if word != "" && strings.HasPrefix(word, last) {
			list = append(list, tuiapp.Command{Path: word, Short: about})
		}
	}
	return list
}

// Pager runs this program again with the words, its output going into a pager.
func (lineShell) Pager(words []string, pager string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return exec.Command("sh", append([]string{"-c", `"$0" "$@" 2>&1 | ` + pager, self}, words...)...) // the variable may hold arguments
}

// Process runs this program again with the words.
func (lineShell) Process(words []string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	const script = `"$0" "$@"; code=$?; printf '\n[exit code %d; enter goes back]' "$code"; read -r _; exit "$code"`
	return exec.Command("sh", append([]string{"-c", script, self}, words...)...)
}
