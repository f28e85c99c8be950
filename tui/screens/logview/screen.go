package logview

import (
	"encoding/json"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Names of the panes, which are the scopes of their actions too.
const (
	paneLines  = "log.lines"
	paneFields = "log.fields"
)

// source is where lines come from.
type source string

const (
	fromRuns   source = "runs"   // events of the recent runs
	fromWorker source = "worker" // error output of the worker of one run
	fromScreen source = "screen" // this program
)

// Files says where logs lie. Either may be missing.
type Files struct {
	Screen string              // log of this program
	Worker func(run.ID) string // log of the worker of a run
}

// Screen shows logs. Make it with New.
type Screen struct {
	c      *ui.Context
	reader run.Reader
	files  Files

	w, h  int
	split ui.Split

	source source
	worker line // the line from which the worker's log was opened: names the run
	least  run.Level
	follow bool
	filter string
	input  ui.Input
	typing bool

	query  int
	seen   map[run.ID]int64 // last event of each run that is among lines
	size   int64            // of the file when it was read last
	lines  []line
	shown  []line
	table  *ui.Table
	scroll int
	fault  string

	misread string // what is wrong with the filter

	cache string
	clean bool
}

// New returns the screen.
func New(c *ui.Context, r run.Reader, files Files) *Screen {
	return &Screen{
		c: c, reader: r, files: files, split: ui.Split{
			Screen: "log", Title: "log", Focus: paneLines,
			List:  ui.Area{ID: paneLines, Min: 5, Weight: 3, Priority: 2},
			Below: ui.Area{ID: paneFields, Min: 4, Ideal: 7, Weight: 1, Priority: 1},
		},
		source: fromRuns, least: run.Info, follow: true,
		seen: map[run.ID]int64{},
		table: ui.NewTable([]ui.Column{
			{Title: "time", Min: 8, Ideal: 8, Priority: 5},
			{Title: "level", Min: 5, Ideal: 5, Priority: 4},
			{Title: "run", Min: 10, Ideal: 16, Priority: 3},
			{Title: "kind", Min: 5, Ideal: 8, Priority: 2},
			{Title: "text", Min: 38, Grow: 1, Priority: 9},
		}),
	}
}

// ID returns "log".
func (s *Screen) ID() string { return "log" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Log" }

// RunState says nothing.
func (s *Screen) RunState() string { return "" }

// Capturing reports whether a filter is being typed.
func (s *Screen) Capturing() bool { return s.typing }

// ContextLine says whose log is shown and how it is filtered.
func (s *Screen) ContextLine() string {
	if s.typing {
		return s.c.Theme.Paint("key", "/") + s.input.View(s.c, max(min(s.c.Width/2, 60), 10), true) +
			s.said()
	}
	text := "events of recent runs"
	switch s.source {
	case fromWorker:
		text = "worker of " + ui.Plain(s.worker.from)
	case fromScreen:
		text = "this screen"
	}
	if s.filter != "" {
		text += "  /" + ui.Plain(s.filter)
	}
	if s.misread != "" {
		text += "  (" + ui.Plain(s.misread) + ")"
	}
	text += "  " + s.least.Word() + " and above"
	if len(s.shown) == len(s.lines) {
		text += fmt.Sprintf("  %d lines", len(s.shown))
	} else {
		text += fmt.Sprintf("  %d of %d lines", len(s.shown), len(s.lines))
	}
	if s.follow {
		text += "  following"
	}
	return text
}

// said stands behind a filter that is being typed.
func (s *Screen) said() string {
	if s.misread != "" {
		return s.c.Theme.Paint("error", "  "+ui.Plain(s.misread))
	}
	return s.c.Theme.Paint("muted", fmt.Sprintf("  %d lines  enter keeps, esc clears", len(s.shown)))
}

// SetSize lays the panes out anew.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

func (s *Screen) arrange() {
	s.clean = false
	if w, h := s.split.Arrange(s.c, s.w, s.h); w > 0 {
		s.table.SetSize(w, h)
	}
}

// path is the file of the source.
func (s *Screen) path() string {
	switch {
	case s.source == fromScreen:
		return s.files.Screen
	case s.files.Worker != nil && s.worker.id != "":
		return s.files.Worker(s.worker.id)
	}
	return ""
}

// Focus reads the log.
func (s *Screen) Focus() tea.Cmd { return s.load() }

// Help says what the focused pane shows.
func (s *Screen) Help() string {
	if s.split.Focus == paneFields {
		return "Everything that the line under the cursor says: its text in full, then its fields."
	}
	return "What has happened, the newest at the bottom. w switches between the events of the recent runs, the log of the worker of the run under the cursor (its last words, where it died), and the log of this screen. l sets the least level, f follows the end, / keeps lines that hold every word, as on the Runs screen: level>=warn, kind:model, run:/^kv/ and fields such as tokens>1000 narrow it, a|b is either, a leading - excludes. E packs a support bundle out of log, doctor and settings, without data and secrets."
}

// view is what is kept of the screen.
type view struct {
	Filter string    `json:"filter,omitempty"`
	Least  run.Level `json:"least"`
	Follow bool      `json:"follow"`
	Own    bool      `json:"own,omitempty"` // the log of the screen was shown
}

// SaveView returns filter, level and source. Where the log of a worker was shown
// the events of the runs come back.
func (s *Screen) SaveView() json.RawMessage {
	data, err := json.Marshal(view{s.filter, s.least, s.follow, s.source == fromScreen})
	if err != nil {
		return nil // texts and numbers always marshal
	}
	return data
}

// RestoreView takes up what SaveView returned; what it cannot read it leaves out.
func (s *Screen) RestoreView(raw json.RawMessage) {
	var v view
	if json.Unmarshal(raw, &v) != nil {
		return
	}
	s.filter, s.least, s.follow = v.Filter, v.Least, v.Follow
	s.input.Set(v.Filter)
	if v.Own && s.files.Screen != "" {
		s.source = fromScreen
	}
}

// View draws the panes: from memory where nothing has changed.
func (s *Screen) View() string {
	if !s.clean {
		s.cache = strings.Join(s.split.Draw(s.c, s.listLines, func(w, h int) (string, []string) { return "line", s.fieldLines(w, h) }), "\n")
		s.clean = true
	}
	return s.cache
}

func (s *Screen) listLines(w, h int) []string {
	if len(s.shown) > 0 {
		return s.table.View(s.c, s.split.Focus == paneLines)
	}
	lines := []string{"", "Nothing was written here yet.", "", "Runs write events while they go on. Start one:", "", "n                      on the Runs screen", "assay kv blend --demo  from the shell"}
	switch {
	case s.fault != "":
		lines = []string{"", s.fault}
	case len(s.lines) > 0:
		lines = []string{"", "No line passes the filter.", "", "l  lower the level", "esc  clear the filter"}
	}
	var out []string
	for _, l := range lines {
		for _, part := range ui.Wrap(ui.Plain(l), max(w-4, 1)) {
			out = append(out, "  "+s.c.Theme.Paint("muted", part))
		}
	}
	return ui.Block(out, w, h)
}

// fieldLines shows the line under the cursor in full.
func (s *Screen) fieldLines(w, h int) []string {
	_, i, ok := s.table.Cursor()
	if !ok || i >= len(s.shown) {
		return nil
	}
	l := s.shown[i]
	var out []string
	head := l.level.Word()
	if !l.at.IsZero() {
		head = l.at.In(s.c.Now().Location()).Format("2006-01-02 15:04:05.000") + "  " + head
	}
	if l.kind != "" {
		head += "  " + l.kind
	}
	if l.from != "" {
		head += "  " + l.from
	}
	out = append(out, s.c.Theme.Paint("muted", ui.Cut(ui.Plain(head), w-1)))
	for _, part := range ui.Wrap(ui.Plain(l.text), w-1) {
		out = append(out, s.c.Theme.Paint(levelRole(l.level), part))
	}
	for _, f := range l.extra {
		for _, part := range ui.Wrap(ui.Plain(f.key+" "+f.value), w-1) {
			out = append(out, s.c.Theme.Paint("number", part))
		}
	}
	s.scroll = max(min(s.scroll, len(out)-h), 0)
	out = out[s.scroll:]
	for i := range out {
		out[i] = " " + out[i]
	}
	return out
}

// rows presents lines to the table.
type rows struct {
	c     *ui.Context
	lines []line
}

func (r rows) Len() int         { return len(r.lines) }
func (r rows) Key(i int) string { return r.lines[i].key }

func (r rows) Cells(i int) []ui.Cell {
	l := &r.lines[i]
	at := ""
	if !l.at.IsZero() {
		now := r.c.Now()
		t := l.at.In(now.Location())
		at = t.Format("15:04:05")
		if t.YearDay() != now.YearDay() || t.Year() != now.Year() {
			at = t.Format("02 Jan")
		}
	}
	role := levelRole(l.level)
	return []ui.Cell{
		{Text: at, Role: "muted"},
		{Text: l.level.Word(), Role: role},
		{Text: ui.Plain(l.from), Role: "muted"},
		{Text: ui.Plain(l.kind), Role: "muted"},
		{Text: ui.Plain(l.text), Role: role},
	}
}
