package gpuview

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/telemetry"
	"assay/tui/ui"
)

// Names of the panes, which are the scopes of their actions too.
const (
	paneCards  = "gpu.cards"
	paneCharts = "gpu.charts"
	paneHost   = "gpu.host"
	paneProcs  = "gpu.procs"
)

var panes = []string{paneCards, paneCharts, paneHost, paneProcs}

// Source gives samples of the machine; *telemetry.Feed is one. Its methods are
// called from commands.
type Source interface {
	telemetry.Source
	// Restart begins to measure anew: a driver may have come or gone.
	Restart()
}

// Screen shows the machine. Make it with New.
type Screen struct {
	c      *ui.Context
	source Source

	w, h   int
	placed []ui.Placed
	focus  string
	zoomed bool

	reading   telemetry.Reading
	shownAt   time.Time // when reading was handed over: ages are told against it
	listening bool      // a command waits for the next sample
	drawn     bool      // since the last sample
	history   history
	metric    metric
	cross     float64 // second of the history where charts are read out; NaN for now

	cards  *ui.Table
	procs  *ui.Table
	scroll int // of the host pane

	cache  string // the body as drawn last
	clean  bool
	charts chartCache
}

// New returns the screen. It asks source for samples while it is in front.
func New(c *ui.Context, source Source) *Screen {
	return &Screen{
		c: c, source: source, focus: paneCards, cross: math.NaN(),
		cards: ui.NewTable(cardColumns()), procs: ui.NewTable(procColumns()),
	}
}

// ID returns "gpu".
func (s *Screen) ID() string { return "gpu" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "GPU" }

// RunState says nothing: the machine is no run.
func (s *Screen) RunState() string { return "" }

// Capturing reports false: nothing is typed here.
func (s *Screen) Capturing() bool { return false }

// ContextLine says what there is, and how old it is where it is.
func (s *Screen) ContextLine() string {
	r := &s.reading
	if r.Fault != nil {
		text := "not measuring: " + ui.Plain(r.Fault.Error())
		if age := r.Age(s.shownAt); age > 0 {
			text = telemetry.Old(age) + "  " + text
		}
		return text + "  (r tries again)"
	}
	if !r.Known() {
		return "measuring"
	}
	if age := r.Age(s.shownAt); age > 0 {
		return "the sampler is late: figures are " + telemetry.Old(age)
	}
	g := &r.Sample.GPU
	var text string
	n := physical(g.Cards)
	switch {
	case g.State == telemetry.Starting:
		text = "the driver has not answered yet"
	case n == 0:
		text = "no card: the host alone, every second"
	case n == 1:
		text = "1 card"
	default:
		text = fmt.Sprintf("%d cards", n)
	}
	switch age := r.CardsAge(s.shownAt); {
	case g.State == telemetry.Failed:
		text += "  " + telemetry.Old(age) + "  the driver fails: " + ui.Plain(g.Reason)
	case g.LateMs > 0:
		text += "  the driver is late by " + shortSpan(g.Late())
		if age > 0 {
			text += ", figures are " + telemetry.Old(age)
		}
	case n > 0:
		text += "  driver " + known(ui.Plain(g.Driver)) + "  every second"
	}
	return text
}

func known(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// physical counts cards without their instances.
func physical(cards []telemetry.Card) int {
	n := 0
	for i := range cards {
		if cards[i].Instance == "" {
			n++
		}
	}
	return n
}

// SetSize lays the panes out anew.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// arrange places the panes for the size, the focus, the zoom and what there is to show.
func (s *Screen) arrange() {
	s.clean = false
	s.charts.clean = false
	s.placed = s.place()
	if _, ok := s.rect(s.focus); !ok { // it has no place at this size: it takes the whole body while it has the focus
		s.placed = s.alone()
	}
	if r, ok := s.rect(paneCards); ok {
		w, h := s.c.Inner(r.W, r.H)
		s.cards.SetSize(w, max(h-s.readoutHeight(h), 1))
	}
	if r, ok := s.rect(paneProcs); ok {
		s.procs.SetSize(s.c.Inner(r.W, r.H))
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

// alone gives the focused pane the whole body.
func (s *Screen) alone() []ui.Placed {
	return ui.Compute(s.w, s.h, ui.Area{Areas: []ui.Area{{ID: s.focus}}}, s.c.Framed())
}

// place decides which panes are shown where. Charts need a medium terminal.
func (s *Screen) place() []ui.Placed {
	if s.zoomed || ui.WidthClass(s.c.Width) == ui.Tiny || ui.HeightClass(s.c.Height) == ui.Tiny {
		return s.alone()
	}
	// Frame or rule, header, a row per card, two lines about the one under the cursor.
	chrome := 2
	if s.c.Framed() {
		chrome = 3
	}
	rows := max(len(s.reading.Sample.GPU.Cards), 1)
	if s.absent() {
		rows = 4
	}
	cards := ui.Area{ID: paneCards, Min: min(rows, 8) + chrome, Ideal: min(rows, 16) + chrome + 2, Priority: 9}
	host := ui.Area{ID: paneHost, Min: 4, Ideal: chrome + 3, Priority: 7}
	procs := ui.Area{ID: paneProcs, Min: 4, Ideal: 8, Weight: 1, Priority: 8}
	if !s.c.Framed() {
		return s.c.Place("gpu", s.w, s.h, ui.Area{Areas: []ui.Area{cards, host, procs}})
	}
	charts := ui.Area{ID: paneCharts, Min: 9, Ideal: 11, Weight: 3, Priority: 5}
	if ui.WidthClass(s.c.Width) == ui.Large {
		host.Min, host.Ideal, host.Weight = 60, 92, 0
		procs.Min, procs.Weight = 60, 1
		below := ui.Area{Across: true, Min: 6, Ideal: 10, Weight: 1, Priority: 8, Areas: []ui.Area{host, procs}}
		return s.c.Place("gpu", s.w, s.h, ui.Area{Areas: []ui.Area{cards, charts, below}})
	}
	return s.c.Place("gpu", s.w, s.h, ui.Area{Areas: []ui.Area{cards, charts, host, procs}})
}

// absent reports whether there is no half of the cards to show.
func (s *Screen) absent() bool {
	g := &s.reading.Sample.GPU
	return s.reading.Known() && len(g.Cards) == 0
}

// Focus begins to ask for samples.
func (s *Screen) Focus() tea.Cmd {
	s.drawn = true
	s.clean = false
	return s.listen()
}

// Help says what the focused pane shows.
func (s *Screen) Help() string {
	switch s.focus {
	case paneCharts:
		return "The last ten minutes: one chart a card, and the host. m shows utilisation and memory, temperature, power, clock or PCIe traffic; h and l read values at a moment, 0 comes back to now. " +
			"A gap is time when this screen was not in front: nothing is measured then."
	case paneHost:
		return "The processors and memory of this machine. Busy is the share of all processors, busiest that of the one used most; waiting is time idle for a disk, stolen is taken by other guests of the host below. " +
			"Limits are those of the control group around this program: a container or a batch job. Throttled is the share of scheduling periods that were cut short."
	case paneProcs:
		return "Processes of this program, its workers first, then those of others with memory on a card. A processor that is fully used is 100%. enter opens the run of a worker, y copies the number of the process."
	}
	return "One line a card: utilisation (low below 10%, high from 75%), memory (high from 80%), temperature (hot from where the card slows itself down), power and its limit, clock, why the clock is held down, PCIe traffic. " +
		"Instances of a partitioned card (MIG) stand under it and have no utilisation. A dash is a figure that is not to be had; the lines below say why. The order is the driver's, which need not be CUDA's: y copies the UUID."
}

// view is what is kept of the screen.
type view struct {
	Focus  string `json:"focus,omitempty"`
	Zoomed bool   `json:"zoomed,omitempty"`
	Metric string `json:"metric,omitempty"`
	Card   string `json:"card,omitempty"`
}

// SaveView returns focus, zoom, the metric of the charts and the card.
func (s *Screen) SaveView() json.RawMessage {
	v := view{Focus: s.focus, Zoomed: s.zoomed, Metric: s.metric.id()}
	if key, _, ok := s.cards.Cursor(); ok {
		v.Card = key
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
	for _, p := range panes {
		if v.Focus == p {
			s.focus = p
		}
	}
	s.zoomed = v.Zoomed
	s.metric = metricOf(v.Metric)
	s.cards.Await(v.Card)
	s.arrange()
}
