package app

import (
	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// paneActions are those on the sizes of panes. Columns are narrow and lines few, so a
// press moves a border by two of the one and one of the other.
func (m *Model) paneActions() []ui.Action {
	resize := func(id, title, key string, across bool, by int) ui.Action {
		return ui.Action{ID: "app.pane." + id, Title: title, Keys: []string{key}, Scope: "global", Group: "panes", Enabled: m.sizable,
			Do: func() (ui.Intent, tea.Cmd) { return nil, m.resizePane(title, across, by) }}
	}
	reset := ui.Action{ID: "app.pane.reset", Title: "reset pane sizes", Keys: []string{"="}, Scope: "global", Group: "panes",
		Do: func() (ui.Intent, tea.Cmd) { return nil, m.resetPanes() }}
	return []ui.Action{
		resize("narrower", "narrower pane", "<", true, -2), resize("wider", "wider pane", ">", true, 2),
		resize("shorter", "shorter pane", "{", false, -1), resize("taller", "taller pane", "}", false, 1), reset,
	}
}

// sizable says whether there is more than one pane now.
func (m *Model) sizable() (bool, string) {
	shown := 0
	if s, ok := m.screen().(ui.PaneScreen); ok {
		for _, p := range s.Panes() {
			if p.W > 0 {
				shown++
			}
		}
	}
	return shown > 1, "there is one pane alone"
}

func (m *Model) resizePane(what string, across bool, by int) tea.Cmd {
	s, ok := m.screen().(ui.PaneScreen)
	if !ok {
		return nil
	}
	if !m.ui.Resize(s.ID(), s.FocusedPane(), across, by) {
		return m.notify(run.Info, what+": there is no room for that", nil)
	}
	s.SetSize(m.ui.Width, around(m.ui.Width, m.ui.Height).bodyH)
	return nil
}

func (m *Model) resetPanes() tea.Cmd {
	if !m.ui.ResetSizes(m.screen().ID()) {
		return m.notify(run.Info, "the panes have the sizes that they come with", nil)
	}
	m.screen().SetSize(m.ui.Width, around(m.ui.Width, m.ui.Height).bodyH)
	return nil
}
