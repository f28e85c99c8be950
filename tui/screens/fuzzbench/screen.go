package fuzzbench

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/fuzz"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// Screen shows campaigns of the fuzz bench and single cases. It lives on the event loop.
type Screen struct {
	c    *ui.Context
	r    Reader
	w, h int

	follow *runview.Follower[news]
	camp   *campaign
	before *campaign // an earlier campaign to compare with, nil for none
	older  *runview.Follower[news]
	view   view
	list   []row
	table  *ui.Table
	all    campaigns

	program program
	input   int            // the input that e edits
	field   *runview.Field // a text that is typed, nil for none
	scroll  int            // of the texts
	zoomed  bool
	from    run.ID // the campaign that a look was opened from

	drawn ui.Drawn
	lens  ui.Lens // how the charts of the speed are looked at
	dirty bool
}

var (
	_ ui.RunScreen   = (*Screen)(nil)
	_ ui.MouseScreen = (*Screen)(nil)
)

// view is how campaigns are looked at. It is kept between two starts.
type view struct {
	Run     run.ID `json:"run,omitempty"`
	Before  run.ID `json:"before,omitempty"`
	From    run.ID `json:"from,omitempty"`
	Finding string `json:"finding,omitempty"`
	Pane    string `json:"pane"`
	Which   which  `json:"which"`
	Order   order  `json:"order"`
	Filter  string `json:"filter,omitempty"`
}

func newView() view { return view{Pane: paneList, Which: everyFinding, Order: newest} }

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
	return v
}

// New returns the screen; it shows nothing until it is focused or told to open a run.
func New(c *ui.Context, r Reader) *Screen {
	follow := func() *runview.Follower[news] {
		return runview.NewFollower("fuzz", r, func(ctx context.Context, id run.ID, after int64) (news, error) { return readNews(ctx, r, id, after) })
	}
	return &Screen{c: c, r: r, view: newView(), table: ui.NewTable(columns(false)), all: newCampaigns(), follow: follow(), older: follow(), dirty: true}
}

// ID returns "fuzz".
func (s *Screen) ID() string { return "fuzz" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Fuzz" }

// Handles reports whether runs of the kind are shown here.
func (s *Screen) Handles(kind string) bool { return strings.HasPrefix(kind, "fuzz.") }

// Open shows a run; the command reads it.
func (s *Screen) Open(id run.ID) tea.Cmd {
	if s.camp.known() && s.camp.run.Kind == KindCampaign {
		s.from = s.camp.run.ID
	}
	cmd := s.follow.Open(id)
	s.before = nil
	s.fresh()
	return cmd
}

// Compare sets the first of several campaigns against the second, an earlier one.
func (s *Screen) Compare(ids []run.ID) tea.Cmd {
	cmd := s.Open(ids[0])
	if len(ids) < 2 {
		return cmd
	}
	s.before = newCampaign(ids[1])
	s.table = ui.NewTable(columns(true))
	return tea.Batch(cmd, s.older.Open(ids[1]))
}

// fresh forgets the run before another one is read.
func (s *Screen) fresh() {
	s.camp, s.list = newCampaign(s.follow.ID()), nil
	s.table = ui.NewTable(columns(s.before != nil))
	s.scroll, s.input, s.dirty = 0, 0, true
}

// Shown is the run on the screen.
func (s *Screen) Shown() run.Run {
	if !s.camp.known() {
		return run.Run{}
	}
	return s.camp.run
}

// Focus reads the latest campaign where nothing was opened yet, else what is new.
func (s *Screen) Focus() tea.Cmd {
	if s.before != nil {
		return tea.Batch(s.follow.Focus(), s.older.Changed(), s.listing())
	}
	return tea.Batch(s.follow.Focus(), s.listing())
}

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.dirty = true
}

// Capturing reports whether a text is typed.
func (s *Screen) Capturing() bool { return s.field != nil }

// Update takes replies of the screen's own commands, news, and keys while a text
// is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch msg := msg.(type) {
	case programRead:
		s.program.path, s.program.lines = msg.path, msg.lines
		s.dirty = true
		return nil, nil
	case campaignsRead:
		s.all.runs, s.all.err = msg.runs, msg.err
		s.relistCampaigns()
		return nil, nil
	case ui.DataChanged:
		if s.before != nil {
			return nil, tea.Batch(s.follow.Changed(), s.older.Changed(), s.listing())
		}
		return nil, tea.Batch(s.follow.Changed(), s.listing())
	case ui.Tick:
		s.dirty = true
		return nil, nil
	case tea.KeyPressMsg, tea.PasteMsg:
		return s.typed(msg)
	}
	s.dirty = true
	var cmd tea.Cmd
	if s.before != nil {
		_, cmd = s.older.Update(msg, func() {}, func(n news) int64 {
			s.before.apply(n)
			s.relist()
			return n.run.LastSeq
		})
	}
	intent, more := s.follow.Update(msg, s.fresh, func(n news) int64 {
		s.camp.apply(n)
		s.relist()
		return n.run.LastSeq
	})
	return intent, tea.Batch(cmd, more, s.reading())
}

func (s *Screen) typed(msg tea.Msg) (ui.Intent, tea.Cmd) {
	if s.field == nil {
		return nil, nil
	}
	s.dirty = true
	open, intent, cmd := s.field.Update(msg)
	if !open {
		s.field = nil
	}
	return intent, tea.Batch(cmd, s.reading())
}

// relist makes the list anew; the cursor stays on its finding.
func (s *Screen) relist() {
	s.dirty = true
	if s.camp == nil {
		return
	}
	s.relistCampaigns()
	s.list = s.view.listed(s.camp, s.before)
	s.table.SetRows(rows{s.camp, s.list})
}

// current is the finding under the cursor, nil where there is none.
func (s *Screen) current() *fuzz.FindingDoc {
	_, i, ok := s.table.Cursor()
	if !ok || i >= len(s.list) {
		return nil
	}
	return s.list[i].f
}

// ContextLine says what is tested and how far it is.
func (s *Screen) ContextLine() string {
	if !s.camp.known() {
		switch {
		case s.follow.Err() != nil:
			return "cannot be read"
		case s.follow.ID() == "":
			return "no run"
		}
		return "reading " + runview.Short(s.follow.ID())
	}
	if l := s.camp.look; l != nil {
		return target(l.Target) + "  case of " + ui.Plain(l.Case.API) + "  " + string(l.Verdict) + "  " + l.Category
	}
	if m := s.camp.min; m != nil {
		return ui.Plain(m.API) + "  " + m.ID + "  " + m.Phase + "  " + runview.Plural(m.Elements, "element")
	}
	d := &s.camp.doc
	text := target(d.Target) + "  seed " + strconv.FormatInt(s.camp.run.Seed, 10) + "  " + d.Phase
	if d.PhaseTotal > 0 && d.Phase != fuzz.PhaseFuzzing && d.Phase != fuzz.PhaseDone {
		text += " " + strconv.Itoa(d.PhaseDone) + "/" + strconv.Itoa(d.PhaseTotal)
	}
	text += "  " + count(d.Tests) + " tests  " + runview.Plural(len(s.camp.findings), "finding")
	if s.before != nil {
		text += "  against run " + runview.Short(s.before.run.ID)
	}
	return text
}

func target(t fuzz.TargetDoc) string {
	return strings.TrimSpace(ui.Plain(t.Name) + " " + ui.Plain(t.Version))
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
	if s.camp.known() && s.camp.look != nil {
		return "One case in every way to evaluate and differentiate it: directly, in reverse mode, in forward mode, and by central differences. e edits the input that i chose (its type, its shape, its values) and runs it at once; the heat map shows where in the Jacobian the modes differ, one step a decade; the chart shows the function along that input with the slope that each mode claims."
	}
	if s.camp.known() && s.camp.run.Kind == KindMinimise {
		return "A finding is made smaller while it shows the same: fewer arguments, smaller sizes, plainer options, types and numbers. Each line is a case that was kept, the last one first. One that ends its process has a new process for each trial. In the end its reproducer is written anew, in the folder of the campaign, and run."
	}
	switch s.view.Pane {
	case paneCase:
		return "The smallest case that shows the finding. Modes stand side by side, outputs down, inputs across; entries that differ are marked. Verdict and pattern say which mode stands alone against the others: scaled, transposed, sign, zero, NaN. enter looks at the case live."
	case paneCounters:
		return "Tests are cases, checks are evaluated comparisons of reverse, forward and numerical derivatives. Verdicts count what became of tests: what a filter took is no finding. SUBGRADIENT and NON_DIFF are kinks, DOMAIN is a neighbour outside the domain, ND_UNRELIABLE are differences that disagree among themselves."
	case paneCoverage:
		return "Families of APIs: how many have been tested, the tests and the findings in them. The matrix shows in which modes, with which types of elements and which kinds of values: the last shade is every API of the family that supports it, blank is none yet, / is what none supports. z zooms the pane."
	case paneCampaigns:
		return "All campaigns, the latest first; * is the one that is shown. enter opens another one, c sets the shown one against it: its findings are then new, gone or same."
	case paneSpeed:
		return "Checks a second and findings over the time of fuzzing. Shrinking and the verification of reproducers come after it and cost none. h and l move the cross-hair of both charts, + and - zoom, s smooths, y turns an axis to logarithms, i pins a readout."
	}
	return "One row for each root cause: how often it was seen, who is wrong, and whether it was seen again in fresh processes. y, n, u label it; with a second campaign (c in the list of campaigns, or two marked on the Runs screen) rows are new, gone or same."
}

// SaveView keeps what is shown and how.
func (s *Screen) SaveView() json.RawMessage {
	v := s.view
	v.Run, v.From = s.follow.ID(), s.from
	if s.before != nil {
		v.Before = s.before.run.ID
	}
	if key, _, ok := s.table.Cursor(); ok {
		v.Finding = key
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
	if v.Before.Valid() {
		s.before = newCampaign(v.Before)
		s.older.Await(v.Before)
	}
	s.fresh()
	if v.From.Valid() {
		s.from = v.From
	}
	s.table.Await(v.Finding)
}

// count writes a whole number with commas between the thousands.
func count(n int64) string {
	t := strconv.FormatInt(n, 10)
	for i := len(t) - 3; i > 0 && t[i-1] != '-'; i -= 3 {
		t = t[:i] + "," + t[i:]
	}
	return t
}
