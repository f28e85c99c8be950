package linear

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/themes"
	"assay/tui/app"
	"assay/tui/term"
	"assay/tui/ui"
)

// Options is what a session works with. App, In and Out are needed.
type Options struct {
	App app.Deps // Sleep, Term and Theme are the session's own
	// Show prints a run as tables of plain text; nil leaves it to the screen of the run.
	Show func(ctx context.Context, w io.Writer, id run.ID) error
	In   io.Reader
	Out  io.Writer
	// Prompt says that a person sits at the input: a "> " asks for each line.
	Prompt bool
}

// The lines that screens are drawn with: the width of the layout without frames,
// and a height that leaves no pane without room.
const (
	columns = 98
	rows    = 48
)

// Session reads commands and answers in lines. Make it with New.
type Session struct {
	o       Options
	d       *driver
	m       *app.Model
	catalog []ui.Action
	known   []string          // every command
	actions map[string]string // ID of the action by its command

	out   *bufio.Writer
	fault error             // of the output
	said  int               // lines so far
	told  map[string]bool   // news that was printed
	asked string            // the prompt that was printed last
	given map[string]string // values for the form that is open
}

// New makes a session that lives as long as ctx.
func New(ctx context.Context, o Options) *Session {
	d := newDriver(ctx)
	o.App.Sleep = d.Sleep
	o.App.Term = term.Profile{ASCII: true, Dumb: true, Forced: true, Depth: themes.Mono}
	o.App.Theme = "mono"
	o.App.Detect = nil // lines have no colours, whatever the settings say
	// A note is a line of text here: an editor would take the terminal.
	o.App.Environ = slices.DeleteFunc(slices.Clone(o.App.Environ), func(v string) bool {
		return strings.HasPrefix(v, "EDITOR=") || strings.HasPrefix(v, "VISUAL=")
	})
	s := &Session{o: o, d: d, m: app.New(o.App), actions: map[string]string{}, told: map[string]bool{}, out: bufio.NewWriter(o.Out)}
	d.model = s.m
	s.catalog = s.m.Catalog()
	for _, b := range builtins() {
		s.known = append(s.known, b.name)
	}
	for _, a := range s.catalog {
		w := Words(a.ID)
		if _, own := find(w); !own {
			s.known = append(s.known, w)
		}
		s.actions[w] = a.ID
	}
	return s
}

// Run reads commands until the input ends, the person leaves or ctx ends. It
// returns the exit code: 0 at the end of the input. The error says why lines could
// not be read or written.
func (s *Session) Run() (int, error) {
	ctx, stop := context.WithCancel(s.d.ctx)
	defer stop()
	input := make(chan string)
	failed := make(chan error, 1) // one reader, which ends with it
	go read(ctx, s.o.In, input, failed)
	s.d.start(s.m.Init())
	s.d.send(tea.WindowSizeMsg{Width: columns, Height: rows})
	s.say("assay in line mode; help lists the commands, quit leaves")
	for !s.d.quit && s.fault == nil {
		s.d.pump()
		s.tell()
		s.ask()
		select {
		case line, ok := <-input:
			s.asked = ""
			if !ok {
				return s.leave(<-failed)
			}
			s.line(line)
		case <-s.d.wake:
		case <-ctx.Done():
			s.flush()
			return run.ExitCancelled, ctx.Err()
		}
	}
	return s.end()
}

// read hands lines over until the input ends, which closes lines.
func read(ctx context.Context, in io.Reader, lines chan<- string, failed chan<- error) {
	const longest = 1 << 20 // bytes of one line
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 0, 4096), longest)
	for sc.Scan() {
		select {
		case lines <- sc.Text():
		case <-ctx.Done():
			return
		}
	}
	err := sc.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = &run.Error{Code: run.EInput, Text: "a line of the input is longer than 1 MiB"}
	}
	failed <- err
	close(lines)
}

// leave ends at the end of the input: the view is kept, runs go on.
func (s *Session) leave(err error) (int, error) {
	for {
		if _, open := s.m.Prompt(); !open {
			break
		}
		s.m.Dismiss()
	}
	if cmd, ok := s.m.Invoke("app.detach"); ok {
		s.d.do(cmd)
	}
	code, ended := s.end()
	if err != nil {
		return run.ExitError, fmt.Errorf("read a command: %w", err)
	}
	return code, ended
}

func (s *Session) end() (int, error) {
	s.tell()
	if line := s.m.Farewell(); line != "" {
		s.say(line)
	}
	s.flush()
	if s.fault != nil {
		return run.ExitError, fmt.Errorf("write: %w", s.fault)
	}
	return s.m.Exit(), nil
}

// say prints lines; control characters of texts from outside become blanks.
func (s *Session) say(lines ...string) {
	s.said += len(lines)
	for _, l := range lines {
		if _, err := s.out.WriteString(ui.Plain(l) + "\n"); err != nil && s.fault == nil {
			s.fault = err
		}
	}
}

func (s *Session) flush() {
	if err := s.out.Flush(); err != nil && s.fault == nil {
		s.fault = err
	}
}

// tell prints the news that has come since.
func (s *Session) tell() {
	for _, text := range s.d.clipboard {
		s.say(strings.Split("to copy: "+text, "\n")...)
	}
	copied := len(s.d.clipboard) > 0
	s.say(s.d.refused...)
	s.d.clipboard, s.d.refused = nil, nil
	for _, t := range s.m.News() {
		key := t.First.Format(time.RFC3339Nano) + t.Text
		if s.told[key] {
			continue
		}
		s.told[key] = true
		if copied && t.Level < run.Warn && strings.HasPrefix(t.Text, "copied ") {
			continue // there is no clipboard here: the text was printed
		}
		s.say(newsLine(t))
	}
	s.flush()
}

// newsLine writes a toast in one line, with the next step where there is one.
func newsLine(t ui.Toast) string {
	line := t.Text
	switch {
	case t.Level >= run.Err:
		line = "error: " + line
	case t.Level >= run.Warn:
		line = "warning: " + line
	case t.Level >= ui.Done:
		line = "done: " + line
	}
	var e *run.Error
	if errors.As(t.Err, &e) && e.Hint != "" && !strings.Contains(line, e.Hint) {
		line += "; " + e.Hint
	}
	return line
}

// ask prints the prompt where a person waits for one and it does not stand there.
func (s *Session) ask() {
	mark := "> "
	switch p, open := s.m.Prompt(); {
	case open && p.Confirm:
		mark = "yes or no> "
	case open && len(p.Choices) > 0:
		mark = "number> "
	case open && p.Text:
		mark = "text> "
	case open && p.Kind != "":
		mark = "key=value, go or back> "
	case !open && s.m.Front().Capturing():
		mark = "text> "
	}
	if !s.o.Prompt || s.asked == mark {
		return
	}
	s.asked = mark
	if _, err := s.out.WriteString(mark); err != nil && s.fault == nil {
		s.fault = err
	}
	s.flush()
}
