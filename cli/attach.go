package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"assay/core/run"
)

func newAttach(s streams) *cobra.Command {
	var lines, jsonl, asJSON bool
	c := &cobra.Command{
		Use: "attach [RUN]", Short: "Follow a run, on its screen or in lines",
		Long: "attach opens the screen of a run, by default of the newest live one. In a pipe, a dumb terminal or with --lines it\n" +
			"prints a line for each change instead, and ends as the run does. An interrupt leaves the run going.",
		Example: "  assay attach\n  assay attach @1 | tee run.log\n  assay attach sweep-s7-3 --jsonl",
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.interactive() && !lines && !jsonl && !asJSON {
				return attachScreen(cmd.Context(), s, args)
			}
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			r, err := a.attached(cmd.Context(), args)
			if err != nil {
				return err
			}
			return a.attach(cmd.Context(), s, r, jsonl, asJSON)
		},
	}
	c.Flags().BoolVar(&lines, "lines", false, "print lines also where a screen could be shown")
	c.Flags().BoolVar(&jsonl, "jsonl", false, "print each change as one JSON object")
	c.Flags().BoolVar(&asJSON, "json", false, "print nothing but the run as one JSON document when it has ended")
	return c
}

// attachScreen opens the screen on the run that is meant.
func attachScreen(ctx context.Context, s streams, args []string) error {
	if len(args) == 1 {
		return openScreen(ctx, s, args[0], look{})
	}
	a, err := openApp(ctx)
	if err != nil {
		return err
	}
	r, err := a.attached(ctx, nil)
	a.Close()
	if err != nil {
		return err
	}
	return openScreen(ctx, s, string(r.ID), look{})
}

// attached finds the run that is meant: the one that is named, or the newest
// live one.
func (a *app) attached(ctx context.Context, args []string) (run.Run, error) {
	if len(args) == 1 {
		return a.store.Resolve(ctx, args[0])
	}
	list, err := a.store.Runs(ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}, Limit: 1})
	if err != nil {
		return run.Run{}, err
	}
	if len(list) == 0 {
		return run.Run{}, &run.Error{Code: run.ENoRun, Text: "no run is live", Hint: "name one: `assay run ls` lists them, @1 is the latest"}
	}
	return list[0], nil
}

// tellEvery is how often lines are printed at most: faster than a person or a
// screen reader takes them in, and what changes in between is only counting.
const tellEvery = 250 * time.Millisecond

// attach follows a run in lines until it has ended.
func (a *app) attach(ctx context.Context, s streams, r run.Run, jsonl, asJSON bool) error {
	k, err := a.kinds.Find(r.Kind)
	if err != nil {
		return err
	}
	t := &narrator{w: s.out, now: time.Now, jsonl: jsonl}
	if asJSON {
		t.w = io.Discard
	}
	changes := make(chan run.Run, 1) // the latest state; one that was not told is replaced
	type end struct {
		r   run.Run
		err error
	}
	ended := make(chan end, 1)
	following, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		r, err := a.launcher.Follow(following, r.ID, func(r run.Run) {
			select {
			case <-changes:
			default:
			}
			changes <- r
		})
		ended <- end{r, err}
	}()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	var last end
	for going := true; going; {
		select {
		case last = <-ended:
			going = false
		case <-tick.C:
			select {
			case r = <-changes:
			default:
			}
			waits, err := a.waits(ctx, r)
			if err == nil {
				err = t.tell(r, waits)
			}
			if err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		fmt.Fprintf(s.err, "left run %s going; assay attach %s comes back to it\n", r.Name, r.Name)
		return exitError(130) // 128 + SIGINT, as a shell reports it
	}
	if last.err != nil {
		return last.err
	}
	if err := t.tell(last.r, ""); err != nil {
		return err
	}
	if asJSON {
		if err := printJSON(s.out, lineOf(last.r)); err != nil {
			return err
		}
	}
	return a.verdict(ctx, last.r, k)
}

// narrator prints a line for each state of a run that differs from the one before.
type narrator struct {
	w     io.Writer
	now   func() time.Time
	jsonl bool
	last  string // what was told, without its time
}

func (t *narrator) tell(r run.Run, waits string) error {
	text := t.words(r, waits)
	if t.jsonl {
		line, err := json.Marshal(struct {
			ID       run.ID `json:"run_id"`
			State    string `json:"state"`
			Seq      int64  `json:"committed_seq"`
			Done     int64  `json:"done"`
			Total    int64  `json:"total"`
			Headline string `json:"headline"`
			Waits    string `json:"waits_for,omitempty"`
			Code     string `json:"error_code,omitempty"`
		}{r.ID, string(r.State), r.LastSeq, r.Done, r.Total, r.Headline, waits, r.ErrorCode})
		if err != nil {
			return err
		}
		text = string(line)
	}
	if text == t.last {
		return nil
	}
	t.last = text
	if !t.jsonl {
		text = t.now().Format("15:04:05") + "  " + text
	}
	_, err := fmt.Fprintln(t.w, text)
	return err
}

// words is a state in words: state, count, result or reason.
func (t *narrator) words(r run.Run, waits string) string {
	parts := []string{r.Name, string(r.State)}
	if waits != "" {
		parts = append(parts, waits)
	}
	if r.CancelMs > 0 && r.State.Live() {
		parts = append(parts, "asked to end")
	}
	if r.Total > 0 {
		parts = append(parts, fmt.Sprintf("%d/%d", r.Done, r.Total))
	}
	if r.ErrorCode != "" {
		parts = append(parts, r.ErrorCode+": "+oneLine(r.ErrorText))
	} else if r.Headline != "" {
		parts = append(parts, r.Headline)
	}
	return strings.Join(parts, "  ")
}
