package runs

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Actions lists what can be done: in the focused pane, then on the screen.
func (s *Screen) Actions() []ui.Action {
	if s.focus == paneList {
		return append(s.listActions(), s.common()...)
	}
	return append(s.textActions(), s.common()...)
}

func (s *Screen) listActions() []ui.Action {
	const group = "list"
	moves := ui.ListMoves(func(id, title string, rows func(*ui.Table), _ int, keys ...string) ui.Action {
		return ui.Action{ID: "runs.list." + id, Title: title, Keys: keys, Scope: paneList, Group: group,
			Do: func() (ui.Intent, tea.Cmd) {
				if id == "last" {
					return nil, s.last() // of all runs, read or not
				}
				rows(s.table)
				return nil, s.moved()
			}}
	})
	mark := ui.Action{ID: "runs.list.mark", Title: "mark", Keys: []string{"space"}, Scope: paneList, Group: group, Hint: 3, Enabled: s.anyRun, Do: s.mark}
	return append(moves, []ui.Action{
		mark,
		{ID: "runs.list.range", Title: "mark from here to where it is pressed again", Keys: []string{"V"}, Scope: paneList, Group: group, Enabled: s.anyRow, Do: s.markRange},
		{ID: "runs.list.all", Title: "mark all that match", Keys: []string{"ctrl+a", "M"}, Scope: paneList, Group: group, Enabled: s.anyRun, Do: s.markAll},
		{ID: "runs.list.marked", Title: "next marked", Keys: []string{"m"}, Scope: paneList, Group: group,
			Enabled: func() (bool, string) { return len(s.table.Marks()) > 0, "no run is marked" },
			Do:      func() (ui.Intent, tea.Cmd) { s.table.NextMarked(); return nil, s.moved() }},
	}...)
}

// textActions scroll the pane that has the focus.
func (s *Screen) textActions() []ui.Action {
	move := func(id, title string, to func(), keys ...string) ui.Action {
		return ui.Action{ID: "runs.text." + id, Title: title, Keys: keys, Scope: s.focus, Group: "text",
			Do: func() (ui.Intent, tea.Cmd) { s.clean = false; to(); return nil, nil }}
	}
	by := func(n int) func() { return func() { s.scrollBy(s.focus, n) } }
	return []ui.Action{
		move("down", "down", by(1), "j", "down"),
		move("up", "up", by(-1), "k", "up"),
		move("half-down", "half a page down", by(6), "ctrl+d", "pgdown"),
		move("half-up", "half a page up", by(-6), "ctrl+u", "pgup"),
		move("first", "to the top", func() { s.scroll[s.focus] = 0 }, "g", "home"),
		move("last", "to the end", func() { s.scroll[s.focus] = atEnd }, "G", "end"),
	}
}

// scrollBy moves a text pane by lines from where it was drawn.
func (s *Screen) scrollBy(pane string, lines int) { s.scroll[pane] = max(s.tops[pane]+lines, 0) }

func (s *Screen) common() []ui.Action {
	const scope = "runs"
	on := func(hint int, id, title, group string, can func(run.Run) (bool, string), do func(run.Run) ui.Intent, keys ...string) ui.Action {
		return ui.Action{ID: "runs." + id, Title: title, Keys: keys, Scope: scope, Group: group, Hint: hint,
			Enabled: func() (bool, string) {
				r, ok := s.current()
				if !ok {
					return false, "there is no run here"
				}
				if can == nil {
					return true, ""
				}
				return can(r)
			},
			Do: func() (ui.Intent, tea.Cmd) {
				r, ok := s.current()
				if !ok {
					return nil, nil
				}
				return do(r), nil
			}}
	}
	self := func(hint int, id, title, group string, do func() tea.Cmd, keys ...string) ui.Action {
		return ui.Action{ID: "runs." + id, Title: title, Keys: keys, Scope: scope, Group: group, Hint: hint,
			Do: func() (ui.Intent, tea.Cmd) { s.clean = false; return nil, do() }}
	}
	cancel := on(0, "cancel", "cancel the run", "run", func(r run.Run) (bool, string) {
		return r.State.Live(), fmt.Sprintf("it is %s already", r.State)
	}, func(r run.Run) ui.Intent { return ui.CancelRun{ID: r.ID} }, "X")
	cancel.Danger = true
	remove := on(0, "delete", "delete the run", "run", func(r run.Run) (bool, string) {
		return !r.State.Live(), "cancel it first"
	}, func(r run.Run) ui.Intent { return ui.DeleteRun{ID: r.ID} }, "d")
	remove.Danger = true
	out := []ui.Action{
		{ID: "runs.open", Title: "open", Keys: []string{"enter"}, Scope: scope, Group: "run", Hint: 1,
			Enabled: s.anyRow, Do: s.open},
		self(2, "filter", "filter", "list", s.startFilter, "/"),
		{ID: "runs.compare", Title: "compare", Keys: []string{"c"}, Scope: scope, Group: "list", Hint: 4, Enabled: s.comparable, Do: s.compare},
		{ID: "runs.sort", Title: "sort", Keys: []string{"o"}, Scope: scope, Group: "list", Hint: 5, Do: s.chooseOrder},
		self(0, "reverse", "reverse the order", "list", func() tea.Cmd { return s.sort(order{s.sorting.by, !s.sorting.reverse}) }, "O"),
		self(0, "group", "group by bench, kind, state or day", "list", func() tea.Cmd { s.regroup(ui.Next(groupings(), s.group)); return tea.Batch(s.loadDetail(), s.whole()) }, "B"),
		{ID: "runs.new", Title: "new", Keys: []string{"n"}, Scope: scope, Group: "run", Hint: 6,
			Do: func() (ui.Intent, tea.Cmd) { return ui.OpenForm{}, nil }},
		on(0, "again", "new run with these parameters", "run", s.formable, s.again, "ctrl+n"),
		on(8, "params", "parameters", "run", nil, func(run.Run) ui.Intent { s.toggleParams(); return nil }, "i"),
		cancel,
		on(0, "resume", "resume the run", "run", func(r run.Run) (bool, string) {
			return r.State.Resumable(), fmt.Sprintf("it is %s", r.State)
		}, func(r run.Run) ui.Intent { return ui.ResumeRun{ID: r.ID} }, "r"),
		on(0, "pause", "pause, or let it go on", "run", func(r run.Run) (bool, string) {
			return r.State.Live() || r.State.Resumable(), fmt.Sprintf("it is %s", r.State)
		}, func(r run.Run) ui.Intent { return ui.PauseRun{ID: r.ID} }, "p"),
		remove,
		on(0, "command", "command line of the run", "run", nil, func(r run.Run) ui.Intent { return ui.ShowCommand{ID: r.ID} }, "R"),
		on(0, "copy", "copy id, command, result or row", "run", nil, func(r run.Run) ui.Intent { return ui.CopyRun{ID: r.ID} }, "y"),
		{ID: "runs.export", Title: "export", Keys: []string{"E"}, Scope: scope, Group: "run", Hint: 9, Enabled: s.anyRun, Do: s.export},
		on(0, "star", "star, or take the star away", "notes", nil, func(r run.Run) ui.Intent { return ui.StarRun{ID: r.ID, On: !r.Starred} }, "*"),
		on(0, "tags", "tags", "notes", nil, func(r run.Run) ui.Intent { return ui.EditTags{ID: r.ID} }, "t"),
		on(0, "note", "short note", "notes", nil, func(r run.Run) ui.Intent { return ui.EditNote{ID: r.ID} }, "a"),
		on(0, "note.editor", "note in the editor", "notes", nil, func(r run.Run) ui.Intent { return ui.EditNote{ID: r.ID, Editor: true} }, "e"),
		self(7, "pane.next", "pane", "panes", func() tea.Cmd { return s.cycle(1) }, "tab"),
		self(0, "pane.previous", "pane before", "panes", func() tea.Cmd { return s.cycle(-1) }, "shift+tab"),
		self(0, "zoom", "zoom the pane", "panes", func() tea.Cmd { s.zoomed = !s.zoomed; s.arrange(); return nil }, "z"),
	}
	if clear := s.clearable(); clear != "" {
		out = append(out, ui.Action{ID: "runs.clear", Title: clear, Keys: []string{"esc"}, Scope: scope, Group: "list", Do: s.clear})
	}
	return out
}

// open shows the run under the cursor, or folds the group whose head is there.
func (s *Screen) open() (ui.Intent, tea.Cmd) {
	r, ok := s.current()
	if !ok {
		s.fold()
		return nil, nil
	}
	return ui.OpenRun{ID: r.ID}, nil
}

func (s *Screen) current() (run.Run, bool) {
	_, i, ok := s.table.Cursor()
	if !ok || s.shown == nil {
		return run.Run{}, false
	}
	return s.shown.at(i)
}

func (s *Screen) anyRun() (bool, string) {
	_, ok := s.current()
	return ok, "there is no run here"
}

func (s *Screen) anyRow() (bool, string) { return s.table.Len() > 0, "there is no run here" }

func (s *Screen) mark() (ui.Intent, tea.Cmd) {
	s.table.Mark()
	s.arrange()
	return nil, nil
}

// markRange begins a range of marks, and the second time ends it.
func (s *Screen) markRange() (ui.Intent, tea.Cmd) {
	s.clean = false
	from := s.rangeFrom
	s.rangeFrom = ""
	if from == "" {
		s.rangeFrom, _, _ = s.table.Cursor()
		return nil, nil
	}
	return s.remark("a range of marks", func() {
		s.table.MarkRange(from)
		s.table.SetMarks(slices.DeleteFunc(s.table.Marks(), func(key string) bool { return strings.HasPrefix(key, headKey) }))
	}), nil
}

// markAll marks every run that matches the filter, those not read yet as well.
func (s *Screen) markAll() (ui.Intent, tea.Cmd) {
	if s.more {
		s.limit, s.allMarked = 0, true
		return nil, s.load()
	}
	return s.remark("marks on all that match", s.markMatching), nil
}

// markMatching marks all but a run that the filter hides.
func (s *Screen) markMatching() {
	marks := s.table.Marks()
	for _, r := range s.list {
		marks = append(marks, string(r.ID))
	}
	s.table.SetMarks(marks)
}

// remark changes marks in a way that can be taken back.
func (s *Screen) remark(what string, change func()) ui.Intent {
	before := s.table.Marks()
	set := func(do func()) { do(); s.arrange() }
	set(change)
	return ui.Undoable{What: what, Undo: func() tea.Cmd {
		set(func() { s.table.SetMarks(before) })
		return nil
	}}
}

func (s *Screen) comparable() (bool, string) {
	m := s.marked()
	if len(m) < 2 || len(m) > 8 {
		return false, "mark 2 to 8 runs first"
	}
	return true, ""
}

func (s *Screen) compare() (ui.Intent, tea.Cmd) {
	var ids []run.ID
	for _, r := range s.marked() {
		ids = append(ids, r.ID)
	}
	return ui.CompareRuns{IDs: ids}, nil
}

// export writes a report of the marked runs, or of the one under the cursor.
func (s *Screen) export() (ui.Intent, tea.Cmd) {
	r, ok := s.current()
	if !ok {
		return nil, nil
	}
	ids := []run.ID{r.ID}
	if can, _ := s.comparable(); can {
		ids = nil
		for _, m := range s.marked() {
			ids = append(ids, m.ID)
		}
	}
	return ui.ExportRuns{IDs: ids}, nil
}

func (s *Screen) startFilter() tea.Cmd {
	s.typing = true
	s.input.Set(s.filter)
	return nil
}

// chooseOrder offers the columns that the list can be sorted by, those that have no
// order with the reason. The one in force stands under the cursor; choosing it turns it.
func (s *Screen) chooseOrder() (ui.Intent, tea.Cmd) {
	in := ui.Choose{Title: "sort by", Do: func(i int) (ui.Intent, tea.Cmd) {
		by := sortable()[i]
		s.clean = false
		return nil, s.sort(order{by: by, reverse: by == s.sorting.by && !s.sorting.reverse})
	}}
	for i, by := range sortable() {
		if by == s.sorting.by {
			in.At = i
		}
		in.Options = append(in.Options, ui.Option{Title: string(by), Help: by.about()})
	}
	in.Options = append(in.Options, ui.Option{Title: "tags", Help: "The filter tag:word finds runs by a tag.", Why: "a run may have several"},
		ui.Option{Title: "bench", Help: "Groups say how many runs each has, and fold.", Why: "B groups by bench, kind, state and day"})
	return in, nil
}

func (s *Screen) sort(o order) tea.Cmd {
	s.sorting = o
	if s.shown != nil {
		s.shown = s.arranged()
		s.table.Sorted(s.shown)
	}
	return s.whole()
}

// whole reads what is missing for an order in which any run may be the first, or for
// groups.
func (s *Screen) whole() tea.Cmd {
	if !s.more || s.sorting == (order{by: byStarted}) && s.group == "" {
		return nil
	}
	s.limit, s.more = 0, false
	return s.load()
}

// formable says whether a form can be filled from a run.
func (s *Screen) formable(r run.Run) (bool, string) {
	if _, err := s.kinds.Find(r.Kind); err != nil {
		return false, err.Error()
	}
	if s.detail == nil || s.detail.run.ID != r.ID {
		return false, "its parameters are still being read"
	}
	return true, ""
}

func (s *Screen) again(r run.Run) ui.Intent {
	given, err := ui.GivenOf(s.detail.run, s.kinds)
	if err != nil {
		return ui.Notify{Level: run.Err, Err: err}
	}
	return ui.OpenForm{Kind: r.Kind, Given: given}
}

// toggleParams shows all parameters: in their pane, or over the whole body.
func (s *Screen) toggleParams() {
	if s.focus == paneParams {
		s.focus, s.zoomed = paneList, false
	} else {
		_, placed := s.rect(paneParams)
		s.focus, s.zoomed = paneParams, !placed
	}
	s.arrange()
}

// cycle moves the focus to another pane: among those shown, or among all where
// only one is.
func (s *Screen) cycle(by int) tea.Cmd {
	var panes []string
	for _, p := range s.placed {
		panes = append(panes, p.ID)
	}
	if len(panes) < 2 {
		panes = []string{paneList, paneDetail, paneParams, paneEvents}
	}
	for i, p := range panes {
		if p == s.focus {
			s.focus = panes[((i+by)%len(panes)+len(panes))%len(panes)]
			break
		}
	}
	s.arrange()
	return nil
}

// clearable says what esc would take back, "" for nothing.
func (s *Screen) clearable() string {
	switch {
	case s.focus != paneList || s.zoomed:
		return "back to the list"
	case s.rangeFrom != "":
		return "mark no range"
	case len(s.table.Marks()) > 0:
		return "clear the marks"
	case s.filter != "":
		return "clear the filter"
	}
	return ""
}

func (s *Screen) clear() (ui.Intent, tea.Cmd) {
	s.clean = false
	switch {
	case s.focus != paneList || s.zoomed:
		s.focus, s.zoomed = paneList, false
		s.arrange()
	case s.rangeFrom != "":
		s.rangeFrom = ""
	case len(s.table.Marks()) > 0:
		return s.remark("no marks", func() { s.table.SetMarks(nil) }), nil
	case s.filter != "":
		s.input.Set("")
		return nil, s.setFilter("")
	}
	return nil, nil
}
