package runs

import (
	"context"
	"encoding/json"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"assay/core/bench"
	"assay/core/run"
	"assay/tui/ui"
)

// Names of the panes, which are the scopes of their actions too.
const (
	paneList   = "runs.list"
	paneDetail = "runs.detail"
	paneParams = "runs.params"
	paneEvents = "runs.events"
	paneMarked = "runs.marked"
)

// firstPage is how many runs are read at first; the limit doubles whenever the
// cursor comes near the end, and falls where somebody goes to the last run.
const firstPage = 500

// Screen is the list of runs. Make it with New.
type Screen struct {
	c      *ui.Context
	reader run.Reader
	kinds  bench.Registry

	w, h   int
	placed []ui.Placed
	focus  string
	zoomed bool

	table   *ui.Table
	list    []run.Run // as read: newest first
	shown   *rows     // as sorted
	loaded  bool
	fault   error   // of the last read; the list is what was read before
	limit   int     // 0: all
	goingTo *ui.Row // where the cursor goes when all are read; nil for nowhere

	rangeFrom string // key of the run that a range of marks begins at, "" for none
	allMarked bool   // all runs are marked when all are read
	all       int    // number of runs without a filter, as far as known
	more      bool
	ghost     *run.Run // under the cursor, hidden by the filter; nil for none
	sorting   order
	group     grouping
	folded    map[string]bool // groups that show their heads alone
	filter    string
	input     ui.Input
	typing    bool

	query       int // generation of the newest query of the list
	cancelQuery context.CancelFunc

	detail       *detail // of the run under the cursor; nil while it is read
	wanted       run.ID  // what detail is being read for
	cancelDetail context.CancelFunc
	scroll       map[string]int // first line of each text pane, or atEnd
	tops         map[string]int // first line of each as drawn

	cache string // the body as drawn last
	clean bool
}

// New returns the screen. It reads through r and knows parameters by kinds.
func New(c *ui.Context, r run.Reader, kinds bench.Registry) *Screen {
	return &Screen{
		c: c, reader: r, kinds: kinds, focus: paneList, limit: firstPage,
		table: ui.NewTable(columns()), folded: map[string]bool{}, scroll: map[string]int{}, tops: map[string]int{}, sorting: order{by: byStarted},
	}
}

// ID returns "runs".
func (s *Screen) ID() string { return "runs" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Runs" }

// RunState says nothing: the list shows many runs.
func (s *Screen) RunState() string { return "" }

// Capturing reports whether a filter is being typed.
func (s *Screen) Capturing() bool { return s.typing }

// ContextLine says what is shown, or takes the filter while it is typed.
func (s *Screen) ContextLine() string {
	if s.typing {
		line := s.c.Theme.Paint("key", "/") + s.input.View(s.c, max(min(s.c.Width/2, 60), 10), true)
		return line + s.c.Theme.Paint("muted", "  "+s.countText()+"  enter keeps, esc clears")
	}
	line := ""
	if s.filter != "" {
		line = "/" + s.filter + "  "
	}
	line += "sort " + s.sorting.text() + "  " + s.countText()
	if s.group != "" {
		line += "  by " + string(s.group)
	}
	if n := len(s.table.Marks()); n > 0 {
		line += fmt.Sprintf("  %d marked", n)
	}
	if s.rangeFrom != "" {
		line += "  V marks to here"
	}
	if n := s.table.Fresh(); n > 0 {
		line += fmt.Sprintf("  %d new (g)", n)
	}
	return line
}

func (s *Screen) countText() string {
	plus := ""
	if s.more {
		plus = "+"
	}
	n := len(s.list)
	switch {
	case !s.loaded:
		return "reading"
	case s.filter != "" && s.all > 0:
		return fmt.Sprintf("%d%s of %d", n, plus, s.all)
	case n == 1:
		return "1 run"
	}
	return fmt.Sprintf("%d%s runs", n, plus)
}

// SetSize lays the panes out anew.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// arrange places the panes for the size, the focus and the zoom.
func (s *Screen) arrange() {
	s.clean = false
	if s.w == 0 || s.h == 0 {
		return // before the size is known no pane has room, the focused one neither
	}
	s.placed = place(s.c, s.w, s.h, s.focus, s.zoomed, len(s.table.Marks()))
	if _, ok := s.rect(s.focus); !ok {
		s.focus = paneList
		s.placed = place(s.c, s.w, s.h, s.focus, s.zoomed, len(s.table.Marks()))
	}
	if r, ok := s.rect(paneList); ok {
		w, h := r.W, r.H
		if s.c.Framed() {
			w, h = s.c.Inner(w, h)
		}
		s.table.SetSize(w, h)
	}
}

func (s *Screen) rect(pane string) (ui.Rect, bool) {
	for _, p := range s.placed {
		if p.ID == pane {
			return p.Rect, true
		}
	}
	return ui.Rect{}, false
}

// place decides which panes are shown where. The list has no rule of its own
// where there are no frames: the context line above is its title.
func place(c *ui.Context, w, h int, focus string, zoomed bool, marks int) []ui.Placed {
	if zoomed || ui.WidthClass(c.Width) == ui.Tiny || ui.HeightClass(c.Height) == ui.Tiny {
		return ui.Compute(w, h, ui.Area{Areas: []ui.Area{{ID: focus}}}, c.Framed())
	}
	list := ui.Area{ID: paneList, Min: 5, Weight: 3, Priority: 9}
	detail := ui.Area{ID: paneDetail, Min: 6, Ideal: 8, Weight: 1, Priority: 8}
	if !c.Framed() {
		list.Ideal = 11
		return c.Place("runs", w, h, ui.Area{Areas: []ui.Area{list, detail}})
	}
	params := ui.Area{ID: paneParams, Min: 6, Ideal: 12, Weight: 1, Priority: 5}
	events := ui.Area{ID: paneEvents, Min: 6, Ideal: 12, Weight: 1, Priority: 6}
	strip := ui.Area{ID: paneMarked, Min: 4, Ideal: 2 + min(marks, 8), Priority: 3}
	if ui.WidthClass(c.Width) == ui.Large && ui.HeightClass(c.Height) >= ui.Medium {
		side := ui.Area{Min: 60, Ideal: 76, Priority: 5, Areas: []ui.Area{detail, params, events}}
		side.Areas[0].Ideal, side.Areas[0].Weight, side.Areas[2].Weight = 12, 0, 2
		list.Min, list.Weight = 8, 1
		left := ui.Area{Min: 80, Weight: 1, Priority: 9, Areas: []ui.Area{list}}
		if marks > 0 {
			left.Areas = append(left.Areas, strip)
		}
		return c.Place("runs", w, h, ui.Area{Areas: []ui.Area{{Across: true, Areas: []ui.Area{left, side}}}})
	}
	list.Ideal = 14
	below := ui.Area{Across: true, Min: 8, Ideal: 10, Weight: 1, Priority: 8, Areas: []ui.Area{
		{ID: paneDetail, Min: 50, Weight: 3, Priority: 9},
		{ID: paneEvents, Min: 40, Weight: 2, Priority: 5},
	}}
	areas := []ui.Area{list, below}
	if marks > 0 {
		areas = append(areas, strip)
	}
	return c.Place("runs", w, h, ui.Area{Areas: areas})
}

// view is what is kept of the screen.
type view struct {
	Cursor run.ID   `json:"cursor,omitempty"`
	Marks  []run.ID `json:"marks,omitempty"`
	Filter string   `json:"filter,omitempty"`
	Sort   string   `json:"sort,omitempty"`
	Desc   bool     `json:"reverse,omitempty"`
	Group  grouping `json:"group,omitempty"`
	Focus  string   `json:"focus,omitempty"`
	Zoomed bool     `json:"zoomed,omitempty"`
}

// SaveView returns cursor, marks, filter, order, focus and zoom.
func (s *Screen) SaveView() json.RawMessage {
	v := view{Filter: s.filter, Sort: string(s.sorting.by), Desc: s.sorting.reverse, Group: s.group, Focus: s.focus, Zoomed: s.zoomed}
	if key, _, ok := s.table.Cursor(); ok {
		v.Cursor = run.ID(key)
	}
	for _, k := range s.table.Marks() {
		v.Marks = append(v.Marks, run.ID(k))
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil // texts always marshal
	}
	return data
}

// RestoreView takes up what SaveView returned; what it cannot read it leaves out.
func (s *Screen) RestoreView(raw json.RawMessage) {
	var v view
	if json.Unmarshal(raw, &v) != nil {
		return
	}
	s.filter = v.Filter
	s.input.Set(v.Filter)
	if o := (order{by: column(v.Sort), reverse: v.Desc}); o.known() {
		s.sorting = o
	}
	if v.Group.known() {
		s.group = v.Group
	}
	switch v.Focus {
	case paneList, paneDetail, paneParams, paneEvents, paneMarked:
		s.focus = v.Focus
	}
	s.zoomed = v.Zoomed
	var marks []string
	for _, id := range v.Marks {
		marks = append(marks, string(id))
	}
	s.table.SetMarks(marks)
	s.table.Await(string(v.Cursor))
	s.arrange()
}

// Focus reads the list.
func (s *Screen) Focus() tea.Cmd { return s.load() }

// Help says what the focused pane shows.
func (s *Screen) Help() string {
	switch s.focus {
	case paneDetail:
		return "What is known about the run under the cursor: when and where it ran, its result, how far it is, and why it ended if it did not end well."
	case paneParams:
		return "Every parameter of the run under the cursor. Those that differ from the default are bold and have a = before them."
	case paneEvents:
		return "The last lines of the run's own log, the newest at the bottom."
	case paneMarked:
		return "The marked runs side by side: c compares them on the screen of their bench."
	}
	return "All runs that were ever recorded here, newest first. The first column is the state: * running, = paused, . queued, + done, x cancelled, - stopped, ! failed, ? lost (the worker died). " +
		"/ filters: words match name, kind, result and tags; key:value matches one field (state:failed, bench:kv, tag:demo, name:x, id:01J9, param.ratio:0.15); a|b is either, a leading - excludes."
}
