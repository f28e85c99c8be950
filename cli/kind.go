package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/worker"
)

// printer writes the document of a run for people.
type printer func(w io.Writer, a *app, id run.ID) error

// follow holds what a command says about how it follows a run.
type follow struct {
	json     bool
	progress string
	timeout  time.Duration
}

func (f *follow) bind(c *cobra.Command) {
	f.bindOutput(c)
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "wait no longer than this, and end with exit code 124; 0 waits for the end")
}

func (f *follow) bindOutput(c *cobra.Command) {
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON document")
	c.Flags().StringVar(&f.progress, "progress", progressAuto, "progress on stderr: auto, none, plain, bar or jsonl")
}

// errTimeout is why a context ends whose time is over.
var errTimeout = errors.New("the time is over")

// within returns a context that ends with the time that the command may take.
func (f *follow) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, f.timeout, errTimeout)
}

// late is the error of a command whose time is over; it is nil for any other end.
func (f *follow) late(ctx context.Context, r run.Run, hint string) error {
	if r.State == run.Done || !errors.Is(context.Cause(ctx), errTimeout) {
		return nil
	}
	return &run.Error{Code: run.ETimeout, Text: fmt.Sprintf("run %s is %s after the %s of --timeout", r.ID, r.State, f.timeout), Hint: hint}
}

// kindAnnotation names the kind of run that a command starts: its document and its
// flags are described by it.
const kindAnnotation = "kind"

// newKind makes the command of a kind of run: its flags are the parameters of
// the kind, its work is done by a worker process.
func newKind(s streams, k bench.Kind, use, example string, print printer) *cobra.Command {
	var f follow
	var l limits
	var detach bool
	var name string
	c := &cobra.Command{
		Use: use, Short: k.Title, Long: k.Summary, Example: example,
		Args:        usageArgs(cobra.NoArgs),
		Annotations: map[string]string{kindAnnotation: k.Name},
	}
	p := bindParams(c, k)
	f.bind(c)
	l.bind(c)
	c.Flags().BoolVar(&detach, "detach", false, "start the run, print its id and return")
	c.Flags().StringVar(&name, "name", "", "name of the run; empty makes one")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		given, err := p.given(cmd)
		if err != nil {
			return err
		}
		params, err := k.Schema.Complete(given)
		if err != nil {
			return err
		}
		if p.dump {
			_, err := s.out.Write(k.WriteTOML(params))
			return err
		}
		show, err := newProgress(s, f.progress, time.Now)
		if err != nil {
			return err
		}
		o, err := l.apply(cmd, worker.StartOptions{Detach: detach, Name: name})
		if err != nil {
			return err
		}
		a, err := openApp(cmd.Context())
		if err != nil {
			return err
		}
		defer a.Close()
		h, err := a.launcher.Start(cmd.Context(), k.Name, params, o)
		if err != nil {
			return err
		}
		if detach {
			tellLogout(cmd.Context(), s, a.store, thisMachine())
			return printID(s, h.ID, f.json)
		}
		return a.see(cmd.Context(), s, h, k, show, f, print)
	}
	return c
}

// startedDoc is the document of a command that starts a run and lets it go.
type startedDoc struct {
	ID run.ID `json:"run_id"`
}

func printID(s streams, id run.ID, asJSON bool) error {
	if asJSON {
		return printJSON(s.out, startedDoc{id})
	}
	_, err := fmt.Fprintln(s.out, id)
	return err
}

// see follows a run that this command has started, prints its document and
// returns the error that makes the exit code.
func (a *app) see(ctx context.Context, s streams, h *worker.Handle, k bench.Kind, show *progress, f follow, print printer) error {
	ctx, stop := f.within(ctx)
	defer stop()
	r, err := a.follow(ctx, h, show)
	if err != nil {
		return err
	}
	if show.words() {
		a.warn(context.WithoutCancel(ctx), s.err, r.ID)
	}
	if err := f.late(ctx, r, "assay run resume "+string(r.ID)+" takes it up again"); err != nil {
		return err
	}
	return a.result(ctx, s, r, k, f.json, print)
}

// mostWarnings bounds what a command repeats of a run's warnings.
const mostWarnings = 8

// warn repeats the warnings of a run that has ended: what it went on without. The
// result is worth printing even where they cannot be read.
func (a *app) warn(ctx context.Context, w io.Writer, id run.ID) {
	events, err := a.store.Events(ctx, id, 0, 0)
	if err != nil {
		return
	}
	n := 0
	for _, e := range events {
		if e.Level != run.Warn {
			continue
		}
		if n++; n <= mostWarnings {
			fmt.Fprintf(w, "warning: %s: %s\n", e.Kind, oneLine(e.Text))
		}
	}
	if n > mostWarnings {
		fmt.Fprintf(w, "warning: and %d more: assay run logs %s --events\n", n-mostWarnings, id)
	}
}

// patience is how long a command waits for a run that stands still because the disk is
// full or somebody else holds the database: a script must not hang.
const patience = 30 * time.Second

// follow shows the progress of a run that this command has started, until it
// has ended. An interrupt cancels the run; a closed terminal lets it go on, and so does
// a standstill that outlasts the patience: then the error says what it waits for.
func (a *app) follow(ctx context.Context, h *worker.Handle, show *progress) (run.Run, error) {
	defer h.Release()
	defer show.finish()
	hangup := make(chan os.Signal, 1) // one is enough: the first decides
	signal.Notify(hangup, unix.SIGHUP)
	defer signal.Stop(hangup)
	gone := make(chan struct{})
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go func() {
		select {
		case <-hangup:
			close(gone)
			stop()
		case <-ctx.Done():
			// The run ends at its next safe point and Follow below sees it end. Where even
			// asking fails, releasing the handle has the same effect.
			if _, err := a.launcher.Cancel(following, h.ID); err != nil && run.CodeOf(err) != run.EState {
				h.Release()
			}
		case <-following.Done():
		}
	}()
	stuck := make(chan struct{})
	standstill := time.AfterFunc(patience, func() {
		close(stuck)
		stop()
	})
	standstill.Stop()
	stands := false
	r, err := a.launcher.Follow(following, h.ID, func(r run.Run) {
		show.update(r)
		switch paused := r.State.Live() && (r.ErrorCode == string(run.EDiskFull) || r.ErrorCode == string(run.EDB)); {
		case paused && !stands:
			standstill.Reset(patience)
			stands = true
		case !paused && stands:
			standstill.Stop()
			stands = false
		}
	})
	standstill.Stop()
	select {
	case <-stuck:
		if err := h.Detach(); err != nil {
			return r, err
		}
		return r, &run.Error{Code: run.Code(r.ErrorCode), Text: "run " + r.Name + " stands still: " + oneLine(r.ErrorText), Hint: "it goes on when it can; assay run wait " + string(h.ID)}
	case <-gone:
		if err := h.Detach(); err != nil {
			return r, err
		}
		return r, exitError(129) // 128 + SIGHUP, as a shell reports it
	default:
		return r, err
	}
}

// result prints the document of a run that has ended, and returns the error or
// exit code of the command that stands for it.
func (a *app) result(ctx context.Context, s streams, r run.Run, k bench.Kind, asJSON bool, print printer) error {
	ctx = context.WithoutCancel(ctx) // an interrupt that came too late takes nothing away
	if r.State != run.Done {
		return ended(r)
	}
	if asJSON {
		doc, err := k.Document(ctx, a.store, r.ID)
		if err != nil {
			return err
		}
		o, err := merged(startedDoc{r.ID}, doc)
		if err != nil {
			return err
		}
		if err := printJSON(s.out, o); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, "run %s  %s  %s\n", r.ID, r.Name, r.Headline)
		if err := print(s.out, a, r.ID); err != nil {
			return err
		}
	}
	if k.Found != nil {
		found, err := k.Found(ctx, a.store, r.ID)
		if err != nil {
			return err
		}
		if found {
			return exitError(run.ExitFound)
		}
	}
	return nil
}

// ended is the error of a run that did not end as done.
func ended(r run.Run) error {
	code := run.Code(r.ErrorCode)
	text := r.ErrorText
	if code == "" {
		code, text = run.ECancelled, "run "+string(r.ID)+" is "+string(r.State)
	}
	e := &run.Error{Code: code, Text: text}
	if r.State.Resumable() && code.Exit() == run.ExitCancelled {
		e.Hint = "assay run resume " + string(r.ID) + " takes it up again"
	}
	return e
}

// printerOf makes a printer out of a function over a typed document.
func printerOf[T any](k bench.Kind, print func(io.Writer, T)) printer {
	return func(w io.Writer, a *app, id run.ID) error {
		doc, err := k.Document(context.Background(), a.store, id)
		if err != nil {
			return err
		}
		d, ok := doc.(T)
		if !ok {
			return errors.New("document of " + k.Name + " is of another type")
		}
		print(w, d)
		return nil
	}
}
