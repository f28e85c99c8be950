package compareview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/bench"
	"assay/core/compare"
	"assay/core/run"
	"assay/tui/ui"
)

// Names of the panes, which are the scopes of their actions too.
const (
	paneList  = "compare.list"
	paneChart = "compare.chart"
)

// Screen compares runs. Make it with New.
type Screen struct {
	c     *ui.Context
	src   compare.Source
	kinds bench.Registry

	w, h  int
	split ui.Split

	ids    []run.ID
	data   *compare.Comparison // nil until it was read
	fault  error
	all    bool // also equal parameters and numbers deep in lists
	bars   bool // bars, where there are lines too
	lens   ui.Lens
	set    compare.Set // of findings that are shown alone; "" shows all rows
	filter string
	input  ui.Input
	typing bool
	table  *ui.Table
	rows   []row

	query  int
	cancel context.CancelFunc

	cache string
	clean bool
}

// New returns the screen. It reads through src and knows documents by kinds.
func New(c *ui.Context, src compare.Source, kinds bench.Registry) *Screen {
	return &Screen{c: c, src: src, kinds: kinds, table: ui.NewTable(columns(0)), split: ui.Split{
		Screen: "compare", Title: "compare", Focus: paneList,
		List:  ui.Area{ID: paneList, Min: 6, Weight: 3, Priority: 2},
		Below: ui.Area{ID: paneChart, Min: 7, Ideal: 9, Weight: 2, Priority: 1},
	}}
}

// ID returns "compare".
func (s *Screen) ID() string { return "compare" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Compare" }

// RunState says nothing: there are several runs.
func (s *Screen) RunState() string { return "" }

// Capturing reports whether a filter is being typed.
func (s *Screen) Capturing() bool { return s.typing }

// ContextLine says what is compared, or takes the filter while it is typed.
func (s *Screen) ContextLine() string {
	switch {
	case s.typing:
		return s.c.Theme.Paint("key", "/") + s.input.View(s.c, max(min(s.c.Width/2, 60), 10), true) +
			s.c.Theme.Paint("muted", fmt.Sprintf("  %d rows  enter keeps, esc clears", len(s.rows)))
	case len(s.ids) == 0:
		return "nothing is compared yet"
	case s.data == nil:
		return "reading"
	}
	text := fmt.Sprintf("%d runs against A  %d rows", len(s.data.Runs), len(s.rows))
	if s.filter != "" {
		text = "/" + ui.Plain(s.filter) + "  " + text
	}
	if s.all {
		text += "  all"
	}
	if s.set != "" {
		text += "  findings: " + string(s.set)
	} else if sets := s.data.Sets(); len(sets) > 0 {
		var words []string
		for _, n := range sets {
			words = append(words, fmt.Sprintf("%d %s", n.N, n.Set))
		}
		text += "  findings: " + strings.Join(words, ", ")
	}
	return text
}

// SetSize lays the panes out anew.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

func (s *Screen) arrange() {
	s.clean = false
	if w, h := s.split.Arrange(s.c, s.w, s.h); w > 0 {
		s.table.SetSize(w, max(h-s.heads(h), 1))
	}
}

// heads is how many lines of a list of h name the runs.
func (s *Screen) heads(h int) int {
	if s.data == nil {
		return 0
	}
	return min(len(s.data.Runs), max(h-4, 0))
}

// Compare shows runs against each other; the command reads them.
func (s *Screen) Compare(ids []run.ID) tea.Cmd {
	s.ids, s.data, s.fault, s.set, s.clean = ids, nil, nil, "", false
	s.table = ui.NewTable(columns(len(ids)))
	s.fill()
	return s.load()
}

// General says that runs of every kind are compared here.
func (s *Screen) General() {}

// Focus reads what is compared.
func (s *Screen) Focus() tea.Cmd { return s.load() }

type loaded struct {
	query int
	data  *compare.Comparison
	err   error
}

func (s *Screen) load() tea.Cmd {
	if len(s.ids) == 0 {
		return nil
	}
	if s.cancel != nil {
		s.cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.query++
	query, src, kinds, ids := s.query, s.src, s.kinds, s.ids
	return func() tea.Msg {
		c, err := compare.Read(ctx, src, kinds, ids)
		return loaded{query, c, err}
	}
}

// live reports whether one of the runs may still change.
func (s *Screen) live() bool {
	if s.data == nil {
		return true
	}
	for _, r := range s.data.Runs {
		if r.State.Live() {
			return true
		}
	}
	return false
}

// Update takes replies, changes, and keys while a filter is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch msg := msg.(type) {
	case loaded:
		if msg.query != s.query || errors.Is(msg.err, context.Canceled) {
			return nil, nil
		}
		s.clean = false
		s.fault = msg.err
		if msg.err != nil {
			return nil, nil // shown in the place of the table
		}
		s.data = msg.data
		s.fill()
	case ui.DataChanged:
		if s.live() {
			return nil, s.load()
		}
	case tea.KeyPressMsg:
		s.typeKey(msg)
	case tea.PasteMsg:
		s.input.Paste(msg.Content)
		s.setFilter(s.input.Text())
	}
	return nil, nil
}

func (s *Screen) typeKey(key tea.KeyPressMsg) {
	s.typing = s.c.TypeLine(s.ID(), &s.input, key)
	s.setFilter(s.input.Text())
}

func (s *Screen) setFilter(text string) {
	s.filter, s.clean = text, false
	s.fill()
}

// Help says what the focused pane shows.
func (s *Screen) Help() string {
	if s.split.Focus == paneChart {
		return "The number under the cursor for every run on one axis: lines over ratio, layer or step where it has one, else bars with their 95 % intervals; x on the list changes between the two. On lines h and l move the cross-hair, + and - zoom, x and y turn an axis to logarithms, s smooths, i pins a readout, space hides a series that J and K choose."
	}
	return "Runs against the first of them, A. First the parameters that differ (= shows all), then every number: its value, the difference to A, and better, worse or same where both have a 95 % interval; same means that the intervals overlap. " +
		"Last the causes among their findings, by signature, with how often each run has met them and which runs those are: only A, only B, both; f shows one of these sets after the other. / filters by words, enter opens the comparison of the bench, E writes a report."
}

type view struct {
	IDs    []run.ID `json:"ids,omitempty"`
	Filter string   `json:"filter,omitempty"`
	All    bool     `json:"all,omitempty"`
	Cursor string   `json:"cursor,omitempty"`
}

// SaveView returns what is compared, filter and cursor.
func (s *Screen) SaveView() json.RawMessage {
	key, _, _ := s.table.Cursor()
	data, err := json.Marshal(view{s.ids, s.filter, s.all, key})
	if err != nil {
		return nil // texts always marshal
	}
	return data
}

// RestoreView takes up what SaveView returned; what it cannot read it leaves out.
func (s *Screen) RestoreView(raw json.RawMessage) {
	var v view
	if json.Unmarshal(raw, &v) != nil || len(v.IDs) > compare.Most {
		return
	}
	s.ids, s.filter, s.all = v.IDs, v.Filter, v.All
	s.input.Set(v.Filter)
	s.table = ui.NewTable(columns(len(s.ids)))
	s.table.Await(v.Cursor)
	s.arrange()
}
