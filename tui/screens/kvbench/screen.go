package kvbench

import (
	"context"
	"encoding/json"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/screens/kvbench/kvdata"
	"assay/tui/ui"
)

// Reader is the part of run.Reader that the screen needs.
type Reader interface {
	kvdata.Reader
	Resolve(ctx context.Context, ref string) (run.Run, error)
}

// Screen shows the runs of the KV bench. It lives on the event loop.
type Screen struct {
	c    *ui.Context
	r    Reader
	w, h int

	gen    int // generation of what is shown; replies of earlier ones are dropped
	runs   []*kvdata.Run
	err    error // of the last reading
	asked  bool  // something was opened, or the latest run was looked for
	absent bool  // there is no run to show
	reader reading

	look look    // how maps are drawn: survives a change of run
	lens ui.Lens // the same of charts
	page page    // nil until the kind of run is known

	placed []ui.Placed // the panes of the page as drawn last, below the banner
	drawn  ui.Drawn
	dirty  bool
}

var _ ui.RunScreen = (*Screen)(nil)

// reading is the state of the one command that may be under way.
type reading struct {
	busy  bool
	again bool // something was committed meanwhile
	stop  context.CancelFunc
}

// page shows one kind of run. It is told of changes and draws on demand.
type page interface {
	// handles reports whether runs of the kind are shown on the page.
	handles(kind string) bool
	// changed takes notice of new rows.
	changed()
	contextLine() string
	draw(w, h int) []string
	// paneIDs lists the panes that the tab key reaches, in its order; focusPane gives
	// one of them the focus.
	paneIDs() []string
	focusPane(id string)
	focused() string
	// clickRow selects the row in a line of a pane; it reports false where there is none.
	clickRow(pane string, line int) bool
	// announce says what the cursor is on in one plain sentence.
	announce() string
	actions() []ui.Action
	help() string
}

// New returns the screen; it shows nothing until it is focused or told to open a run.
func New(c *ui.Context, r Reader) *Screen {
	return &Screen{c: c, r: r, look: newLook(), dirty: true}
}

// ID returns "kv".
func (s *Screen) ID() string { return "kv" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "KV" }

// Handles reports whether runs of the kind are shown here.
func (s *Screen) Handles(kind string) bool {
	switch kind {
	case kindBlend, kindSweep, kindEval, kindCompress, kindStream, kindPareto, kindLoad:
		return true
	}
	return false
}

// The kinds of runs of the bench that have a page.
const (
	kindBlend = "kv.blend"
	kindSweep = "kv.sweep"
	kindEval  = "kv.eval"

	kindCompress = "kv.compress"
	kindStream   = "kv.stream"
	kindPareto   = "kv.pareto"
	kindLoad     = "kv.load"
)

// Open shows a run; the command reads it.
func (s *Screen) Open(id run.ID) tea.Cmd { return s.show([]run.ID{id}) }

// Compare shows several runs against each other; the command reads them.
func (s *Screen) Compare(ids []run.ID) tea.Cmd { return s.show(ids) }

func (s *Screen) show(ids []run.ID) tea.Cmd {
	s.gen++
	s.asked, s.absent, s.err = true, false, nil
	s.reader.cancel()
	s.reader = reading{}
	s.page = nil
	s.runs = nil
	for _, id := range ids {
		s.runs = append(s.runs, kvdata.New(id))
	}
	s.dirty = true
	return s.read()
}

// Focus reads the latest KV run where nothing was opened yet, else what is new.
func (s *Screen) Focus() tea.Cmd {
	if !s.asked {
		s.asked = true
		return s.readLatest()
	}
	return s.read()
}

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.dirty = true
}

// Capturing reports false: the screen has no text fields.
func (s *Screen) Capturing() bool { return false }

// ContextLine says which run is shown, how, and against what.
func (s *Screen) ContextLine() string {
	switch {
	case s.page != nil:
		return s.page.contextLine()
	case s.err != nil:
		return "cannot be read"
	case len(s.runs) == 0:
		return "no run"
	}
	return "reading " + short(s.runs[0].Run.ID)
}

// Shown is the run on the screen, the first of those compared.
func (s *Screen) Shown() run.Run {
	if len(s.runs) == 0 || !s.runs[0].Known() {
		return run.Run{}
	}
	return s.runs[0].Run
}

// RunState names the run and its state.
func (s *Screen) RunState() string {
	if len(s.runs) == 0 || !s.runs[0].Known() {
		return ""
	}
	r := s.runs[0].Run
	if len(s.runs) > 1 {
		return "runs " + short(r.ID) + " and " + short(s.runs[1].Run.ID)
	}
	text := "run " + short(r.ID) + " " + string(r.State)
	if r.State.Live() && r.Total > 0 {
		text += " " + count(r.Done) + "/" + count(r.Total)
	}
	return text
}

// Help says what the page shows.
func (s *Screen) Help() string {
	if s.page != nil {
		return s.page.help()
	}
	return "The KV bench blends precomputed caches of the chunks of a prompt and shows, layer by layer and token by token, how far that is from computing the whole prompt."
}

// View draws the body: what was drawn last, unless something changed.
func (s *Screen) View() string { return s.drawn.View(s.c, s.w, s.h, &s.dirty, s.draw) }

func (s *Screen) draw() []string {
	if s.w < 1 || s.h < 1 {
		return make([]string, max(s.h, 0))
	}
	if s.page == nil {
		return ui.Block(s.emptyLines(), s.w, s.h)
	}
	banner := s.head()
	s.placed = nil
	return append(banner, ui.Block(s.page.draw(s.w, s.h-len(banner)), s.w, s.h-len(banner))...)
}

// head are the lines above the page.
func (s *Screen) head() []string {
	banner := s.banner()
	return banner[:min(len(banner), max(s.h-1, 0))]
}

// framed draws the panes of a page where they were placed.
func (s *Screen) framed(w, h int, placed []ui.Placed, panes []ui.Pane) []string {
	s.placed = placed
	return ui.Frame(s.c, w, h, panes)
}

// Panes returns the panes of the page.
func (s *Screen) Panes() []ui.Placed {
	if s.page == nil {
		return nil
	}
	return ui.Listed(s.page.paneIDs(), s.placed, len(s.head()))
}

// FocusPane gives a pane of the page the focus.
func (s *Screen) FocusPane(id string) tea.Cmd {
	if s.page != nil {
		s.page.focusPane(id)
		s.dirty = true
	}
	return nil
}

// FocusedPane is the pane of the page that has the focus.
func (s *Screen) FocusedPane() string {
	if s.page == nil {
		return ""
	}
	return s.page.focused()
}

// Announce says what the cursor of the page is on.
func (s *Screen) Announce() string {
	if s.page == nil {
		return ""
	}
	return s.page.announce()
}

// viewState is what is kept of the screen between two starts.
type viewState struct {
	Run  []run.ID `json:"run,omitempty"`
	Look look     `json:"look"`
}

// SaveView keeps what is shown and how the maps are drawn.
func (s *Screen) SaveView() json.RawMessage {
	v := viewState{Look: s.look}
	for _, r := range s.runs {
		v.Run = append(v.Run, r.Run.ID)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // cannot happen: the state holds words and numbers alone; losing it costs a few keys
	}
	return b
}

// RestoreView takes up what SaveView kept; what it does not understand it ignores.
func (s *Screen) RestoreView(data json.RawMessage) {
	v := viewState{Look: newLook()}
	if json.Unmarshal(data, &v) != nil {
		return
	}
	s.look = v.Look.valid()
	s.dirty = true
	if s.asked || len(v.Run) == 0 || !valid(v.Run) {
		return
	}
	for _, id := range v.Run {
		s.runs = append(s.runs, kvdata.New(id))
	}
	s.asked = true // Focus reads it
}

func valid(ids []run.ID) bool {
	for _, id := range ids {
		if !id.Valid() {
			return false
		}
	}
	return true
}
