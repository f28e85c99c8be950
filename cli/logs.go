package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"assay/core/run"
)

func newRunLogs(s streams) *cobra.Command {
	var asJSON, follow, events bool
	var lines int
	c := runCommand("logs", "Print what the process of a run has written, or its events",
		func(c *cobra.Command) {
			c.Flags().BoolVar(&asJSON, "json", false, "print log and events as one JSON document")
			c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the run has ended")
			c.Flags().BoolVar(&events, "events", false, "print the events of the run instead")
			c.Flags().IntVarP(&lines, "lines", "n", 0, "only so many lines from the end; 0 is all")
		},
		func(ctx context.Context, a *app, r run.Run) error {
			if asJSON && follow {
				return &run.Error{Code: run.EUsage, Text: "--json prints one document and cannot follow", Hint: "use --follow without it, or assay attach --jsonl"}
			}
			if asJSON {
				return a.logsJSON(ctx, s, r, lines)
			}
			src := a.logFile(r)
			if events {
				src = a.eventLines(r)
			}
			return a.logs(ctx, s, r, src, lines, follow)
		})
	c.Example = "  assay run logs @1\n  assay run logs @1 --follow\n  assay run logs @1 --events -n 20"
	return c
}

// logSource returns what has been added since it was last called.
type logSource func(ctx context.Context) (string, error)

// logFile reads the log of a run's worker, piece by piece. A log that is not
// there (yet, or no more) is empty.
func (a *app) logFile(r run.Run) logSource {
	var at int64
	return func(context.Context) (string, error) {
		f, err := os.Open(a.workerLog(r.ID))
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", &run.Error{Code: run.EDB, Text: "the log of run " + r.Name + " cannot be read", Err: err}
		}
		defer f.Close()
		data, err := io.ReadAll(io.NewSectionReader(f, at, 1<<62))
		at += int64(len(data))
		return string(data), err
	}
}

// eventLines reads the events of a run as lines, piece by piece.
func (a *app) eventLines(r run.Run) logSource {
	var after int64
	return func(ctx context.Context) (string, error) {
		list, err := a.store.Events(ctx, r.ID, after, 0)
		var b strings.Builder
		for _, e := range list {
			after = e.Seq
			fmt.Fprintf(&b, "%s  %-5s  %s: %s\n", time.UnixMilli(e.TMs).Format("2006-01-02 15:04:05"), e.Level.Word(), e.Kind, oneLine(e.Text))
		}
		return b.String(), err
	}
}

// logs prints a source, and what is added to it while the run is live.
func (a *app) logs(ctx context.Context, s streams, r run.Run, src logSource, lines int, follow bool) error {
	text, err := src(ctx)
	if err != nil {
		return err
	}
	if text == "" && !follow {
		fmt.Fprintf(s.err, "run %s has written nothing there\n", r.Name)
		return nil
	}
	if err := printLog(s, lastLines(text, lines)); err != nil || !follow {
		return err
	}
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	probed := time.Now()
	for {
		// Asked before reading: what the worker wrote before it ended is read once more.
		if time.Since(probed) > time.Second {
			probed = time.Now()
			if _, err := a.launcher.Judge(ctx, r.ID); err != nil {
				return err
			}
		}
		if r, err = a.store.Run(ctx, r.ID); err != nil {
			return err
		}
		if text, err = src(ctx); err != nil {
			return err
		}
		if err := printLog(s, text); err != nil || !r.State.Live() {
			return err
		}
		select {
		case <-ctx.Done():
			return exitError(130) // 128 + SIGINT, as a shell reports it
		case <-tick.C:
		}
	}
}

// printLog prints text of a process that may have passed on anything: on a
// terminal its control sequences are left out.
func printLog(s streams, text string) error {
	if isTerminal(s.out) {
		text = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, ansi.Strip(text))
	}
	_, err := io.WriteString(s.out, text)
	return err
}

// lastLines returns the last n lines, all where n is 0.
func lastLines(text string, n int) string {
	if n <= 0 {
		return text
	}
	at := len(strings.TrimSuffix(text, "\n"))
	for range n {
		i := strings.LastIndexByte(text[:at], '\n')
		if i < 0 {
			return text
		}
		at = i
	}
	return text[at+1:]
}

// logsDoc is the document of `assay run logs`.
type logsDoc struct {
	ID     run.ID      `json:"run_id"`
	State  run.State   `json:"state"`
	Log    string      `json:"log"`
	Events []run.Event `json:"events"`
}

func (a *app) logsJSON(ctx context.Context, s streams, r run.Run, lines int) error {
	text, err := a.logFile(r)(ctx)
	if err != nil {
		return err
	}
	events, err := a.store.Events(ctx, r.ID, 0, 0)
	if err != nil {
		return err
	}
	if events == nil {
		events = []run.Event{}
	}
	return printJSON(s.out, logsDoc{r.ID, r.State, strings.ToValidUTF8(lastLines(text, lines), "?"), events})
}
