package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/worker"
)

func newRuns(s streams) *cobra.Command {
	return group("run", "Look at runs, repeat and resume them",
		newRunLs(s), newRunShow(s), newRunWait(s), newRunLogs(s), newRunCancel(s), newRunPause(s), newRunResume(s), newRunReplay(s), newRunDiff(s), newRunFindings(s), newRunLabel(s), newRunExport(s), newRunImport(s),
		newRunTag(s), newRunNote(s), newRunStar(s), newRunRm(s))
}

// onRun is what a command does whose first argument is a reference to a run; rest are
// the other ones.
func onRun(do func(ctx context.Context, a *app, r run.Run, rest []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a, err := openApp(cmd.Context())
		if err != nil {
			return err
		}
		defer a.Close()
		r, err := a.store.Resolve(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return do(cmd.Context(), a, r, args[1:])
	}
}

// runCommand is a command on one run, which is given by reference.
func runCommand(use, short string, bind func(*cobra.Command), do func(ctx context.Context, a *app, r run.Run) error) *cobra.Command {
	c := &cobra.Command{
		Use: use + " RUN", Short: short,
		Long: short + ".\nRUN is an id, a prefix of at least 6 characters, a name, @1 for the latest run, @2 for the one before, or @kv.",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: onRun(func(ctx context.Context, a *app, r run.Run, _ []string) error { return do(ctx, a, r) }),
	}
	if bind != nil {
		bind(c)
	}
	return c
}

func newRunLs(s streams) *cobra.Command {
	l := listing[runLine]{name: func(r runLine) string { return string(r.ID) }}
	var f run.Filter
	c := &cobra.Command{
		Use: "ls", Short: "List runs, newest first",
		Example: "  assay run ls\n  assay run ls --filter 'kind:kv.blend state:done -tag:demo' --limit 10 --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			runs, err := a.store.Runs(cmd.Context(), f)
			if err != nil {
				return err
			}
			plights := a.launcher.Plights(cmd.Context(), runs)
			for i, r := range runs {
				runs[i] = worker.Ailing(r, plights[r.ID])
			}
			doc := runsDoc{Runs: []runLine{}}
			for _, r := range runs {
				one := lineOf(r)
				if one.WaitsFor, err = a.waits(cmd.Context(), r); err != nil {
					return err
				}
				doc.Runs = append(doc.Runs, one)
			}
			return l.write(s, doc, doc.Runs, func(w io.Writer) error { return printRuns(w, runs, doc.Runs, f) })
		},
	}
	l.bind(c)
	c.Flags().StringVar(&f.Text, "filter", "", "words, key:value (bench, kind, state, tag, name, id), - in front excludes")
	c.Flags().IntVar(&f.Limit, "limit", 0, "most runs to list; 0 is all")
	return c
}

// printRuns lists runs for people.
func printRuns(w io.Writer, runs []run.Run, lines []runLine, f run.Filter) error {
	if len(runs) == 0 {
		said := "no runs; assay demo makes one"
		if f.Text != "" || f.Bench != "" || len(f.States) > 0 {
			said = "no run matches; assay run ls lists them all"
		}
		_, err := fmt.Fprintln(w, said)
		return err
	}
	t := rowsTable(w)
	fmt.Fprintln(t, " \trun\tkind\tname\tstarted\ttook\tresult")
	for i, r := range runs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.State.Mark(), r.ID, r.Kind, r.Name, clock(r.StartedMs), took(r), strings.TrimSpace(outcome(r)+"  "+lines[i].WaitsFor))
	}
	return t.Flush()
}

// runsDoc is the document of `assay run ls`.
type runsDoc struct {
	Runs []runLine `json:"runs"`
}

type runLine struct {
	ID        run.ID `json:"run_id"`
	Bench     string `json:"bench"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	State     string `json:"state"`
	LastSeq   int64  `json:"last_seq"`
	Headline  string `json:"headline"`
	Done      int64  `json:"done"`
	Total     int64  `json:"total"`
	CreatedMs int64  `json:"created_ms"`
	EndedMs   int64  `json:"ended_ms"`
	ErrorCode string `json:"error_code"`
	WaitsFor  string `json:"waits_for,omitempty"` // of a queued run
}

func lineOf(r run.Run) runLine {
	return runLine{r.ID, r.Bench, r.Kind, r.Name, string(r.State), r.LastSeq, r.Headline, r.Done, r.Total, r.CreatedMs, r.EndedMs, r.ErrorCode, ""}
}

// showDoc is the beginning of the document of `assay run show`; the fields of the
// document of the run's kind follow.
type showDoc struct {
	ID        run.ID          `json:"run_id"`
	Kind      string          `json:"kind"`
	Name      string          `json:"name"`
	State     run.State       `json:"state"`
	ErrorCode string          `json:"error_code"`
	ErrorText string          `json:"error_text"`
	Headline  string          `json:"headline"`
	LastSeq   int64           `json:"last_seq"`
	Done      int64           `json:"done"`
	Total     int64           `json:"total"`
	Params    json.RawMessage `json:"params"`
	WaitsFor  string          `json:"waits_for"`     // of a queued run
	PID       int             `json:"worker_pid"`    // of its worker, 0 for none
	Silent    bool            `json:"worker_silent"` // the worker does not answer
}

func newRunShow(s streams) *cobra.Command {
	var asJSON bool
	return runCommand("show", "Show a run with what it has committed so far",
		func(c *cobra.Command) { c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document") },
		func(ctx context.Context, a *app, r run.Run) error {
			k, err := a.kinds.Find(r.Kind)
			if err != nil {
				return err
			}
			waits, err := a.waits(ctx, r)
			if err != nil {
				return err
			}
			r, pid, silent, err := a.seen(ctx, r)
			if err != nil {
				return err
			}
			if asJSON {
				doc, err := k.Document(ctx, a.store, r.ID)
				if err != nil {
					return err
				}
				o, err := merged(showDoc{r.ID, r.Kind, r.Name, r.State, r.ErrorCode, r.ErrorText, r.Headline, r.LastSeq, r.Done, r.Total, r.Params, waits, pid, silent}, doc)
				if err != nil {
					return err
				}
				return printJSON(s.out, o)
			}
			p, err := k.Schema.FromJSON(r.Params)
			if err != nil {
				return err
			}
			t := table(s.out)
			fmt.Fprintf(t, "run\t%s\nname\t%s\nstate\t%s\n", r.ID, r.Name, r.State)
			if r.ErrorCode != "" {
				fmt.Fprintf(t, "error\t%s: %s\n", r.ErrorCode, oneLine(r.ErrorText))
			}
			if waits != "" {
				fmt.Fprintf(t, "waits\t%s\n", waits)
			}
			if r.State.Live() {
				fmt.Fprintf(t, "worker\t%s\n", worded(pid, silent))
			}
			if r.Parent != "" {
				fmt.Fprintf(t, "%s of\t%s\n", r.Relation, r.Parent)
			}
			fmt.Fprintf(t, "started\t%s, took %s\nprogress\t%d of %d, sequence number %d\nresult\t%s\ncommand\t%s\n\n",
				clock(r.StartedMs), took(r), r.Done, r.Total, r.LastSeq, r.Headline, clip(k.CommandLine(p), 400))
			if err := t.Flush(); err != nil {
				return err
			}
			return printerFor(k)(s.out, a, r.ID)
		})
}

func newRunWait(s streams) *cobra.Command {
	var f follow
	return runCommand("wait", "Wait until a run has ended, and end as its command would", f.bind,
		func(ctx context.Context, a *app, r run.Run) error {
			k, err := a.kinds.Find(r.Kind)
			if err != nil {
				return err
			}
			show, err := newProgress(s, f.progress, time.Now)
			if err != nil {
				return err
			}
			return a.untilEnd(ctx, s, r, k, show, f)
		})
}

// waitHint says what to do about a run that goes on while nobody waits for it.
func waitHint(id run.ID) string { return "it goes on: assay run wait " + string(id) }

func newRunCancel(s streams) *cobra.Command {
	var asJSON bool
	return runCommand("cancel", "End a live run at its next safe point",
		func(c *cobra.Command) { c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document") },
		func(ctx context.Context, a *app, r run.Run) error {
			r, err := a.launcher.Cancel(ctx, r.ID)
			if err != nil {
				return err
			}
			return a.printState(s, r, asJSON)
		})
}

// removedDoc is the document of `assay run rm`.
type removedDoc struct {
	Removed run.ID `json:"removed"`
}

func newRunRm(s streams) *cobra.Command {
	var asJSON bool
	return runCommand("rm", "Remove a run and everything that it has stored",
		func(c *cobra.Command) { c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document") },
		func(ctx context.Context, a *app, r run.Run) error {
			if err := a.launcher.Remove(ctx, r.ID); err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, removedDoc{r.ID})
			}
			fmt.Fprintf(s.out, "removed %s %s\n", r.ID, r.Name)
			return nil
		})
}

func (a *app) printState(s streams, r run.Run, asJSON bool) error {
	if asJSON {
		return printJSON(s.out, lineOf(r))
	}
	_, err := fmt.Fprintf(s.out, "%s %s is %s\n", r.ID, r.Name, r.State)
	return err
}

func newRunReplay(s streams) *cobra.Command {
	var f follow
	return runCommand("replay", "Repeat a finished run from its record and compare every number", f.bind,
		func(ctx context.Context, a *app, r run.Run) error {
			if r.State != run.Done {
				return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s", r.ID, r.State), Hint: "only a finished run can be replayed; assay run resume takes it up again"}
			}
			k, err := a.kinds.Find(r.Kind)
			if err != nil {
				return err
			}
			p, err := k.Schema.FromJSON(r.Params)
			if err != nil {
				return err
			}
			show, err := newProgress(s, f.progress, time.Now)
			if err != nil {
				return err
			}
			h, err := a.launcher.Start(ctx, r.Kind, p, worker.StartOptions{Parent: r.ID, Relation: run.Replay, Seed: r.Seed})
			if err != nil {
				return err
			}
			again, err := a.follow(ctx, h, show)
			if err != nil {
				return err
			}
			if again.State != run.Done {
				return ended(again)
			}
			d, err := a.difference(ctx, k, r.ID, again.ID)
			if err != nil {
				return err
			}
			if err := printReplay(s, again.ID, d, f.json); err != nil {
				return err
			}
			if d != "" {
				return exitError(run.ExitFound)
			}
			return nil
		})
}

// replayDoc is the document of `assay run replay`.
type replayDoc struct {
	Identical  bool   `json:"identical"`
	Difference string `json:"first_difference"`
	ID         run.ID `json:"run_id"`
}

func printReplay(s streams, id run.ID, difference string, asJSON bool) error {
	if asJSON {
		return printJSON(s.out, replayDoc{difference == "", difference, id})
	}
	if difference == "" {
		_, err := fmt.Fprintln(s.out, "identical")
		return err
	}
	_, err := fmt.Fprintln(s.out, "differs at "+difference)
	return err
}

// difference compares two runs of a kind: their documents, then their arrays by hash.
func (a *app) difference(ctx context.Context, k bench.Kind, x, y run.ID) (string, error) {
	var docs [2]struct {
		Doc    any               `json:"document"`
		Arrays map[string]string `json:"arrays"`
	}
	var text [2][]byte
	for i, id := range []run.ID{x, y} {
		doc, err := k.Document(ctx, a.store, id)
		if err != nil {
			return "", err
		}
		list, err := a.store.Arrays(ctx, id)
		if err != nil {
			return "", err
		}
		docs[i].Doc, docs[i].Arrays = doc, map[string]string{}
		for _, info := range list {
			docs[i].Arrays[info.Name] = fmt.Sprintf("%s%v %s", info.DType, info.Shape, info.SHA)
		}
		if text[i], err = json.Marshal(docs[i]); err != nil {
			return "", err
		}
	}
	return run.Difference(text[0], text[1])
}

func clock(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).Format("2006-01-02 15:04")
}

func took(r run.Run) string {
	if r.StartedMs == 0 || r.EndedMs == 0 {
		return "-"
	}
	return (time.Duration(r.EndedMs-r.StartedMs) * time.Millisecond).Round(10 * time.Millisecond).String()
}

// outcome is the result of a run in one line of a list.
func outcome(r run.Run) string {
	switch {
	case r.ErrorCode != "":
		return string(r.State) + " " + r.ErrorCode
	case r.State == run.Done:
		return r.Headline
	case r.Total > 0:
		return fmt.Sprintf("%s %d/%d %s", r.State, r.Done, r.Total, r.Headline)
	}
	return string(r.State)
}
