package logview

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Actions lists what can be done: in the focused pane, then on the screen.
func (s *Screen) Actions() []ui.Action {
	const scope, group = "log", "log"
	act := func(hint int, id, title string, do func() tea.Cmd, keys ...string) ui.Action {
		return ui.Action{ID: "log." + id, Title: title, Keys: keys, Scope: scope, Group: group, Hint: hint,
			Do: func() (ui.Intent, tea.Cmd) { s.clean = false; return nil, do() }}
	}
	open := ui.Action{ID: "log.open", Title: "open the run", Keys: []string{"o"}, Scope: scope, Group: group, Hint: 5, Enabled: s.hasRun,
		Do: func() (ui.Intent, tea.Cmd) { return ui.OpenRun{ID: s.current().id}, nil }}
	cp := ui.Action{ID: "log.copy", Title: "copy the line", Keys: []string{"y"}, Scope: scope, Group: group, Enabled: s.hasLine,
		Do: func() (ui.Intent, tea.Cmd) {
			l := s.current()
			parts := []string{l.text}
			for _, f := range l.extra {
				parts = append(parts, f.key+"="+f.value)
			}
			return ui.Copy{Text: strings.Join(parts, " "), What: "the line"}, nil
		}}
	bundle := ui.Action{ID: "log.bundle", Title: "support bundle", Keys: []string{"E"}, Scope: scope, Group: group, Hint: 7,
		Do: func() (ui.Intent, tea.Cmd) { return ui.SaveBundle{}, nil }}
	out := append(s.moves(),
		act(1, "filter", "filter", func() tea.Cmd { s.typing = true; s.input.Set(s.filter); return nil }, "/"),
		act(2, "level", "level", func() tea.Cmd { s.nextLevel(); return nil }, "l"),
		act(3, "follow", "follow", func() tea.Cmd { s.follow = !s.follow; s.refresh(); return nil }, "f"),
		act(4, "source", "whose log", s.nextSource, "w"),
		open, cp, bundle,
		act(6, "fields", "fields", func() tea.Cmd { s.toggleFields(); return nil }, "enter"),
		act(0, "pane", "next pane", func() tea.Cmd { s.otherPane(); return nil }, "tab", "shift+tab"),
		act(0, "zoom", "zoom the pane", func() tea.Cmd { s.split.Zoomed = !s.split.Zoomed; s.arrange(); return nil }, "z"),
	)
	switch {
	case s.split.Focus == paneFields || s.split.Zoomed:
		out = append(out, act(0, "lines", "back to the lines", func() tea.Cmd { s.split.Focus, s.split.Zoomed = paneLines, false; s.arrange(); return nil }, "esc"))
	case s.filter != "":
		out = append(out, act(0, "clear", "clear the filter", func() tea.Cmd { s.input.Set(""); s.setFilter(""); return nil }, "esc"))
	case s.source == fromWorker:
		out = append(out, act(0, "runs", "back to the events", func() tea.Cmd { return s.from(fromRuns) }, "esc"))
	}
	return out
}

// moves are the keys of the pane that has the focus.
func (s *Screen) moves() []ui.Action {
	return ui.ListMoves(func(id, title string, rows func(*ui.Table), lines int, keys ...string) ui.Action {
		return ui.Action{ID: "log.move." + id, Title: title, Keys: keys, Scope: s.split.Focus, Group: "move",
			Do: func() (ui.Intent, tea.Cmd) {
				s.clean = false
				if s.split.Focus == paneFields {
					s.scroll = max(s.scroll+lines, 0) // drawing brings it back to the last page
					return nil, nil
				}
				rows(s.table)
				s.scroll = 0
				_, i, _ := s.table.Cursor()
				s.follow = i == s.table.Len()-1 // following means being at the end
				return nil, nil
			}}
	})
}

func (s *Screen) current() line {
	_, i, ok := s.table.Cursor()
	if !ok || i >= len(s.shown) {
		return line{}
	}
	return s.shown[i]
}

func (s *Screen) hasLine() (bool, string) { return len(s.shown) > 0, "there is no line here" }

func (s *Screen) hasRun() (bool, string) { return s.current().id != "", "the line is of no run" }

func (s *Screen) nextLevel() {
	switch s.least {
	case run.Debug:
		s.least = run.Info
	case run.Info:
		s.least = run.Warn
	case run.Warn:
		s.least = run.Err
	default:
		s.least = run.Debug
	}
	s.refresh()
}

// nextSource goes from events to the worker of the run under the cursor, to this
// screen, and back; sources without a file are left out.
func (s *Screen) nextSource() tea.Cmd {
	switch s.source {
	case fromRuns:
		if l := s.current(); l.id != "" && s.files.Worker != nil {
			s.worker = l
			return s.from(fromWorker)
		}
		if s.files.Screen != "" {
			return s.from(fromScreen)
		}
	case fromWorker:
		if s.files.Screen != "" {
			return s.from(fromScreen)
		}
		return s.from(fromRuns)
	case fromScreen:
		return s.from(fromRuns)
	}
	return nil
}

// toggleFields gives the fields the focus; where they have no room they take the
// whole body.
func (s *Screen) toggleFields() {
	if s.split.Focus == paneFields {
		s.split.Focus, s.split.Zoomed = paneLines, false
	} else {
		s.split.Zoomed = len(s.split.Placed) < 2
		s.split.Focus = paneFields
	}
	s.scroll = 0
	s.arrange()
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

// GoTo puts the cursor on a row.
func (s *Screen) GoTo(to ui.Row) tea.Cmd {
	s.clean, s.follow = false, false
	s.table.MoveTo(to.Of(s.table.Len()))
	return nil
}

func (s *Screen) otherPane() {
	s.split.Other()
	s.arrange()
}
