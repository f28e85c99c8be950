package app

import (
	"fmt"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Actions returns all that can be done now, those of pane and screen first: what
// keys, hints, help and the key reference are made from.
func (m *Model) Actions() []ui.Action {
	return m.keys.Apply(m.preset.Apply(append(m.screen().Actions(), m.global()...)))
}

// global returns the actions of the shell.
func (m *Model) global() []ui.Action {
	const scope = "global"
	act := func(id, title, group string, hint int, do func() tea.Cmd, keys ...string) ui.Action {
		return ui.Action{ID: id, Title: title, Keys: keys, Scope: scope, Group: group, Hint: hint,
			Do: func() (ui.Intent, tea.Cmd) { return nil, do() }}
	}
	var out []ui.Action
	for i, s := range m.screens {
		out = append(out, act("app.tab."+s.ID(), "go to "+s.Title(), "screens", 0, func() tea.Cmd { return m.show(i) }, strconv.Itoa(i+1)))
	}
	back := act("app.back", "back", "screens", 0, m.esc, "esc", "backspace")
	previous := act("app.history.back", "screen before", "screens", 0, m.goBack, "[")
	previous.Enabled = func() (bool, string) { return len(m.back) > 0, "no screen was shown before" }
	next := act("app.history.forward", "screen after", "screens", 0, m.goForward, "]")
	next.Enabled = func() (bool, string) { return len(m.forward) > 0, "this is the last screen shown" }
	touring := func(id, title string, do func() tea.Cmd, keys ...string) ui.Action {
		a := act(id, title, "program", 0, do, keys...)
		a.Enabled = func() (bool, string) { return m.tour != nil, "the tour is not on: app.tour begins it" }
		return a
	}
	pager := act("app.pager", "the run in the pager", "program", 0, m.pageRun, "v")
	pager.Enabled = func() (bool, string) { return m.deps.Shell != nil && m.target() != "", "there is no run here" }
	undo := act("app.undo", "undo", "program", 0, m.undo, "u")
	undo.Enabled = func() (bool, string) { return len(m.steps) > 0, "nothing was done that can be taken back" }
	out = append(out, m.paneActions()...)
	return append(out, back, previous, next,
		act("app.palette", "find anything", "program", 0, m.openPalette, "ctrl+p", ":"),
		act("app.jump", "jump to a pane or tab", "program", 0, m.openJump, "ctrl+o"),
		act("app.help", "help", "program", 90, func() tea.Cmd { m.showHelp(); return nil }, "?", "f1"),
		act("app.settings", "settings", "program", 0, m.showSettings, ","),
		act("app.theme", "choose a theme", "program", 0, m.pickTheme, "T"),
		act("app.keys", "choose keys", "program", 0, func() tea.Cmd { m.showKeys(); return nil }),
		act("app.tour", "a tour of 90 seconds", "program", 0, m.startTour),
		touring("app.tour.next", "next step of the tour", m.nextStation, "ctrl+t"),
		touring("app.tour.end", "end the tour", m.endTour, "ctrl+x"),
		act("app.news", "news of this version", "program", 0, m.showNews),
		act("app.export", "export", "program", 0, func() tea.Cmd { return m.exportMenu(m.shownRuns()) }, "E"),
		act("app.errors", "last errors", "program", 0, func() tea.Cmd { m.showErrors(); return m.expire() }, "!"),
		undo,
		pager,
		act("app.asked", "what was asked of workers", "program", 0, func() tea.Cmd { m.showAsked(); return m.expire() }, "@"),
		act("app.reload", "read again", "program", 0, m.reload, "ctrl+r"),
		act("app.redraw", "redraw all", "program", 0, func() tea.Cmd { return tea.ClearScreen }, "ctrl+l"),
		act("app.suspend", "suspend", "program", 0, func() tea.Cmd { return lend(tea.Suspend) }, "ctrl+z"),
		act("app.detach", "leave; runs go on", "program", 0, func() tea.Cmd { return m.leave(0) }, "q"),
		act("app.quit", "ways to leave", "program", 0, func() tea.Cmd { m.quitMenu(); return nil }, "Q"),
	)
}

// esc goes back to the screen before. It never leaves.
func (m *Model) esc() tea.Cmd {
	cmd := m.goBack()
	return cmd
}

func (m *Model) reload() tea.Cmd {
	return tea.Batch(m.toScreen(ui.DataChanged{}), m.readCounts(), m.rereadSettings(), m.rereadThemes(),
		m.notify(run.Info, "history, settings, keys and themes are read again", nil))
}

// quitMenu offers to leave with or without the runs that are live.
func (m *Model) quitMenu() {
	mn := &menu{title: "Leave"}
	mn.choices = append(mn.choices, choice{"detach", "runs go on; assay comes back to this screen", func() tea.Cmd { return m.leave(0) }})
	if n := len(m.counts.live); n > 0 && m.deps.Launcher != nil {
		live := m.counts.live
		mn.choices = append(mn.choices, choice{"cancel and leave", fmt.Sprintf("asks %s to end first", countText(n, "live run")), func() tea.Cmd {
			return m.cancelAll(live)
		}})
	}
	mn.choices = append(mn.choices, choice{"stay", "", func() tea.Cmd { return nil }})
	m.push(mn)
}

// cancelAll asks runs to end and leaves, unless asking fails.
func (m *Model) cancelAll(live []run.Run) tea.Cmd {
	ctx, l := m.ctx, m.deps.Launcher
	return func() tea.Msg {
		for _, r := range live {
			if err := l.Cancel(ctx, r.ID); err != nil {
				return told{level: run.Err, err: err}
			}
		}
		return leave{0}
	}
}

// countText writes "1 run" or "3 runs".
func countText(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
