package findings

import (
	"encoding/json"

	tea "charm.land/bubbletea/v2"

	"assay/core/query"
	"assay/core/run"
	"assay/tui/ui"
)

// Update takes replies, changes, and keys while a filter is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch msg := msg.(type) {
	case listLoaded:
		return s.listLoaded(msg)
	case rested:
		return nil, s.rested()
	case ui.DataChanged:
		s.counted = false
		return nil, s.load()
	case tea.KeyPressMsg:
		return nil, s.typeKey(msg)
	case tea.PasteMsg:
		s.input.Paste(msg.Content)
		return nil, s.setFilter(s.input.Text())
	}
	return nil, nil
}

// typeKey edits the filter; the list follows while it is typed.
func (s *Screen) typeKey(key tea.KeyPressMsg) tea.Cmd {
	s.clean = false
	if ui.KeyName(key) == "ctrl+t" {
		s.input.Set(query.ToggleFuzzy(s.input.Text()))
	} else if s.typing = s.c.TypeLine(s.ID(), &s.input, key); !s.typing && s.fault != nil {
		s.fault = nil // the list shows what was found before it
		s.input.Set("")
	}
	return s.setFilter(s.input.Text())
}

func (s *Screen) setFilter(text string) tea.Cmd {
	s.clean = false
	if text == s.filter {
		return nil
	}
	s.filter, s.anchor, s.counted = text, place{}, false
	s.table.Home()
	return s.load()
}

// labels are what the key goes through; the first takes the label away.
var labels = []string{"", "true", "false", "unsure"}

// Actions lists what can be done: in the focused pane, then on the screen.
func (s *Screen) Actions() []ui.Action {
	const scope = "findings"
	on := func(hint int, id, title string, do func(run.Found) ui.Intent, keys ...string) ui.Action {
		return ui.Action{ID: "findings." + id, Title: title, Keys: keys, Scope: scope, Group: "finding", Hint: hint,
			Enabled: func() (bool, string) { _, ok := s.current(); return ok, "there is no finding here" },
			Do: func() (ui.Intent, tea.Cmd) {
				f, ok := s.current()
				if !ok {
					return nil, nil
				}
				return do(f), nil
			}}
	}
	self := func(hint int, id, title string, do func() tea.Cmd, keys ...string) ui.Action {
		return ui.Action{ID: "findings." + id, Title: title, Keys: keys, Scope: scope, Group: "list", Hint: hint,
			Do: func() (ui.Intent, tea.Cmd) { s.clean = false; return nil, do() }}
	}
	out := append(s.moves(),
		on(1, "open", "open the run", func(f run.Found) ui.Intent { return ui.OpenRun{ID: f.Run} }, "enter"),
		self(2, "filter", "filter", func() tea.Cmd { s.typing = true; s.input.Set(s.filter); return nil }, "/"),
		on(3, "label", "say true, false, unsure or nothing", func(f run.Found) ui.Intent {
			word := labels[1]
			for i, l := range labels {
				if l == f.Label.Word {
					word = labels[(i+1)%len(labels)]
				}
			}
			return ui.LabelFinding{Run: f.Run, Finding: f.ID, Word: word, Note: f.Label.Note, Was: &f.Label}
		}, "l"),
		on(0, "copy", "copy finding, id, command or row", func(f run.Found) ui.Intent {
			offer := []ui.Copy{{Text: f.Title + " (" + string(f.Run) + " " + f.ID + ")", What: "the finding"}}
			if data, err := json.MarshalIndent(f, "", "  "); err == nil {
				offer = append(offer, ui.Copy{Text: string(data), What: "the finding as JSON"})
			}
			return ui.CopyRun{ID: f.Run, Offer: offer}
		}, "y"),
		self(4, "pane", "next pane", func() tea.Cmd { s.otherPane(); return nil }, "tab", "shift+tab"),
		self(0, "zoom", "zoom the pane", func() tea.Cmd { s.split.Zoomed = !s.split.Zoomed; s.arrange(); return nil }, "z"),
	)
	switch {
	case s.split.Focus == paneDetail || s.split.Zoomed:
		out = append(out, self(0, "back", "back to the list", func() tea.Cmd { s.split.Focus, s.split.Zoomed = paneList, false; s.arrange(); return nil }, "esc"))
	case s.filter != "":
		out = append(out, self(0, "clear", "clear the filter", func() tea.Cmd { s.input.Set(""); return s.setFilter("") }, "esc"))
	}
	return out
}

// moves are the keys of the pane that has the focus.
func (s *Screen) moves() []ui.Action {
	return ui.ListMoves(func(id, title string, rows func(*ui.Table), lines int, keys ...string) ui.Action {
		return ui.Action{ID: "findings.move." + id, Title: title, Keys: keys, Scope: s.split.Focus, Group: "move",
			Do: func() (ui.Intent, tea.Cmd) {
				if s.split.Focus == paneDetail {
					s.clean = false
					s.scroll = max(s.scroll+lines, 0) // drawing brings it back to the last page
					return nil, nil
				}
				rows(s.table)
				return nil, tea.Batch(s.moved(), s.follow())
			}}
	})
}

// Panes returns both panes.
func (s *Screen) Panes() []ui.Placed { return s.split.Panes() }

// FocusPane gives a pane the focus; one that has no room takes the body.
func (s *Screen) FocusPane(id string) tea.Cmd {
	s.split.Give(id, s.arrange)
	return nil
}

// Chosen is the run of the finding under the cursor, "" where there is none.
func (s *Screen) Chosen() run.ID {
	f, _ := s.current()
	return f.Run
}

// FocusedPane is the pane that has the focus.
func (s *Screen) FocusedPane() string { return s.split.Focus }

// Announce says the row under the cursor.
func (s *Screen) Announce() string { return s.table.Sentence() }

// GoTo puts the cursor on a row.
func (s *Screen) GoTo(to ui.Row) tea.Cmd {
	s.table.MoveTo(to.Of(s.table.Len()))
	return tea.Batch(s.moved(), s.follow())
}

func (s *Screen) otherPane() {
	s.split.Other()
	s.arrange()
}

// Catalog lists the actions of every pane, also those that are not possible now:
// for the key reference. They belong to screens of their own.
func (s *Screen) Catalog() []ui.Action {
	var out []ui.Action
	for _, state := range []func(*Screen){func(*Screen) {}, func(x *Screen) { x.split.Focus = paneDetail }, func(x *Screen) { x.filter = "x" }} {
		all := New(s.c, s.reader)
		state(all)
		out = append(out, all.Actions()...)
	}
	return out
}

// Click selects the row under the pointer, and opens its run the second time.
func (s *Screen) Click(x, y int, twice bool) (ui.Intent, tea.Cmd) {
	for _, p := range s.split.Placed {
		if x < p.X || x >= p.X+p.W || y < p.Y || y >= p.Y+p.H {
			continue
		}
		if s.split.Focus != p.ID {
			s.split.Focus = p.ID
			s.arrange()
		}
		line := y - p.Y
		if s.c.Framed() {
			line--
		}
		i, ok := s.table.RowAt(line)
		if p.ID != paneList || !ok {
			return nil, nil
		}
		s.table.MoveTo(i)
		cmd := s.moved()
		s.told, _ = s.current()
		if f, ok := s.current(); ok && twice {
			return ui.OpenRun{ID: f.Run}, cmd
		}
		return nil, cmd
	}
	return nil, nil
}

// Wheel moves the cursor of the list, or scrolls the text under the pointer.
func (s *Screen) Wheel(_, y, rows int) tea.Cmd {
	for _, p := range s.split.Placed {
		if p.ID == paneDetail && y >= p.Y && y < p.Y+p.H {
			s.clean = false
			s.scroll = max(s.scroll+rows, 0)
			return nil
		}
	}
	s.table.Move(rows)
	return tea.Batch(s.moved(), s.follow())
}
