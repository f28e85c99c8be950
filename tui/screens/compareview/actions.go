package compareview

import (
	tea "charm.land/bubbletea/v2"

	"assay/core/compare"
	"assay/tui/ui"
)

// Actions lists what can be done.
func (s *Screen) Actions() []ui.Action {
	const scope = "compare"
	act := func(hint int, id, title string, can func() (bool, string), do func() ui.Intent, keys ...string) ui.Action {
		return ui.Action{ID: "compare." + id, Title: title, Keys: keys, Scope: scope, Group: "compare", Hint: hint, Enabled: can,
			Do: func() (ui.Intent, tea.Cmd) { s.clean = false; return do(), nil }}
	}
	some := func() (bool, string) { return len(s.ids) > 1, "mark 2 to 8 runs on the Runs screen first" }
	none := func(do func()) func() ui.Intent { return func() ui.Intent { do(); return nil } }
	out := ui.ListMoves(func(id, title string, rows func(*ui.Table), _ int, keys ...string) ui.Action {
		a := act(0, "move."+id, title, nil, none(func() { rows(s.table) }), keys...)
		a.Group = "move"
		return a
	})
	if s.lined() && s.split.Focus == paneChart {
		out = append(s.lens.Actions(func() { s.clean = false }), out...)
	}
	out = append(out,
		act(1, "bench", "compare on the screen of the bench", some, func() ui.Intent { return ui.CompareRuns{IDs: s.ids, OnBench: true} }, "enter"),
		act(2, "filter", "filter", nil, none(func() { s.typing = true; s.input.Set(s.filter) }), "/"),
		act(3, "all", "all parameters and numbers, or those that matter", nil, none(func() { s.all = !s.all; s.fill() }), "="),
		act(0, "findings", "only A, only B, both: sets of findings", func() (bool, string) {
			return s.data != nil && len(s.data.Findings) > 0, "the runs have no findings"
		}, none(s.nextSet), "f"),
		act(4, "chart", "lines or bars", nil, none(func() { s.bars = !s.bars }), "x"),
		act(5, "export", "export", some, func() ui.Intent { return ui.ExportRuns{IDs: s.ids} }, "E"),
		act(0, "copy", "copy the row", func() (bool, string) { _, ok := s.current(); return ok, "there is no row here" }, s.copyRow, "y"),
		act(6, "pane", "next pane", nil, none(s.otherPane), "tab", "shift+tab"),
		act(0, "zoom", "zoom the pane", nil, none(func() { s.split.Zoomed = !s.split.Zoomed; s.arrange() }), "z"),
	)
	switch {
	case s.split.Focus == paneChart || s.split.Zoomed:
		out = append(out, act(0, "back", "back to the table", nil, none(func() { s.split.Focus, s.split.Zoomed = paneList, false; s.arrange() }), "esc"))
	case s.set != "":
		out = append(out, act(0, "rows", "all rows", nil, none(func() { s.set = ""; s.fill() }), "esc"))
	case s.filter != "":
		out = append(out, act(0, "clear", "clear the filter", nil, none(func() { s.input.Set(""); s.setFilter("") }), "esc"))
	}
	return out
}

// Panes returns both panes.
func (s *Screen) Panes() []ui.Placed { return s.split.Panes() }

// FocusPane gives a pane the focus; one that has no room takes the body.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.split.Give(id, s.arrange)
	return nil
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.split.Focus }

// Announce says the row under the cursor.
func (s *Screen) Announce() string { return s.table.Sentence() }

func (s *Screen) otherPane() {
	s.split.Other()
	s.arrange()
}

func (s *Screen) copyRow() ui.Intent {
	r, ok := s.current()
	if !ok {
		return nil
	}
	text := ""
	for i, c := range r.cells {
		if i > 0 {
			text += "\t"
		}
		text += c.Text
	}
	return ui.Copy{Text: text, What: "the row"}
}

// Catalog lists the actions of every state, also those that are not possible now:
// for the key reference. They belong to screens of their own.
func (s *Screen) Catalog() []ui.Action {
	var out []ui.Action
	for _, state := range []func(*Screen){func(*Screen) {}, func(x *Screen) { x.split.Focus = paneChart }, func(x *Screen) { x.filter = "x" }, func(x *Screen) { x.set = compare.Both }} {
		all := New(s.c, s.src, s.kinds)
		state(all)
		out = append(out, all.Actions()...)
	}
	return out
}
