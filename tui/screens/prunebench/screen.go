package prunebench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/prune"
	"assay/core/run"
	"assay/tui/ui"
)

// The kind of run that the screen shows, and the one that it starts on a
// checkpoint.
const (
	kindSweep = "prune.sweep"
	kindTry   = "prune.try"
)

// Reader is the part of run.Reader that the screen needs.
type Reader interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	Runs(ctx context.Context, f run.Filter) ([]run.Run, error)
	Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error)
}

// Screen shows one sweep. It lives on the event loop.
type Screen struct {
	c    *ui.Context
	r    Reader
	w, h int

	gen    int // generation of what is shown; replies of earlier ones are dropped
	id     run.ID
	sweep  sweep
	err    error
	asked  bool // something was opened, or the latest sweep was looked for
	absent bool // there is none
	busy   bool // a reading is under way
	again  bool // something was committed meanwhile

	focus  string // a pane
	cross  int    // index of the exponent under the cross-hair
	axis   axis
	band   bool // intervals beside means in the read-out
	hidden map[string]bool
	table  *ui.Table

	frame string
	drawn frameKey
	dirty bool
}

var _ ui.RunScreen = (*Screen)(nil)

// frameKey is what a drawn frame depends on beside the state of the screen.
type frameKey struct {
	w, h, width, height int
	theme               any
	ascii               bool
}

// axis is what the curve is drawn against.
type axis uint8

const (
	byCompression axis = iota // 10^x, logarithmic
	byMACs                    // multiply-adds left, per cent
	byEffective               // compression by weights that live
	axes
)

func (a axis) String() string {
	return [...]string{"compression 10^x", "MACs left, %", "effective compression 10^x"}[a]
}

// New returns the screen; it shows nothing until it is focused or told to open a run.
func New(c *ui.Context, r Reader) *Screen {
	return &Screen{c: c, r: r, focus: paneCurve, band: true, hidden: map[string]bool{}, dirty: true, table: ui.NewTable([]ui.Column{
		text("S", 1, 1, 0, 9), text("method", 10, 16, 1, 9), number("target", 6, 9), number("kept", 9, 7), number("seed", 4, 8), number("test %", 6, 9),
		number("dead %", 7, 5), number("MACs %", 6, 4), number("score s", 7, 3), number("train s", 7, 2), text("", 6, 22, 2, 6),
	})}
}

// ID returns "prune".
func (s *Screen) ID() string { return "prune" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Prune" }

// Handles reports whether runs of the kind are shown here.
func (s *Screen) Handles(kind string) bool { return kind == kindSweep }

// Open shows a run; the command reads it.
func (s *Screen) Open(id run.ID) tea.Cmd {
	s.gen++
	s.id, s.sweep, s.err, s.asked, s.absent, s.busy, s.again, s.dirty = id, sweep{}, nil, true, false, false, false, true
	return s.read()
}

// Compare shows the first of several sweeps: curves of different grids share no axis.
func (s *Screen) Compare(ids []run.ID) tea.Cmd {
	if len(ids) == 0 {
		return nil
	}
	return s.Open(ids[0])
}

// Focus reads the latest sweep where nothing was opened yet, else what is new.
func (s *Screen) Focus() tea.Cmd {
	if !s.asked {
		s.asked = true
		return s.readLatest()
	}
	return s.read()
}

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) { s.w, s.h, s.dirty = w, h, true }

// Capturing reports false: the screen has no text fields.
func (s *Screen) Capturing() bool { return false }

// Help says what the panes show.
func (s *Screen) Help() string {
	return "Accuracy on the test set against compression, a line for each method, means over the seeds that are there; left and right move the cross-hair, whose values stand below. Beside it the share of weights that each layer of the selected trial keeps, and below every trial with what it has left, the weights on no live path among it."
}

// ContextLine says what is swept and how far it is.
func (s *Screen) ContextLine() string {
	switch {
	case s.err != nil:
		return "cannot be read"
	case s.id == "":
		return "no sweep"
	case !s.sweep.known():
		return "reading " + short(s.id)
	}
	d := s.sweep
	line := ""
	if d.net != nil {
		line = d.net.Net + " / " + d.net.Data + "   "
	}
	line += fmt.Sprintf("%d methods x %d targets   %d trials", len(d.methods), len(d.exponents), len(d.cells))
	if n := d.empty(); n > 0 {
		line += fmt.Sprintf(", %d empty", n)
	}
	return line + "   x: " + s.axis.String()
}

// RunState names the run and its state.
func (s *Screen) RunState() string {
	if !s.sweep.known() {
		return ""
	}
	r := s.sweep.run
	text := "run " + short(r.ID) + " " + string(r.State)
	if r.State.Live() && r.Total > 0 {
		text += fmt.Sprintf(" %d%%", 100*r.Done/r.Total)
	}
	return text
}

// View draws the body: what was drawn last, unless something changed.
func (s *Screen) View() string {
	key := frameKey{s.w, s.h, s.c.Width, s.c.Height, s.c.Theme, s.c.ASCII}
	if s.dirty || key != s.drawn {
		s.frame, s.drawn, s.dirty = strings.Join(s.draw(), "\n"), key, false
	}
	return s.frame
}

// viewState is what is kept of the screen between two starts.
type viewState struct {
	Run   run.ID `json:"run,omitempty"`
	Focus string `json:"focus"`
	Axis  axis   `json:"axis"`
	Cross int    `json:"cross"`
	Band  bool   `json:"band"`
}

// SaveView keeps what is shown and how.
func (s *Screen) SaveView() json.RawMessage {
	b, err := json.Marshal(viewState{Run: s.id, Focus: s.focus, Axis: s.axis, Cross: s.cross, Band: s.band})
	if err != nil {
		return nil // cannot happen: the state holds words and numbers alone
	}
	return b
}

// RestoreView takes up what SaveView kept; what it does not understand it ignores.
func (s *Screen) RestoreView(data json.RawMessage) {
	v := viewState{Focus: paneCurve, Band: true}
	if json.Unmarshal(data, &v) != nil {
		return
	}
	s.dirty = true
	if v.Axis < axes {
		s.axis = v.Axis
	}
	s.cross, s.band = max(v.Cross, 0), v.Band
	for _, p := range panes() {
		if p == v.Focus {
			s.focus = p
		}
	}
	if !s.asked && v.Run.Valid() {
		s.id, s.asked = v.Run, true // Focus reads it
	}
}

// news is what was committed to a run since a sequence number.
type news struct {
	gen     int
	run     run.Run
	records []run.Record
	err     error
}

// latest answers readLatest.
type latest struct {
	gen int
	id  run.ID
	err error
}

// read fetches what is new. Where a reading is under way, another follows it.
func (s *Screen) read() tea.Cmd {
	if s.id == "" {
		return nil
	}
	if s.busy {
		s.again = true
		return nil
	}
	s.busy = true
	gen, id, after, reader := s.gen, s.id, s.sweep.seq, s.r
	return func() tea.Msg {
		ctx := context.Background()
		m := news{gen: gen}
		if m.run, m.err = reader.Run(ctx, id); m.err == nil {
			m.records, m.err = reader.Records(ctx, id, "", after)
		}
		return m
	}
}

// readLatest looks for the newest sweep.
func (s *Screen) readLatest() tea.Cmd {
	gen, reader := s.gen, s.r
	return func() tea.Msg {
		list, err := reader.Runs(context.Background(), run.Filter{Text: "kind:" + kindSweep, Limit: 1})
		if err != nil || len(list) == 0 {
			return latest{gen: gen, err: err}
		}
		return latest{gen: gen, id: list[0].ID}
	}
}

// Update takes replies of the screen's own commands and news.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch m := msg.(type) {
	case ui.DataChanged:
		if s.id == "" && s.absent {
			return nil, s.readLatest()
		}
		return nil, s.read()
	case latest:
		if m.gen != s.gen {
			return nil, nil
		}
		s.dirty = true
		if m.err != nil {
			return s.trouble(m.err), nil
		}
		if m.id == "" {
			s.absent = true
			return nil, nil
		}
		return nil, s.Open(m.id)
	case news:
		return s.got(m)
	}
	return nil, nil
}

func (s *Screen) got(m news) (ui.Intent, tea.Cmd) {
	if m.gen != s.gen {
		return nil, nil
	}
	s.busy = false
	again := s.again
	s.again = false
	if m.err != nil {
		s.dirty = true
		return s.trouble(m.err), nil
	}
	if s.err != nil || s.sweep.apply(m) {
		s.err, s.dirty = nil, true
		s.list()
	}
	if again {
		return nil, s.read()
	}
	return nil, nil
}

// trouble keeps an error for the page and hands it to the shell once.
func (s *Screen) trouble(err error) ui.Intent {
	known := s.err != nil && s.err.Error() == err.Error()
	s.err = err
	if known || errors.Is(err, context.Canceled) {
		return nil
	}
	return ui.Notify{Level: run.Err, Text: "the sweep cannot be read", Err: err}
}

// selected returns the trial under the cursor of the table.
func (s *Screen) selected() (prune.CellDoc, bool) {
	_, i, ok := s.table.Cursor()
	if !ok || i >= len(s.sweep.cells) {
		return prune.CellDoc{}, false
	}
	return s.sweep.cells[i], true
}

func short(id run.ID) string { return string(id)[:min(len(id), 8)] }
