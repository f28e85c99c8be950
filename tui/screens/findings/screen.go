package findings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Names of the panes, which are the scopes of their actions too.
const (
	paneList   = "findings.list"
	paneDetail = "findings.detail"
)

// Screen is the list of findings. Make it with New.
type Screen struct {
	c      *ui.Context
	reader run.FindingReader

	w, h  int
	split ui.Split

	table   *ui.Table
	rows    *ui.Window[run.Found]
	anchor  place // of the row under the cursor, as last seen
	loaded  bool
	counted bool  // the number of rows holds: nothing was committed since, and the filter is the same
	fault   error // of the last read; the list is what was read before
	filter  string
	input   ui.Input
	typing  bool
	scroll  int

	told    run.Found // what the detail pane shows, of no run where there is nothing
	movedAt time.Time
	resting bool // told follows when the cursor rests

	query  int // generation of the newest query
	cancel context.CancelFunc

	cache string // the body as drawn last
	clean bool
}

// place names a finding in the list of all.
type place struct {
	Run run.ID `json:"run,omitempty"`
	Seq int64  `json:"seq,omitempty"`
}

func (p place) key() string { return fmt.Sprintf("%s/%d", p.Run, p.Seq) }

// New returns the screen, which reads through r.
func New(c *ui.Context, r run.FindingReader) *Screen {
	s := &Screen{c: c, reader: r, table: ui.NewTable(columns()), split: ui.Split{
		Screen: "findings", Title: "findings", Focus: paneList,
		List:  ui.Area{ID: paneList, Min: 5, Weight: 3, Priority: 2},
		Below: ui.Area{ID: paneDetail, Min: 5, Ideal: 8, Weight: 1, Priority: 1},
	}}
	s.rows = s.window(nil, 0, 0)
	return s
}

// window is the list as the table sees it.
func (s *Screen) window(items []run.Found, from, total int) *ui.Window[run.Found] {
	return &ui.Window[run.Found]{Total: total, From: from, Items: items, Draw: s.cells,
		Name: func(f *run.Found) string { return place{f.Run, f.Seq}.key() }}
}

// ID returns "findings".
func (s *Screen) ID() string { return "findings" }

// Title returns the word on the tab.
func (s *Screen) Title() string { return "Findings" }

// RunState says nothing: the list shows many runs.
func (s *Screen) RunState() string { return "" }

// Capturing reports whether a filter is being typed.
func (s *Screen) Capturing() bool { return s.typing }

// ContextLine says what is shown, or takes the filter while it is typed.
func (s *Screen) ContextLine() string {
	if s.typing {
		return s.c.Theme.Paint("key", "/") + s.input.View(s.c, max(min(s.c.Width/2, 60), 10), true) +
			s.c.Theme.Paint("muted", "  "+s.countText()+"  enter keeps, esc clears")
	}
	line := "newest first  " + s.countText()
	if s.filter != "" {
		line = "/" + ui.Plain(s.filter) + "  " + line
	}
	if n := s.table.Fresh(); n > 0 {
		line += fmt.Sprintf("  %d new (g)", n)
	}
	return line
}

func (s *Screen) countText() string {
	switch {
	case !s.loaded:
		return "reading"
	case s.rows.Total == 1:
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", s.rows.Total)
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

// Focus reads the list.
func (s *Screen) Focus() tea.Cmd { return s.load() }

// Help says what the focused pane shows.
func (s *Screen) Help() string {
	if s.split.Focus == paneDetail {
		return "What the run has recorded of the finding under the cursor: what it is, how grave, whether it was seen again, and what people have said of it."
	}
	return "What the benches have found in all runs, those of the newest run first: wrong answers, wrong gradients, crashes, wrong captions. Enter opens the run, l says what you think of it. " +
		"/ filters: words match title, category, signature and run; key:value matches one field (bench:kv, severity:high,critical, category:wrong-answer, confirmed:yes, label:none, run:x); a|b is either, a leading - excludes."
}

// view is what is kept of the screen.
type view struct {
	Cursor place  `json:"cursor"`
	Filter string `json:"filter,omitempty"`
	Focus  string `json:"focus,omitempty"`
	Zoomed bool   `json:"zoomed,omitempty"`
}

// SaveView returns cursor, filter, focus and zoom.
func (s *Screen) SaveView() json.RawMessage {
	data, err := json.Marshal(view{s.anchor, s.filter, s.split.Focus, s.split.Zoomed})
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
	s.filter, s.split.Zoomed = v.Filter, v.Zoomed
	s.input.Set(v.Filter)
	if v.Focus == paneDetail {
		s.split.Focus = paneDetail
	}
	if s.anchor = v.Cursor; s.anchor.Run != "" {
		s.table.Await(s.anchor.key())
	}
	s.arrange()
}

// listLoaded is the reply of load; its query drops those that come too late.
type listLoaded struct {
	query, from, total int
	items              []run.Found
	err                error
}

// load reads the window around the row under the cursor, wherever that is now.
func (s *Screen) load() tea.Cmd {
	if s.cancel != nil {
		s.cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.query++
	query, reader, anchor := s.query, s.reader, s.anchor
	f := run.FindingFilter{Text: s.filter, Limit: ui.WindowRows}
	key, at, ok := s.table.Cursor()
	if ok && key == "" && s.counted { // the cursor has jumped to where nothing was read
		total := s.rows.Total
		return func() tea.Msg {
			f.Skip, f.Of = ui.WindowStart(at), total
			items, err := reader.Findings(ctx, f)
			return listLoaded{query, f.Skip, total, items, err}
		}
	}
	if ok && key == "" {
		anchor = place{}
	}
	return func() tea.Msg {
		total, before, err := reader.CountFindings(ctx, f, anchor.Run, anchor.Seq)
		if err != nil {
			return listLoaded{query: query, err: err}
		}
		if anchor.Run != "" {
			at = before
		}
		f.Skip, f.Of = ui.WindowStart(min(at, max(total-1, 0))), total
		items, err := reader.Findings(ctx, f)
		return listLoaded{query, f.Skip, total, items, err}
	}
}

func (s *Screen) listLoaded(msg listLoaded) (ui.Intent, tea.Cmd) {
	if msg.query != s.query || errors.Is(msg.err, context.Canceled) {
		return nil, nil
	}
	s.clean = false
	if msg.err != nil {
		if s.fault != nil && s.fault.Error() == msg.err.Error() {
			return nil, nil // said already
		}
		s.fault = msg.err
		if s.typing {
			return nil, nil // shown beside the filter
		}
		return ui.Notify{Level: run.Err, Err: msg.err}, nil
	}
	s.fault, s.loaded, s.counted = nil, true, true
	s.rows = s.window(msg.items, msg.from, msg.total)
	s.table.SetRows(s.rows)
	cmd := s.moved()
	s.told, _ = s.current()
	return nil, cmd
}

// moved follows the cursor, and reads on where it comes near the end of what is held.
func (s *Screen) moved() tea.Cmd {
	s.clean, s.scroll = false, 0
	_, i, ok := s.table.Cursor()
	if !ok {
		s.anchor = place{}
		return nil
	}
	if f, held := s.rows.At(i); held {
		s.anchor = place{f.Run, f.Seq}
	}
	if s.rows.Covers(i) {
		return nil
	}
	return s.load()
}

// restsAfter is how long the cursor must stand for the detail pane to follow while
// a key is held: what nobody can read need not go over the link.
const restsAfter = 120 * time.Millisecond

// rested asks whether the cursor still moves.
type rested struct{}

// follow shows the finding under the cursor: at once, or when a key that is held
// is let go.
func (s *Screen) follow() tea.Cmd {
	now := s.c.Now()
	held := now.Sub(s.movedAt) < restsAfter
	s.movedAt = now
	switch {
	case !held:
		s.told, _ = s.current()
	case !s.resting:
		s.resting = true
		return s.rest(restsAfter)
	}
	return nil
}

func (s *Screen) rest(d time.Duration) tea.Cmd {
	sleep := s.c.Sleep
	return func() tea.Msg {
		if sleep(context.Background(), d) != nil {
			return nil
		}
		return rested{}
	}
}

// rested lets the detail pane follow where the cursor has come to rest.
func (s *Screen) rested() tea.Cmd {
	if left := restsAfter - s.c.Now().Sub(s.movedAt); left > 0 {
		return s.rest(left)
	}
	s.resting, s.clean = false, false
	s.told, _ = s.current()
	return nil
}

// current returns the finding under the cursor.
func (s *Screen) current() (run.Found, bool) {
	_, i, ok := s.table.Cursor()
	if !ok {
		return run.Found{}, false
	}
	f, held := s.rows.At(i)
	if !held {
		return run.Found{}, false
	}
	return *f, true
}
