package linear

import (
	"context"
	"reflect"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/tui/app"
	"assay/tui/ui"
)

// patience is how long a line of input waits for the commands of the one before;
// what takes longer goes on, and its news comes when it comes.
const patience = 30 * time.Second

// driver runs the commands of a model. Its Sleep goes into app.Deps, so that it
// knows which commands work and which only wait.
type driver struct {
	ctx   context.Context
	model *app.Model
	wake  chan struct{} // holds one: something has changed below

	mu    sync.Mutex // guards what follows
	busy  int        // commands that are neither finished nor asleep
	inbox []tea.Msg

	quit      bool
	clipboard []string // what was copied since it was last asked
	refused   []string // what a line mode cannot do, said once each
}

func newDriver(ctx context.Context) *driver {
	return &driver{ctx: ctx, wake: make(chan struct{}, 1)}
}

func (d *driver) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Sleep waits for by, or until ctx or the session ends.
func (d *driver) Sleep(ctx context.Context, by time.Duration) error {
	d.count(-1)
	defer d.count(1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(d.ctx, stop)()
	return ui.Sleep(ctx, by)
}

func (d *driver) count(by int) {
	d.mu.Lock()
	d.busy += by
	d.mu.Unlock()
	d.signal()
}

// start runs a command beside the session.
func (d *driver) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.count(1)
	go func() {
		msg := cmd()
		d.mu.Lock()
		d.busy--
		d.inbox = append(d.inbox, msg)
		d.mu.Unlock()
		d.signal()
	}()
}

// pump hands what has come in to the model.
func (d *driver) pump() {
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

// settle returns when nothing is under way any more but waiting.
func (d *driver) settle() {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !d.quit {
		d.pump()
		d.mu.Lock()
		idle := d.busy <= 0 && len(d.inbox) == 0
		d.mu.Unlock()
		if idle {
			return
		}
		select {
		case <-d.wake:
		case <-limit.C:
			return
		case <-d.ctx.Done():
			return
		}
	}
}

// do starts a command and waits for all that follows from it.
func (d *driver) do(cmd tea.Cmd) {
	d.start(cmd)
	d.settle()
}

// send hands a message to the model and waits for all that follows from it.
func (d *driver) send(msg tea.Msg) {
	d.deliver(msg)
	d.settle()
}

// Types of messages that Bubble Tea handles itself and does not export.
var (
	clipboardType = reflect.TypeOf(tea.SetClipboard("")())
	execType      = reflect.TypeOf(tea.Exec(nil, nil)())
)

func (d *driver) deliver(msg tea.Msg) {
	if list, ok := msg.(tea.BatchMsg); ok {
		for _, c := range list {
			d.start(c)
		}
		return
	}
	if list, ok := sequence(msg); ok { // also a then
		d.inTurn(list)
		return
	}
	switch msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.quit = true
		return
	case tea.SuspendMsg:
		d.refused = append(d.refused, "ctrl+z suspends a program in line mode; there is nothing more to it")
		return
	}
	switch reflect.TypeOf(msg) {
	case clipboardType:
		d.clipboard = append(d.clipboard, reflect.ValueOf(msg).String())
		return
	case execType:
		d.refused = append(d.refused, "another program cannot be opened from the line mode")
		return
	}
	_, cmd := d.model.Update(msg)
	d.start(cmd)
}

// sequence takes a sequence of commands apart, whose type is not exported: it is
// the slice of commands that is no batch.
func sequence(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	out := make([]tea.Cmd, v.Len())
	for i := range out {
		out[i], _ = reflect.TypeAssert[tea.Cmd](v.Index(i)) // the element type was just checked
	}
	return out, true
}

// inTurn runs the commands of a sequence one after another.
func (d *driver) inTurn(list []tea.Cmd) {
	for len(list) > 0 && list[0] == nil {
		list = list[1:]
	}
	if len(list) == 0 {
		return
	}
	d.start(func() tea.Msg {
		msg, rest := list[0](), list[1:]
		d.mu.Lock()
		d.inbox = append(d.inbox, msg)
		d.mu.Unlock()
		return then(rest)
	})
}

// then is what is left of a sequence.
type then []tea.Cmd
