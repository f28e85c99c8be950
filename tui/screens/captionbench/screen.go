package captionbench

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/caption"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// KindRun is the kind of run that the screen shows and starts.
const KindRun = "caption.run"

// Screen shows the campaigns of the caption bench. It lives on the event loop.
type Screen struct {
	c       *ui.Context
	r       Reader
	painter Painter // nil: pictures are described in words
	w, h    int

	follow *runview.Follower[news]
	camp   *campaign
	view   view
	list   []row
	table  *ui.Table
	pics   pictures
	field  *runview.Field // a text that is typed, nil for none
	undo   []labelling
	scroll int // of the captions or the figures
	zoomed bool

	drawn ui.Drawn
	dirty bool
}

var (
	_ ui.RunScreen   = (*Screen)(nil)
	_ ui.MouseScreen = (*Screen)(nil)
)

// view is how campaigns are looked at. It is kept between two starts.
type view struct {
	Run     run.ID  `json:"run,omitempty"`
	Pair    string  `json:"pair,omitempty"`
	Pane    string  `json:"pane"`
	Which   which   `json:"which"`
	Order   order   `json:"order"`
	Grouped bool    `json:"grouped"`
	Filter  string  `json:"filter,omitempty"`
	Reading reading `json:"reading"`
	Boxes   bool    `json:"boxes"`
	Swapped bool    `json:"swapped"`
	Close   bool    `json:"close"`
}

func newView() view {
	return view{Pane: paneList, Which: issues, Order: byScore, Reading: lines}
}

// valid returns the view with everything that is unknown at its default.
func (v view) valid() view {
	d := newView()
	if !slices.Contains(panes, v.Pane) {
		v.Pane = d.Pane
	}
	if !slices.Contains(choices, v.Which) {
		v.Which = d.Which
	}
	if !slices.Contains(orders, v.Order) {
		v.Order = d.Order
	}
	if !slices.Contains(readings, v.Reading) {
		v.Reading = d.Reading
	}
	return v
}

var panes = []string{paneList, paneSource, paneFollowup, paneDetail, paneFigures}

// New returns the screen; it shows nothing until it is focused or told to open a
// run. Without a painter pictures are described in words.
func New(c *ui.Context, r Reader, painter Painter) *Screen {
	return &Screen{
		c: c, r: r, painter: painter, view: newView(), table: ui.NewTable(columns), dirty: true,
		follow: runview.NewFollower("caption", r, func(ctx context.Context, id run.ID, after int64) (news, error) {
			return readNews(ctx, r, id, after)
		}),
	}
}

// ID returns "caption".
func (s *Screen) ID() string { return "caption" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Caption" }

// Handles reports whether runs of the kind are shown here.
func (s *Screen) Handles(kind string) bool { return strings.HasPrefix(kind, "caption.") }

// Open shows a run; the command reads it.
func (s *Screen) Open(id run.ID) tea.Cmd {
	cmd := s.follow.Open(id)
	s.fresh()
	return cmd
}

// Compare shows the first of several runs: campaigns are set against each other by
// the comparison of all benches.
func (s *Screen) Compare(ids []run.ID) tea.Cmd { return s.Open(ids[0]) }

// Shown is the run on the screen.
func (s *Screen) Shown() run.Run {
	if !s.camp.known() {
		return run.Run{}
	}
	return s.camp.run
}

// Focus reads the latest campaign where nothing was opened yet, else what is new.
func (s *Screen) Focus() tea.Cmd { return s.follow.Focus() }

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.dirty = true
}

// Capturing reports whether a text is typed.
func (s *Screen) Capturing() bool { return s.field != nil }

// ContextLine says which campaign is shown and how far its verdicts can be trusted.
func (s *Screen) ContextLine() string {
	if !s.camp.known() {
		switch {
		case s.follow.Err() != nil:
			return "cannot be read"
		case s.camp == nil:
			return "no run"
		}
		return "reading " + runview.Short(s.camp.run.ID)
	}
	c := s.camp
	sum := &c.summary
	text := ui.Plain(c.plan.Captioner) + "  " + c.plan.Variant + "  " + strconv.Itoa(len(c.pairs))
	if c.run.State.Live() && c.plan.Pairs > 0 {
		text += " of " + strconv.Itoa(c.plan.Pairs)
	}
	n := c.labelled()
	text += " pairs  " + runview.Plural(n.issues, "issue")
	if sum.Distinct > 0 {
		text += ", " + strconv.Itoa(sum.Distinct) + " distinct"
	}
	if k := n.yes + n.no + n.unsure; k > 0 {
		text += "  labelled " + strconv.Itoa(k) + "/" + strconv.Itoa(n.issues)
	}
	if n.yes+n.no > 0 {
		text += "  p " + runview.Share(n.precision) + " " + runview.Interval(n.ci)
	} else if sum.Known > 0 {
		text += "  precision " + runview.Share(sum.Precision) + " " + runview.Interval(sum.PrecisionCI) + " by truth"
	}
	return text
}

// RunState names the run and its state.
func (s *Screen) RunState() string {
	if !s.camp.known() {
		return ""
	}
	return runview.State(s.camp.run)
}

// Help says what the focused pane shows.
func (s *Screen) Help() string {
	switch s.view.Pane {
	case paneSource, paneFollowup:
		return "The two pictures of the pair under the cursor, drawn with two pixels a cell where the terminal has no better way. o outlines the objects that were composed, b swaps the pictures in place, space shows the inserted object close up."
	case paneDetail:
		return "What the oracle read: mentions stand in brackets with their number; + is the inserted object, ! gone, ? new and not inserted, # a number that breaks the relation, ~ evidence too weak to decide. Below, what the pictures really show where they were composed here, what the captions say, and the verdict. The oracle knows no coreference beyond \"the\", takes a statue of a bird for a bird, and reads English alone; attributes and actions are not checked."
	case paneFigures:
		return "Precision is the share of issues whose captions are really wrong, recall the share of pairs with a wrong caption that are issues: by the truth of composed scenes, and by labels, with 95 % Wilson intervals. Sort by sample before labelling: the first so many of a random order are an unbiased sample."
	}
	return "The pairs whose captions break a relation. y says that an issue is real, n that it is none (again: why), u that it cannot be told; Y and N label the whole signature. a teaches the oracle a synonym and judges the campaign anew without asking the captioner again."
}

// SaveView keeps what is shown and how.
func (s *Screen) SaveView() json.RawMessage {
	v := s.view
	if s.camp != nil {
		v.Run = s.camp.run.ID
	}
	if key, _, ok := s.table.Cursor(); ok {
		v.Pair = key
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // cannot happen: the state holds words alone; losing it costs a few keys
	}
	return b
}

// RestoreView takes up what SaveView kept; what it does not understand it ignores.
func (s *Screen) RestoreView(data json.RawMessage) {
	v := newView()
	if json.Unmarshal(data, &v) != nil {
		return
	}
	s.view = v.valid()
	s.dirty = true
	if s.follow.Asked() || !v.Run.Valid() {
		return
	}
	s.follow.Await(v.Run) // Focus reads it
	s.fresh()
	s.table.Await(v.Pair)
}

// current is the pair under the cursor, nil where there is none.
func (s *Screen) current() *caption.Pair {
	if s.camp == nil {
		return nil
	}
	key, _, ok := s.table.Cursor()
	if !ok {
		return nil
	}
	return s.camp.pair(key)
}

// relist makes the list anew; the cursor stays on its pair.
func (s *Screen) relist() {
	s.dirty = true
	if s.camp == nil {
		return
	}
	s.list = s.view.listed(s.camp)
	s.table.SetRows(rows{s.camp, s.list})
}

// Click focuses a pane and, in the list, selects a row.
func (s *Screen) Click(x, y int, twice bool) (ui.Intent, tea.Cmd) {
	y -= s.h - s.bodyHeight()
	for _, q := range s.place(s.w, s.bodyHeight()) {
		if x < q.X || x >= q.X+q.W || y < q.Y || y >= q.Y+q.H {
			continue
		}
		s.view.Pane, s.dirty = q.ID, true
		inner := y - q.Y - 1
		if q.ID == paneList {
			if i, ok := s.table.RowAt(inner); ok {
				s.table.MoveTo(i)
				return nil, s.moved()
			}
		} else if twice {
			s.zoomed = !s.zoomed
		}
		return nil, s.transmit()
	}
	return nil, nil
}

// Panes returns the panes of a campaign.
func (s *Screen) Panes() []ui.Placed {
	if !s.camp.known() {
		return nil
	}
	return ui.Listed(panes, s.place(s.w, s.bodyHeight()), s.h-s.bodyHeight())
}

// FocusPane gives a pane the focus.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.view.Pane, s.dirty = id, true
	s.step(0)
	return s.transmit()
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.view.Pane }

// Announce says the row under the cursor.
func (s *Screen) Announce() string { return s.table.Sentence() }

// GoTo puts the cursor on a row.
func (s *Screen) GoTo(to ui.Row) tea.Cmd {
	s.table.MoveTo(to.Of(s.table.Len()))
	return s.moved()
}

// Wheel scrolls the list or the text under the pointer.
func (s *Screen) Wheel(x, y, rows int) tea.Cmd {
	y -= s.h - s.bodyHeight()
	for _, q := range s.place(s.w, s.bodyHeight()) {
		if x < q.X || x >= q.X+q.W || y < q.Y || y >= q.Y+q.H {
			continue
		}
		if q.ID == paneDetail || q.ID == paneFigures {
			s.view.Pane = q.ID
			s.scroll = max(s.scroll+rows, 0)
			s.dirty = true
			return nil
		}
	}
	s.table.Move(rows)
	return s.moved()
}
