package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/term"
)

// Run shows the screen on a terminal until the person leaves it, and returns the
// exit code: 0, 129 where the terminal went away, 143 where the process was asked
// to end, 70 where the screen broke down.
// It prints one line to out about runs that go on. The error says why the screen
// could not be shown or broke down.
func Run(ctx context.Context, d Deps, in io.Reader, out *os.File) (int, error) {
	if d.Detect != nil {
		d.Term = d.Detect(term.Prefs{})
	}
	if d.Term.Dumb {
		return run.ExitUsage, &run.Error{Code: run.EUsage, Text: "this terminal cannot show a screen (TERM=dumb)", Hint: "use the commands instead: assay run ls, assay kv blend --help"}
	}
	w := term.NewOutput(out)
	if d.Link == nil {
		d.Link = w
	}
	if d.LogPath != "" {
		restore, err := term.Divert(d.LogPath)
		if err != nil {
			d.Faults = append(d.Faults, err)
		} else {
			defer restore()
			if d.Log == nil {
				d.Log = slog.New(slog.NewTextHandler(os.Stderr, nil)) // which is the file now
			}
		}
	}
	m := New(d)
	defer m.stop()
	m.deps.Log.Info("screen starts", "version", d.Version, "depth", d.Term.Depth.String(), "remote", d.Term.Remote, "ascii", d.Term.ASCII)
	defer func() { m.deps.Log.Info("screen ends", "exit", m.exit) }()
	d.Term = m.deps.Term // under the settings
	account := term.NewAccount()
	if d.TraceBytes != "" {
		m.spots = &spots{}
		w.Watch(func(p []byte) { account.Count(p, m.spots.at) })
	}
	fps := 60
	if d.Term.Remote {
		fps = 30
	}
	p := tea.NewProgram(m,
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(w), tea.WithEnvironment(d.Environ),
		tea.WithFPS(fps), tea.WithColorProfile(term.Colors(d.Term.Depth)),
		tea.WithFilter(debounce(m.ui.Now)), tea.WithoutSignalHandler())

	var code atomic.Int64
	stop := watchSignals(p, &code)
	_, err := p.Run()
	stop()
	if m.spots != nil {
		err = errors.Join(err, keepAccount(d.TraceBytes, account))
	}
	if code.Load() != int64(exitHangup) {
		fmt.Fprint(out, m.restoreOutside())
	}

	if n := int(code.Load()); n != 0 {
		m.exit = n
	}
	if !m.leaving && m.deps.Views != nil { // the program ended in some other way
		if saveErr := m.deps.Views.Save(m.snapshot(true)); saveErr != nil && err == nil {
			err = fmt.Errorf("save the view: %w", saveErr)
		}
	}
	if m.exit == exitHangup {
		return m.exit, nil // nobody is there to read anything
	}
	if errors.Is(err, tea.ErrProgramPanic) {
		return exitPanic, &run.Error{Code: run.EInternal, Text: "the screen broke down; runs go on", Hint: "what it was is in " + d.LogPath, Err: err}
	}
	if err != nil && !(errors.Is(err, tea.ErrProgramKilled) && (ctx.Err() != nil || m.exit != 0)) {
		return run.ExitError, fmt.Errorf("screen: %w", err)
	}
	if line := m.farewell(); line != "" {
		fmt.Fprintln(out, line)
	}
	return m.exit, nil
}

// Exit codes of a screen that did not go by its person's wish.
const (
	exitHangup = 128 + int(syscall.SIGHUP)
	exitTerm   = 128 + int(syscall.SIGTERM)
	exitPanic  = 70 // EX_SOFTWARE
)

// watchSignals leaves the program on SIGHUP, SIGTERM and SIGINT. A program that
// does not leave within 2 s, since its terminal swallows nothing any more, is
// killed. The returned function ends the watch.
func watchSignals(p *tea.Program, code *atomic.Int64) (stop func()) {
	sig := make(chan os.Signal, 1) // one is enough: the first decides
	done := make(chan struct{})
	finished := make(chan struct{})
	signal.Notify(sig, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		defer close(finished)
		select {
		case <-done:
			return
		case s := <-sig:
			exit := 0
			switch s {
			case syscall.SIGHUP:
				exit = exitHangup
			case syscall.SIGTERM:
				exit = exitTerm
			}
			code.Store(int64(exit))
			killer := time.AfterFunc(2*time.Second, p.Kill)
			defer killer.Stop()
			p.Send(leave{exit})
			<-done
		}
	}()
	return func() {
		signal.Stop(sig)
		close(done)
		<-finished
	}
}
