package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	captionjob "assay/core/caption/job"
	"assay/core/config"
	"assay/core/run"
	"assay/core/telemetry"
	"assay/core/worker"
	"assay/themes"
	tuiapp "assay/tui/app"
	"assay/tui/term"
)

// openScreen opens the screens, on a run where ref names one.
func openScreen(ctx context.Context, s streams, ref string, l look) error {
	if err := l.check(); err != nil {
		return err
	}
	if !s.interactive() {
		return &run.Error{Code: run.EUsage, Text: "the screens need a terminal on stdin and stdout", Hint: "without one use the commands: assay run ls, assay kv blend --demo, assay --help"}
	}
	if !term.Guarded() {
		return s.guard()
	}
	a, err := openHistory(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if ref != "" {
		r, err := a.store.Resolve(ctx, ref)
		if err != nil {
			return err
		}
		ref = string(r.ID)
	}
	out, ok := s.out.(*os.File)
	if !ok {
		return errors.New("the output of a screen is not a file")
	}
	return a.screenWith(ctx, s, out, func(d *tuiapp.Deps) {
		d.Open = ref
		l.apply(d)
	})
}

// guard runs this command again as the screen and puts the terminal back
// should it die. Both streams are terminals.
func (s streams) guard() error {
	paths, err := config.Locate(config.Host())
	if err != nil {
		return err
	}
	code, err := term.Guard(s.in.(*os.File), s.out.(*os.File), os.Stderr, screenLog(paths))
	if err != nil {
		return err
	}
	if code != run.ExitDone {
		return exitError(code)
	}
	return nil
}

// screenLog is the file that takes what a screen says, its last words among them.
func screenLog(p config.Paths) string { return filepath.Join(p.Logs(), "screen.log") }

// screen shows the screens until the person leaves them.
func (a *app) screen(ctx context.Context, s streams, id run.ID) error {
	out, ok := s.out.(*os.File)
	if !ok {
		return errors.New("the output of a screen is not a file")
	}
	return a.screenWith(ctx, s, out, func(d *tuiapp.Deps) { d.Open = string(id) })
}

func (a *app) screenWith(ctx context.Context, s streams, out *os.File, change func(*tuiapp.Deps)) error {
	d, err := a.screenDeps()
	if err != nil {
		return err
	}
	d.Detect = func(p term.Prefs) term.Profile { return term.Detect(os.Environ(), out, p) }
	change(&d)
	code, err := tuiapp.Run(ctx, d, s.in, out)
	if err != nil {
		return err
	}
	if code != run.ExitDone {
		return exitError(code)
	}
	return nil
}

func (a *app) screenDeps() (tuiapp.Deps, error) {
	host, err := os.Hostname()
	if err != nil {
		return tuiapp.Deps{}, fmt.Errorf("name of this machine: %w", err)
	}
	log := screenLog(a.paths)
	feed := telemetry.NewFeed(telemetry.Self)
	pictures := &captionjob.Gallery{Reader: a.watched}
	d := tuiapp.Deps{
		Reader: a.watched, Kinds: a.kinds, Launcher: starter{a}, Views: newViews(a.store, a.paths.Screens()), Seen: seen{a.store}, Notes: a.store,
		Screens: newScreens(a.watched, pictures, feed, log, a.workerLog), Telemetry: feed,
		Environ: os.Environ(), Settings: settings{a.paths},
		Shell:   newLineShell(a.kinds),
		LogPath: log, DBPath: a.paths.DB(), Version: Version(), Host: host,
		Settle: term.Shrink,
	}
	d.Demo, d.Device, d.Exporter, d.Upkeep = a.demoRuns, deviceSentence, exporter{a}, a.upkeep
	if a.paths.Notice != "" {
		d.Notices = append(d.Notices, a.paths.Notice)
	}
	if err := a.store.Writable(); err != nil {
		d.Launcher, d.Views, d.Seen, d.Notes, d.ReadOnly = nil, nil, nil, nil, err.Error()
		d.Faults = append(d.Faults, err)
	}
	d.ReadThemes = func() (themes.Set, error) { return themes.Open(a.paths.Themes()) }
	if d.Themes, err = d.ReadThemes(); err != nil {
		d.Themes = themes.Builtin()
		d.Faults = append(d.Faults, err)
	}
	return d, nil
}

// commandPaths lists the commands below one, with their paths.
func commandPaths(c *cobra.Command, path string) []tuiapp.Command {
	var out []tuiapp.Command
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.IsAdditionalHelpTopicCommand() {
			continue
		}
		at := strings.TrimSpace(path + " " + sub.Name())
		out = append(append(out, tuiapp.Command{Path: at, Short: sub.Short}), commandPaths(sub, at)...)
	}
	return out
}

// workerLog is the path of the log of a run's worker.
func (a *app) workerLog(id run.ID) string {
	return filepath.Join(a.paths.Runs(), string(id)+".log")
}

// starter starts and ends runs on behalf of the screens.
type starter struct{ a *app }

func (s starter) Start(ctx context.Context, kind string, given map[string]any, memory config.Bytes) (run.ID, error) {
	k, err := s.a.kinds.Find(kind)
	if err != nil {
		return "", err
	}
	p, err := k.Schema.Complete(given)
	if err != nil {
		return "", err
	}
	h, err := s.a.launcher.Start(ctx, kind, p, s.options(memory))
	if err != nil {
		return "", err
	}
	return h.ID, nil
}

// options are those of a run that a screen starts, under the settings.
func (s starter) options(memory config.Bytes) worker.StartOptions {
	now := settings{s.a.paths}.Load()
	if memory == 0 {
		memory = now.Bytes("run.memory")
	}
	return worker.StartOptions{Detach: true, Warm: true, Memory: int64(memory), Stall: now.Span("run.stall")}
}

func (s starter) Cancel(ctx context.Context, id run.ID) error {
	_, err := s.a.launcher.Cancel(ctx, id)
	return err
}

func (s starter) Resume(ctx context.Context, id run.ID) error {
	_, err := s.a.launcher.Resume(ctx, id, worker.StartOptions{Detach: true, Warm: true}) // under the limit that it had
	return err
}

func (s starter) Pause(ctx context.Context, id run.ID) error {
	_, err := s.a.launcher.Pause(ctx, id)
	return err
}

func (s starter) Continue(ctx context.Context, id run.ID) error {
	return s.a.launcher.Continue(ctx, id)
}

func (s starter) Remove(ctx context.Context, id run.ID) error { return s.a.launcher.Remove(ctx, id) }

func (s starter) Sweep(ctx context.Context) error {
	_, err := s.a.launcher.Sweep(ctx)
	return errors.Join(err, s.a.watched.look(ctx))
}

func (s starter) Request(ctx context.Context, id run.ID, do string, args any) (run.ID, error) {
	reply, err := s.a.launcher.Request(ctx, id, do, args)
	if err != nil {
		if run.CodeOf(err) == run.EState {
			return "", fmt.Errorf("%w: %w", tuiapp.ErrCold, err)
		}
		return "", err
	}
	var child struct {
		ID run.ID `json:"run_id"`
	}
	if err := json.Unmarshal(reply, &child); err != nil {
		return "", fmt.Errorf("reply of the worker: %w", err)
	}
	return child.ID, nil
}
