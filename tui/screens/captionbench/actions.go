package captionbench

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// Actions lists what can be done now: in the focused pane, then on the screen.
func (s *Screen) Actions() []ui.Action {
	switch s.view.Pane {
	case paneDetail, paneFigures:
		return append(s.textActions(), s.common()...)
	}
	return append(s.listActions(), s.common()...)
}

// act makes an action.
func (s *Screen) act(id, title, group string, hint int, do func() (ui.Intent, tea.Cmd), keys ...string) ui.Action {
	return ui.Action{ID: "caption." + id, Title: title, Keys: keys, Scope: "caption", Group: group, Hint: hint, Do: func() (ui.Intent, tea.Cmd) {
		s.dirty = true
		return do()
	}}
}

// look makes an action that changes how things are shown and asks for nothing.
func (s *Screen) sees(id, title, group string, hint int, do func(), keys ...string) ui.Action {
	return s.act(id, title, group, hint, func() (ui.Intent, tea.Cmd) {
		do()
		s.relist()
		return nil, tea.Batch(s.moved(), s.transmit())
	}, keys...)
}

func (s *Screen) listActions() []ui.Action {
	return ui.ListMoves(func(id, title string, rows func(*ui.Table), _ int, keys ...string) ui.Action {
		return s.act("list."+id, title, "list", 0, func() (ui.Intent, tea.Cmd) {
			rows(s.table)
			s.scroll = 0
			return nil, s.moved()
		}, keys...)
	})
}

// textActions scroll the captions or the figures.
func (s *Screen) textActions() []ui.Action {
	return ui.TextMoves(func(id, title string, lines int, keys ...string) ui.Action {
		return s.act("text."+id, title, "text", 0, func() (ui.Intent, tea.Cmd) {
			s.scroll = max(s.scroll+lines, 0)
			return nil, nil
		}, keys...)
	})
}

// common are the actions of every pane.
func (s *Screen) common() []ui.Action {
	return slices.Concat(s.labelActions(), s.viewActions(), s.runActions())
}

func (s *Screen) onIssue() (bool, string) {
	p := s.current()
	switch {
	case p == nil:
		return false, "no pair is under the cursor"
	case !s.camp.issues[p.ID]:
		return false, "only issues are labelled"
	}
	return true, ""
}

func (s *Screen) onPair() (bool, string) { return s.current() != nil, "no pair is under the cursor" }

func (s *Screen) labelActions() []ui.Action {
	say := func(id, title, word string, whole bool, hint int, key string) ui.Action {
		return ui.When(s.act("label."+id, title, "label", hint, func() (ui.Intent, tea.Cmd) { return s.label(word, whole) }, key), s.onIssue)
	}
	return []ui.Action{
		say("true", "true", labelTrue, false, 1, "y"),
		say("false", "false, again: why", labelFalse, false, 2, "n"),
		say("unsure", "unsure", labelUnsure, false, 3, "u"),
		say("all-true", "true for the whole signature", labelTrue, true, 0, "Y"),
		say("all-false", "false for the whole signature", labelFalse, true, 0, "N"),
		ui.When(s.act("label.note", "note", "label", 10, s.askNote, "e"), func() (bool, string) {
			if ok, why := s.onIssue(); !ok {
				return ok, why
			}
			_, ok := s.camp.labels[s.current().ID]
			return ok, "label the issue first: y true  n false  u unsure"
		}),
		ui.When(s.act("label.undo", "undo the last label", "label", 0, func() (ui.Intent, tea.Cmd) { return nil, s.back() }, "U"), func() (bool, string) {
			return len(s.undo) > 0, "nothing was labelled here yet"
		}),
		ui.When(s.act("synonym", "teach a synonym", "label", 9, s.askSynonym, "a"), s.onPair),
	}
}

// askNote asks what there is to say of a label.
func (s *Screen) askNote() (ui.Intent, tea.Cmd) {
	p := s.current()
	l := s.camp.labels[p.ID]
	s.field = runview.NewField("note on "+p.ID, l.Note, func(text string) (ui.Intent, tea.Cmd) {
		return nil, s.write([]string{p.ID}, l.Word, strings.TrimSpace(text))
	})
	return nil, nil
}

// askSynonym asks for a word and the class that it means, and judges the captions
// of the campaign anew with it.
func (s *Screen) askSynonym() (ui.Intent, tea.Cmd) {
	p := s.current()
	s.field = runview.NewField("WORD = CLASS", surfaceOf(p)+" = "+p.Object, func(text string) (ui.Intent, tea.Cmd) {
		word, class, ok := strings.Cut(text, "=")
		word, class = strings.TrimSpace(word), strings.TrimSpace(class)
		if !ok || word == "" || class == "" {
			return ui.Notify{Level: run.Warn, Text: "a synonym is written WORD = CLASS, such as steer = cow"}, nil
		}
		return s.rejudge(word + "=" + class), nil
	})
	return nil, nil
}

func (s *Screen) viewActions() []ui.Action {
	v := &s.view
	return []ui.Action{
		s.sees("pane", "pane", "view", 11, func() { s.step(1) }, "tab"),
		s.sees("pane-back", "pane before", "view", 0, func() { s.step(-1) }, "shift+tab"),
		s.sees("zoom", "zoom the pane", "view", 0, func() { s.zoomed = !s.zoomed }, "z"),
		s.sees("which", "which pairs", "view", 4, func() { v.Which = ui.Next(choices, v.Which) }, "v"),
		s.sees("sort", "sort", "view", 5, func() { v.Order = ui.Next(orders, v.Order) }, "s"),
		s.sees("group", "one a signature", "view", 6, func() { v.Grouped = !v.Grouped }, "B"),
		s.act("filter", "filter", "view", 7, s.askFilter, "/"),
		s.sees("diff", "how captions are compared", "view", 8, func() { v.Reading = ui.Next(readings, v.Reading) }, "d"),
		s.sees("swap", "swap the pictures", "pictures", 12, func() { v.Swapped = !v.Swapped }, "b"),
		s.sees("close", "the object close up", "pictures", 13, func() { v.Close = !v.Close }, "space"),
		s.sees("boxes", "outline the objects", "pictures", 14, func() { v.Boxes = !v.Boxes }, "o"),
	}
}

// step focuses the next pane.
func (s *Screen) step(by int) {
	i := slices.Index(panes, s.view.Pane)
	s.view.Pane = panes[(i+by+len(panes))%len(panes)]
	s.scroll = 0
}

// askFilter narrows the list while it is typed.
func (s *Screen) askFilter() (ui.Intent, tea.Cmd) {
	before := s.view.Filter
	set := func(text string) {
		s.view.Filter = text
		s.relist()
	}
	s.field = runview.NewField("/", before, func(text string) (ui.Intent, tea.Cmd) {
		set(text)
		return nil, s.moved()
	})
	s.field.Past = s.c.History("caption")
	s.field.Change, s.field.Cancel = set, func() { set(before) }
	return nil, nil
}

// runActions are those of the campaign.
func (s *Screen) runActions() []ui.Action {
	return append([]ui.Action{
		ui.When(s.act("reproduce", "the command that repeats the pair", "run", 0, func() (ui.Intent, tea.Cmd) {
			return ui.ShowLine{Line: "assay caption repro " + string(s.camp.run.ID) + " " + s.current().ID + " --out " + s.current().ID}, nil
		}, "R"), s.onPair),
	}, runview.Actions("caption", KindRun, func() (run.Run, bool) {
		if !s.camp.known() {
			return run.Run{}, false
		}
		return s.camp.run, true
	}, s.reload)...)
}

func (s *Screen) reload() tea.Cmd {
	cmd := s.follow.Reload()
	s.fresh()
	return cmd
}

// Catalog lists the actions of every pane, also those that are not possible now:
// for the key reference.
func (s *Screen) Catalog() []ui.Action {
	all := New(s.c, s.r, s.painter)
	return slices.Concat(all.listActions(), all.textActions(), all.common())
}
