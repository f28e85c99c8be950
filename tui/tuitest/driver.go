package tuitest

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"assay/tui/ui"
)

// Driver drives one model. Its methods return it, so that steps can be chained;
// a step that cannot be done fails the test at once.
type Driver struct {
	Clock *Clock
	Quit  bool   // the model has asked to end
	Raw   string // what the model has sent to the terminal past its frames

	t     testing.TB
	model tea.Model
	w, h  int

	mu     sync.Mutex // guards inbox
	inbox  []tea.Msg
	frames int
}

// New starts a model whose waiting is done by clock, at 80x24.
func New(t testing.TB, m tea.Model, clock *Clock) *Driver {
	t.Helper()
	d := &Driver{Clock: clock, t: t, model: m}
	d.run(m.Init())
	return d.Size(80, 24)
}

// Size resizes the terminal.
func (d *Driver) Size(w, h int) *Driver {
	d.t.Helper()
	d.w, d.h = w, h
	return d.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// Press presses keys, named as in ui.Action.Keys.
func (d *Driver) Press(keys ...string) *Driver {
	d.t.Helper()
	for _, k := range keys {
		d.Send(Key(k))
	}
	return d
}

// Type types a text, rune by rune.
func (d *Driver) Type(text string) *Driver {
	d.t.Helper()
	for _, r := range text {
		if r == ' ' {
			d.Press("space")
			continue
		}
		d.Press(string(r))
	}
	return d
}

// Send hands a message to the model and lets everything that follows from it happen.
func (d *Driver) Send(msg tea.Msg) *Driver {
	d.t.Helper()
	d.deliver(msg)
	d.drain()
	d.check()
	return d
}

// Advance moves the clock; what waits wakes in the order of time.
func (d *Driver) Advance(by time.Duration) *Driver {
	d.t.Helper()
	end := d.Clock.Now().Add(by)
	for d.Clock.next(end) {
		d.Clock.settle()
		d.drain()
	}
	d.check()
	return d
}

// Model returns the model as it is now.
func (d *Driver) Model() tea.Model { return d.model }

// Frames returns how often the model was updated and drawn.
func (d *Driver) Frames() int { return d.frames }

func (d *Driver) deliver(msg tea.Msg) {
	if cmds, ok := commands(msg); ok {
		for _, c := range cmds {
			d.run(c)
		}
		return
	}
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.Quit = true
		return
	case tea.RawMsg:
		d.Raw += fmt.Sprint(msg.Msg)
		return
	}
	d.frames++
	var cmd tea.Cmd
	d.model, cmd = d.model.Update(msg)
	d.run(cmd)
}

// commands takes a batch or a sequence apart. The type of a sequence is not
// exported, but it is a slice of commands.
func commands(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	var out []tea.Cmd
	for i := range v.Len() {
		out = append(out, v.Index(i).Interface().(tea.Cmd))
	}
	return out, true
}

// run starts a command and returns when it has finished or waits.
func (d *Driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.Clock.start()
	go func() {
		defer d.Clock.done()
		msg := cmd()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.inbox = append(d.inbox, msg)
	}()
	d.Clock.settle()
}

func (d *Driver) drain() {
	for {
		d.mu.Lock()
		if len(d.inbox) == 0 {
			d.mu.Unlock()
			return
		}
		msg := d.inbox[0]
		d.inbox = d.inbox[1:]
		d.mu.Unlock()
		d.deliver(msg)
	}
}

// Lines returns the screen as plain text, trailing blanks removed.
func (d *Driver) Lines() []string {
	d.t.Helper()
	return Plain(d.check(), d.w, d.h)
}

// check fails the test where the frame does not have exactly the lines of the
// screen or one of them is too wide, and returns the frame.
func (d *Driver) check() string {
	d.t.Helper()
	content := d.model.View().Content
	lines := strings.Split(content, "\n")
	if len(lines) != d.h {
		d.t.Fatalf("at %dx%d the frame has %d lines", d.w, d.h, len(lines))
	}
	for i, l := range lines {
		if n := ui.Width(l); n > d.w {
			d.t.Fatalf("at %dx%d line %d is %d cells wide: %q", d.w, d.h, i, n, l)
		}
	}
	return content
}

// Plain draws a frame into the cells of a screen, as the renderer does, and
// returns its text, trailing blanks removed.
func Plain(content string, w, h int) []string {
	buf := uv.NewScreenBuffer(w, h)
	uv.NewStyledString(content).Draw(buf, buf.Bounds())
	out := make([]string, h)
	for y := range out {
		var b strings.Builder
		for x := 0; x < w; {
			c := buf.CellAt(x, y)
			if c == nil || c.Width < 1 {
				x++
				continue
			}
			b.WriteString(c.Content)
			x += c.Width
		}
		out[y] = strings.TrimRight(b.String(), " ")
	}
	return out
}

// Text returns the screen as one text.
func (d *Driver) Text() string {
	d.t.Helper()
	return strings.Join(d.Lines(), "\n") + "\n"
}

// See fails the test where the screen does not show every one of the texts.
func (d *Driver) See(texts ...string) *Driver {
	d.t.Helper()
	got := d.Text()
	for _, want := range texts {
		if !strings.Contains(got, want) {
			d.t.Fatalf("the screen does not show %q:\n%s", want, got)
		}
	}
	return d
}

// NotSee fails the test where the screen shows one of the texts.
func (d *Driver) NotSee(texts ...string) *Driver {
	d.t.Helper()
	got := d.Text()
	for _, bad := range texts {
		if strings.Contains(got, bad) {
			d.t.Fatalf("the screen shows %q:\n%s", bad, got)
		}
	}
	return d
}
