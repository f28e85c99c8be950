package prunebench

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// The kinds of runs that the screen shows.
const (
	kindSweep = "prune.sweep"
	kindTry   = "prune.try"
	kindMap   = "prune.sensitivity"
	kindTrain = "prune.train"
	kindAgent = "prune.agent"
)

// Reader is the part of run.Reader that the screen needs.
type Reader interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	Resolve(ctx context.Context, ref string) (run.Run, error)
	Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error)
}

// news is what was committed to a run since a sequence number.
type news struct {
	run     run.Run
	records []run.Record
}

// Screen shows one run, or several sweeps in one chart. It lives on the event loop.
type Screen struct {
	c    *ui.Context
	r    Reader
	w, h int

	follow *runview.Follower[news]
	run    run.Run // zero until it was read
	page   page    // nil until then
	others []*beside
	base   run.ID // the sweep that a trial was asked for from: its curve stays

	view  view
	lens  ui.Lens // how charts are looked at
	table *ui.Table

	drawn ui.Drawn
	dirty bool
}

var (
	_ ui.RunScreen   = (*Screen)(nil)
	_ ui.MouseScreen = (*Screen)(nil)
)

// beside is a further sweep whose curves are drawn in the same chart.
type beside struct {
	follow *runview.Follower[news]
	sweep  sweep
}

// view is how runs are looked at. It is kept between two starts.
type view struct {
	Run    run.ID          `json:"run,omitempty"`
	Others []run.ID        `json:"others,omitempty"`
	Focus  string          `json:"focus"`
	Axis   axis            `json:"axis"`
	Cross  int             `json:"cross"` // place of the cross-hair
	Band   bool            `json:"band"`
	Zoomed bool            `json:"zoomed,omitempty"`
	Hidden map[string]bool `json:"hidden,omitempty"` // methods
}

// New returns the screen; it shows nothing until it is focused or told to open a run.
func New(c *ui.Context, r Reader) *Screen {
	s := &Screen{c: c, r: r, view: view{Focus: paneCurve, Band: true, Hidden: map[string]bool{}}, dirty: true}
	s.follow = s.follower()
	s.fresh()
	return s
}

func (s *Screen) follower() *runview.Follower[news] {
	return runview.NewFollower("prune", s.r, func(ctx context.Context, id run.ID, after int64) (n news, err error) {
		if n.run, err = s.r.Run(ctx, id); err == nil {
			n.records, err = s.r.Records(ctx, id, "", after)
		}
		return n, err
	})
}

// ID returns "prune".
func (s *Screen) ID() string { return "prune" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Prune" }

// Handles reports whether runs of the kind are shown here.
func (s *Screen) Handles(kind string) bool { return strings.HasPrefix(kind, "prune.") }

// Open shows a run; the command reads it. A sweep that was asked for as one more
// trial joins the curves that it was asked for from.
func (s *Screen) Open(id run.ID) tea.Cmd {
	if base := s.base; base != "" && base != id {
		shown := append([]run.ID{base}, s.otherIDs()...)
		return s.Compare(append(shown, id))
	}
	return s.Compare([]run.ID{id})
}

// Compare draws several sweeps in one chart. Runs of other kinds have no axis in
// common: the first one is shown.
func (s *Screen) Compare(ids []run.ID) tea.Cmd {
	if len(ids) == 0 {
		return nil
	}
	s.base, s.others = "", nil
	cmds := []tea.Cmd{s.follow.Open(ids[0])}
	for _, id := range ids[1:] {
		b := &beside{follow: s.follower()}
		s.others = append(s.others, b)
		cmds = append(cmds, b.follow.Open(id))
	}
	s.fresh()
	return tea.Batch(cmds...)
}

func (s *Screen) otherIDs() []run.ID {
	var out []run.ID
	for _, b := range s.others {
		out = append(out, b.follow.ID())
	}
	return out
}

// fresh forgets the run before another one is read.
func (s *Screen) fresh() {
	s.run, s.page, s.table, s.dirty = run.Run{}, nil, ui.NewTable(nil), true
}

// Shown is the run on the screen.
func (s *Screen) Shown() run.Run {
	if s.page == nil {
		return run.Run{}
	}
	return s.run
}

// Focus reads the latest run where nothing was opened yet, else what is new.
func (s *Screen) Focus() tea.Cmd { return s.read(s.follow.Focus()) }

// read adds the reading of the further sweeps to that of the run.
func (s *Screen) read(first tea.Cmd) tea.Cmd {
	cmds := []tea.Cmd{first}
	for _, b := range s.others {
		cmds = append(cmds, b.follow.Changed())
	}
	return tea.Batch(cmds...)
}

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) { s.w, s.h, s.dirty = w, h, true }

// Capturing reports false: the screen has no text fields.
func (s *Screen) Capturing() bool { return false }

// Update takes replies of the screen's own commands, and news.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	if _, ok := msg.(ui.DataChanged); ok {
		return nil, s.read(s.follow.Changed())
	}
	if _, ok := msg.(ui.Tick); ok {
		return nil, nil
	}
	s.dirty = true
	intent, cmd := s.follow.Update(msg, s.fresh, func(n news) int64 {
		s.got(n)
		return n.run.LastSeq
	})
	cmds := []tea.Cmd{cmd}
	for _, b := range s.others {
		wish, cmd := b.follow.Update(msg, func() {}, func(n news) int64 {
			b.sweep.got(n)
			s.list()
			return n.run.LastSeq
		})
		if wish != nil {
			intent = wish
		}
		cmds = append(cmds, cmd)
	}
	return intent, tea.Batch(cmds...)
}

// got takes news of the run; the first ones choose its page.
func (s *Screen) got(n news) {
	s.run = n.run
	if s.page == nil {
		s.page = s.pageOf(n.run.Kind)
		s.table = ui.NewTable(s.page.columns())
		if n.run.Kind == kindTrain || n.run.Kind == kindTry || n.run.Kind == kindAgent {
			s.view.Cross = latest
		} else if s.view.Cross == latest {
			s.view.Cross = 0
		}
		if !slices.Contains(s.page.panes(), s.view.Focus) {
			s.view.Focus = s.page.panes()[0]
		}
	}
	s.page.got(n)
	s.list()
}

// list makes the rows of the table anew; the cursor stays on its row.
func (s *Screen) list() {
	if s.page != nil {
		s.table.SetRows(s.page.rows())
	}
}

// latest is a place of the cross-hair that stays at the last one.
const latest = 1 << 30

// cross returns the place of the cross-hair among those that there are.
func (s *Screen) cross() int {
	if s.page == nil {
		return 0
	}
	return max(min(s.view.Cross, s.page.places()-1), 0)
}

// Help says what the page shows.
func (s *Screen) Help() string {
	if s.page == nil {
		return "Runs of the pruning bench: curves of sweeps, trials on a checkpoint, sensitivity maps, trainings."
	}
	return s.page.help()
}

// ContextLine says what is pruned and how far it is.
func (s *Screen) ContextLine() string {
	switch {
	case s.page != nil:
		return s.page.line()
	case s.follow.Err() != nil:
		return "cannot be read"
	case s.follow.ID() == "":
		return "no run"
	}
	return "reading " + runview.Short(s.follow.ID())
}

// RunState names the run and its state.
func (s *Screen) RunState() string {
	if s.page == nil {
		return ""
	}
	text := "run " + runview.Short(s.run.ID) + " " + string(s.run.State)
	if s.run.State.Live() && s.run.Total > 0 {
		text += " " + percent(float64(s.run.Done)/float64(s.run.Total), 0)
	}
	return text
}

// View draws the body: what was drawn last, unless something changed.
func (s *Screen) View() string { return s.drawn.View(s.c, s.w, s.h, &s.dirty, s.draw) }

// SaveView keeps what is shown and how.
func (s *Screen) SaveView() json.RawMessage {
	v := s.view
	v.Run, v.Others = s.follow.ID(), s.otherIDs()
	b, err := json.Marshal(v)
	if err != nil {
		return nil // cannot happen: the view holds words and numbers alone
	}
	return b
}

// RestoreView takes up what SaveView kept; what it does not understand it ignores.
func (s *Screen) RestoreView(data json.RawMessage) {
	v := view{Focus: paneCurve, Band: true}
	if json.Unmarshal(data, &v) != nil {
		return
	}
	if v.Axis >= axes {
		v.Axis = byCompression
	}
	if v.Hidden == nil {
		v.Hidden = map[string]bool{}
	}
	v.Cross = max(v.Cross, 0)
	s.view, s.dirty = v, true
	if s.follow.Asked() || !v.Run.Valid() {
		return
	}
	s.follow.Await(v.Run) // Focus reads it
	for _, id := range v.Others {
		if id.Valid() {
			b := &beside{follow: s.follower()}
			b.follow.Await(id)
			s.others = append(s.others, b)
		}
	}
}

// Click focuses a pane and, in the list, selects a row.
func (s *Screen) Click(x, y int, _ bool) (ui.Intent, tea.Cmd) {
	if s.page == nil {
		return nil, nil
	}
	head := len(s.head())
	y -= head
	for _, q := range s.place(s.w, s.h-head) {
		if x < q.X || x >= q.X+q.W || y < q.Y || y >= q.Y+q.H {
			continue
		}
		s.view.Focus, s.dirty = q.ID, true
		if i, ok := s.table.RowAt(y - q.Y - 1); ok && q.ID == paneList {
			s.table.MoveTo(i)
		}
	}
	return nil, nil
}

// Panes returns the panes of the page.
func (s *Screen) Panes() []ui.Placed {
	if s.page == nil {
		return nil
	}
	head := len(s.head())
	return ui.Listed(s.page.panes(), s.place(s.w, s.h-head), head)
}

// FocusPane gives a pane of the page the focus.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.view.Focus, s.dirty = id, true
	return nil
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.view.Focus }

// Announce says the row under the cursor.
func (s *Screen) Announce() string { return s.table.Sentence() }

// GoTo puts the cursor on a row.
func (s *Screen) GoTo(to ui.Row) tea.Cmd {
	s.table.MoveTo(to.Of(s.table.Len()))
	s.dirty = true
	return nil
}

// Wheel moves along the list.
func (s *Screen) Wheel(_, _, rows int) tea.Cmd {
	s.table.Move(rows)
	s.dirty = true
	return nil
}
