package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/run"
)

// streams are the standard streams of a command; tests give their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exitError ends a command with a code of its own and prints nothing more.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs one command and returns its exit code. It is safe to call from
// tests; args[0] is the name of the program.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go func() { // the second interrupt ends the process the usual way
		<-ctx.Done()
		stop()
	}()
	s := streams{in: in, out: out, err: err}
	root := newRoot(s)
	root.SetArgs(expand(root, args[1:]))
	return finish(s, root.ExecuteContext(ctx))
}

// finish prints an error in one line and returns the exit code that belongs to it.
func finish(s streams, err error) int {
	if err == nil {
		return run.ExitDone
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(s.err, "assay: "+string(run.ECancelled)+": cancelled")
		return run.ExitCancelled
	}
	var e *run.Error
	if !errors.As(err, &e) {
		e = &run.Error{Code: run.EInternal, Text: err.Error()}
	}
	fmt.Fprintf(s.err, "assay: %s: %s\n", e.Code, oneLine(err.Error()))
	return e.Code.Exit()
}

// oneLine keeps an error of several lines readable as one.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func newRoot(s streams) *cobra.Command {
	var lines bool
	var l look
	root := &cobra.Command{
		Use:   "assay [RUN]",
		Short: "A terminal workbench to probe ML systems",
		Long: "assay opens its screens; with RUN (an id, a prefix of one, a name, or @1 for the latest) it opens on that run.\n" +
			"Every screen has a headless twin among the commands below.",
		Args:          usageArgs(cobra.MaximumNArgs(1)),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref := ""
			if len(args) == 1 {
				ref = args[0]
			}
			wanted, err := s.linearWanted(lines)
			if err != nil {
				return err
			}
			if wanted {
				return openLinear(cmd.Context(), s, ref)
			}
			return runOrCommand(cmd, ref, openScreen(cmd.Context(), s, ref, l))
		},
	}
	root.Flags().BoolVar(&lines, "linear", false, "typed commands and lines of text instead of screens: for screen readers, dumb terminals and pipes")
	l.bind(root)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(unknownFlag)
	root.AddCommand(
		newKV(s), newFuzz(s), newPrune(s), newCaption(s), newModel(s), newData(s), newRuns(s), newAttach(s), newDB(s), newGPU(s),
		newShare(s), newOpen(s), newDemo(s), newTour(s), newDoctor(s), newVersion(s), newReset(s), newKeys(s), newTheme(s),
		newConfig(s), newLocate(s), newSchema(s), newCompletion(s), newMan(s),
		newWorker(s), newSample(s), newFuzzWorker(s), newReference(s),
	)
	root.AddCommand(newTopics()...)
	root.ValidArgsFunction = completeStart
	completions(root)
	exemplify(root)
	return root
}

// usageArgs turns a complaint about positional arguments into a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if cmd.HasSubCommands() && (len(args) > 1 || len(args) == 1 && cmd.HasParent()) {
			return unknownCommand(cmd, args[0])
		}
		if err := check(cmd, args); err != nil {
			return &run.Error{Code: run.EUsage, Text: err.Error(), Hint: "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, sub ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(sub...)
	return c
}
