package fuzzbench

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
	switch {
	case s.view.Pane == paneCampaigns && s.camp.single():
		return slices.Concat(s.listActions(), s.campaignActions(), []ui.Action{s.toCampaigns()}, s.runActions())
	case s.view.Pane == paneCampaigns:
		return slices.Concat(s.listActions(), s.campaignActions(), s.viewActions(), s.runActions())
	case s.camp.known() && s.camp.run.Kind == KindCase:
		return slices.Concat(s.lookActions(), s.textActions(), []ui.Action{s.toCampaigns()}, s.runActions())
	case s.camp.single():
		return slices.Concat(s.minimiseActions(), s.textActions(), []ui.Action{s.toCampaigns()}, s.runActions())
	}
	move := s.listActions()
	if s.view.Pane == paneCase || s.view.Pane == paneCoverage {
		move = s.textActions()
	}
	if s.view.Pane == paneSpeed {
		move = append(s.lens.Actions(func() { s.dirty = true }), move...)
	}
	return slices.Concat(move, s.findingActions(), s.viewActions(), s.runActions())
}

// act makes an action.
func (s *Screen) act(id, title, group string, hint int, do func() (ui.Intent, tea.Cmd), keys ...string) ui.Action {
	return ui.Action{ID: "fuzz." + id, Title: title, Keys: keys, Scope: "fuzz", Group: group, Hint: hint, Do: func() (ui.Intent, tea.Cmd) {
		s.dirty = true
		return do()
	}}
}

// sees makes an action that changes how things are shown.
func (s *Screen) sees(id, title string, hint int, do func(), keys ...string) ui.Action {
	return s.act(id, title, "view", hint, func() (ui.Intent, tea.Cmd) {
		do()
		s.relist()
		return nil, s.reading()
	}, keys...)
}

func (s *Screen) listActions() []ui.Action {
	return ui.ListMoves(func(id, title string, rows func(*ui.Table), _ int, keys ...string) ui.Action {
		return s.act("list."+id, title, "list", 0, func() (ui.Intent, tea.Cmd) {
			rows(s.moved())
			s.scroll = 0
			return nil, s.reading()
		}, keys...)
	})
}

// textActions scroll the case or the coverage.
func (s *Screen) textActions() []ui.Action {
	return ui.TextMoves(func(id, title string, lines int, keys ...string) ui.Action {
		return s.act("text."+id, title, "text", 0, func() (ui.Intent, tea.Cmd) {
			s.scroll = max(s.scroll+lines, 0)
			return nil, nil
		}, keys...)
	})
}

// moved is the table that keys move in.
func (s *Screen) moved() *ui.Table {
	if s.view.Pane == paneCampaigns {
		return s.all.table
	}
	return s.table
}

func (s *Screen) onFinding() (bool, string) {
	return s.current() != nil, "no finding is under the cursor"
}

// findingActions look at the finding under the cursor and label it.
func (s *Screen) findingActions() []ui.Action {
	say := func(id, title, word string, hint int, key string) ui.Action {
		return ui.When(s.act("label."+id, title, "label", hint, func() (ui.Intent, tea.Cmd) {
			f := s.current()
			if s.camp.labels[f.ID].Word == word {
				return ui.LabelFinding{Run: s.camp.run.ID, Finding: f.ID}, nil // again: taken back
			}
			return ui.LabelFinding{Run: s.camp.run.ID, Finding: f.ID, Word: word, Note: s.camp.labels[f.ID].Note}, nil
		}, key), s.onOwn)
	}
	return []ui.Action{
		ui.When(s.act("look", "look at the case", "finding", 1, func() (ui.Intent, tea.Cmd) { return s.look(s.current().Case) }, "enter"), func() (bool, string) {
			if ok, why := s.onFinding(); !ok {
				return ok, why
			}
			return s.current().Case != nil, "the case was not recorded"
		}),
		say("bug", "a bug", "bug", 2, "y"),
		say("no-bug", "no bug", "no-bug", 3, "n"),
		say("known", "known", "known", 0, "K"),
		say("unsure", "unsure", "unsure", 4, "u"),
		ui.When(s.act("label.note", "note on the label", "label", 0, s.askNote, "a"), func() (bool, string) {
			if ok, why := s.onOwn(); !ok {
				return ok, why
			}
			_, ok := s.camp.labels[s.current().ID]
			return ok, "label the finding first: y a bug  n no bug  u unsure"
		}),
		ui.When(s.act("reproduce", "the command that reproduces it", "finding", 9, func() (ui.Intent, tea.Cmd) {
			return ui.ShowLine{Line: "assay fuzz repro " + s.current().ID}, nil
		}, "R"), s.onFinding),
		ui.When(s.act("minimise", "shrink it further", "finding", 8, func() (ui.Intent, tea.Cmd) {
			return ui.StartRun{Kind: KindMinimise, Given: map[string]any{"finding": string(s.camp.run.ID) + "/" + s.current().ID}}, nil
		}, "M"), s.onOwn),
		ui.When(s.act("reproducer", "copy the path of the reproducer", "finding", 0, func() (ui.Intent, tea.Cmd) {
			return ui.Copy{Text: s.current().Reproducer, What: "path"}, nil
		}, "o"), func() (bool, string) {
			if ok, why := s.onFinding(); !ok {
				return ok, why
			}
			return s.current().Reproducer != "", "reproducers are written when the fuzzing is over"
		}),
	}
}

// onOwn asks for a finding of the campaign itself, not of the one it is compared with.
func (s *Screen) onOwn() (bool, string) {
	_, i, ok := s.table.Cursor()
	switch {
	case !ok || i >= len(s.list):
		return false, "no finding is under the cursor"
	case s.list[i].change == gone:
		return false, "it is a finding of the earlier campaign: open that to label it"
	}
	return true, ""
}

func (s *Screen) askNote() (ui.Intent, tea.Cmd) {
	f := s.current()
	l := s.camp.labels[f.ID]
	s.field = runview.NewField("note on "+f.ID, l.Note, func(text string) (ui.Intent, tea.Cmd) {
		return ui.LabelFinding{Run: s.camp.run.ID, Finding: f.ID, Word: l.Word, Note: strings.TrimSpace(text)}, nil
	})
	return nil, nil
}

// lookActions edit the case that is shown.
func (s *Screen) lookActions() []ui.Action {
	has := func() (bool, string) {
		if s.camp == nil || s.camp.look == nil {
			return false, "the case is not evaluated yet"
		}
		return len(s.camp.look.Case.Tensors()) > 0, "the case has no tensor"
	}
	return []ui.Action{
		ui.When(s.act("case.edit", "edit the input", "case", 1, s.edit, "e"), has),
		ui.When(s.act("case.input", "next input", "case", 2, func() (ui.Intent, tea.Cmd) {
			s.input = (s.input + 1) % len(s.camp.look.Case.Tensors())
			return nil, nil
		}, "i"), has),
		ui.When(s.act("case.again", "run it again", "case", 3, func() (ui.Intent, tea.Cmd) { return s.look(s.camp.look.Case) }, "r"), has),
		s.back(),
	}
}

// back goes to the campaign that a look or a shrinking was opened from.
func (s *Screen) back() ui.Action {
	return ui.When(s.act("case.back", "back to the campaign", "case", 4, func() (ui.Intent, tea.Cmd) { return ui.OpenRun{ID: s.from}, nil }, "backspace"), func() (bool, string) {
		return s.from != "", "it was not opened from a campaign"
	})
}

// minimiseActions are those of a finding that is shrunk.
func (s *Screen) minimiseActions() []ui.Action {
	return []ui.Action{
		ui.When(s.act("minimise.look", "look at the smallest case", "case", 1, func() (ui.Intent, tea.Cmd) { return s.look(s.camp.min.Case) }, "enter"), func() (bool, string) {
			return s.camp.known() && s.camp.min != nil, "the library is not started yet"
		}),
		s.back(),
	}
}

func (s *Screen) viewActions() []ui.Action {
	v := &s.view
	return []ui.Action{
		s.act("pane", "pane", "view", 10, func() (ui.Intent, tea.Cmd) { return nil, s.step(1) }, "tab"),
		s.act("pane-back", "pane before", "view", 0, func() (ui.Intent, tea.Cmd) { return nil, s.step(-1) }, "shift+tab"),
		s.toCampaigns(),
		s.sees("zoom", "zoom the pane", 0, func() { s.zoomed = !s.zoomed }, "z"),
		s.sees("which", "which findings", 5, func() { v.Which = ui.Next(choices, v.Which) }, "v"),
		s.sees("sort", "sort", 6, func() { v.Order = ui.Next(orders, v.Order) }, "s"),
		s.act("filter", "filter", "view", 7, s.askFilter, "/"),
	}
}

// toCampaigns shows the list of campaigns, and what was shown before when asked again.
func (s *Screen) toCampaigns() ui.Action {
	return s.act("campaigns", "campaigns", "view", 0, func() (ui.Intent, tea.Cmd) {
		if s.view.Pane == paneCampaigns {
			s.view.Pane = paneList
		} else {
			s.view.Pane = paneCampaigns
		}
		return nil, s.step(0)
	}, "L")
}

// step focuses another pane, and reads what it needs.
func (s *Screen) step(by int) tea.Cmd {
	s.view.Pane = panes[(slices.Index(panes, s.view.Pane)+by+len(panes))%len(panes)]
	s.scroll = 0
	return s.listing()
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
		return nil, nil
	})
	s.field.Past = s.c.History("fuzz")
	s.field.Change, s.field.Cancel = set, func() { set(before) }
	return nil, nil
}

// runActions are those of the run.
func (s *Screen) runActions() []ui.Action {
	return runview.Actions("fuzz", KindCampaign, func() (run.Run, bool) {
		if !s.camp.known() {
			return run.Run{}, false
		}
		return s.camp.run, true
	}, func() tea.Cmd {
		cmd := s.follow.Reload()
		s.fresh()
		return cmd
	})
}

// Catalog lists the actions of every pane, also those that are not possible now:
// for the key reference.
func (s *Screen) Catalog() []ui.Action {
	all := New(s.c, s.r)
	return slices.Concat(all.listActions(), all.textActions(), all.findingActions(), all.lookActions(), all.minimiseActions()[:1], all.campaignActions(), all.viewActions(), all.runActions())
}
