package gpuview

import (
	"math"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// Actions lists what can be done: in the focused pane, then on the screen.
func (s *Screen) Actions() []ui.Action {
	const scope = "gpu"
	act := func(hint int, id, title, group string, do func() tea.Cmd, keys ...string) ui.Action {
		return ui.Action{ID: "gpu." + id, Title: title, Keys: keys, Scope: scope, Group: group, Hint: hint,
			Do: func() (ui.Intent, tea.Cmd) { s.clean = false; return nil, do() }}
	}
	metric := act(3, "metric", "metric", "charts", func() tea.Cmd { s.metric = s.metric.next(); s.charts.clean = false; return nil }, "m")
	metric.Enabled = func() (bool, string) {
		return physical(s.reading.Sample.GPU.Cards) > 0, "there is no card here; the host has one chart"
	}
	out := append(s.moves(), s.copies()...)
	out = append(out,
		metric,
		act(4, "restart", "measure anew", "gpu", s.restart, "r"),
		act(5, "pane.next", "pane", "panes", func() tea.Cmd { s.cycle(1); return nil }, "tab"),
		act(0, "pane.previous", "pane before", "panes", func() tea.Cmd { s.cycle(-1); return nil }, "shift+tab"),
		act(6, "zoom", "zoom", "panes", func() tea.Cmd { s.zoomed = !s.zoomed; s.arrange(); return nil }, "z"),
	)
	if s.zoomed || s.focus != paneCards {
		out = append(out, act(0, "back", "back to the cards", "panes", func() tea.Cmd {
			s.zoomed, s.focus = false, paneCards
			s.arrange()
			return nil
		}, "esc"))
	}
	return out
}

// moves are the keys of the pane that has the focus.
func (s *Screen) moves() []ui.Action {
	move := func(id, title string, do func(), keys ...string) ui.Action {
		return ui.Action{ID: "gpu.move." + id, Title: title, Keys: keys, Scope: s.focus, Group: "move",
			Do: func() (ui.Intent, tea.Cmd) { s.clean, s.charts.clean = false, false; do(); return nil, nil }}
	}
	if s.focus == paneHost {
		return []ui.Action{
			move("down", "down", func() { s.scroll++ }, "j", "down"),
			move("up", "up", func() { s.scroll = max(s.scroll-1, 0) }, "k", "up"),
		}
	}
	t := s.cards
	if s.focus == paneProcs {
		t = s.procs
	}
	out := ui.ListMoves(func(id, title string, rows func(*ui.Table), _ int, keys ...string) ui.Action {
		return move(id, title, func() { rows(t) }, keys...)
	})
	if s.focus == paneCharts {
		out = append(out,
			move("earlier", "earlier", func() { s.readAt(-1) }, "h", "left"),
			move("later", "later", func() { s.readAt(1) }, "l", "right"),
			move("now", "back to now", func() { s.cross = math.NaN() }, "0"),
		)
	}
	return out
}

// copies are what can be taken from the row under the cursor.
func (s *Screen) copies() []ui.Action {
	if s.focus == paneProcs {
		return []ui.Action{
			{ID: "gpu.open", Title: "open the run", Keys: []string{"enter"}, Scope: paneProcs, Group: "processes", Hint: 1,
				Enabled: func() (bool, string) { _, ok := s.currentRun(); return ok, "this process is no worker of a run" },
				Do:      func() (ui.Intent, tea.Cmd) { id, _ := s.currentRun(); return ui.OpenRun{ID: id}, nil }},
			{ID: "gpu.copy.pid", Title: "copy the number", Keys: []string{"y"}, Scope: paneProcs, Group: "processes", Hint: 2,
				Enabled: func() (bool, string) { _, ok := s.current(); return ok, "there is no process here" },
				Do: func() (ui.Intent, tea.Cmd) {
					p, _ := s.current()
					return ui.Copy{Text: strconv.Itoa(p.PID), What: "the number of the process"}, nil
				}},
		}
	}
	uuid := func() string {
		_, i, ok := s.cards.Cursor()
		if !ok || i >= len(s.reading.Sample.GPU.Cards) {
			return ""
		}
		return s.reading.Sample.GPU.Cards[i].UUID
	}
	return []ui.Action{{ID: "gpu.copy.uuid", Title: "copy the UUID", Keys: []string{"y"}, Scope: s.focus, Group: "cards", Hint: 1,
		Enabled: func() (bool, string) { return uuid() != "", "there is no card with a UUID here" },
		Do:      func() (ui.Intent, tea.Cmd) { return ui.Copy{Text: uuid(), What: "the UUID of the card"}, nil }}}
}

// cycle moves the focus to another pane, whether it is shown or not.
func (s *Screen) cycle(by int) {
	for i, p := range panes {
		if p == s.focus {
			s.focus = panes[((i+by)%len(panes)+len(panes))%len(panes)]
			break
		}
	}
	s.arrange()
}
