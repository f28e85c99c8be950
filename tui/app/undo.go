package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// step is something that was done and can be taken back.
type step struct {
	what string
	undo func() tea.Cmd
}

// undoable keeps a step, the newest last.
func (m *Model) undoable(s step) {
	const most = 50
	m.steps = append(m.steps, s)
	if len(m.steps) > most {
		m.steps = m.steps[1:]
	}
}

// undo takes back what was done last.
func (m *Model) undo() tea.Cmd {
	n := len(m.steps)
	if n == 0 {
		return nil
	}
	last := m.steps[n-1]
	m.steps = m.steps[:n-1]
	return tea.Batch(last.undo(), m.notify(run.Info, "took back: "+last.what, nil))
}

// rewrite takes back what was written on a run: it is no step of its own.
func (m *Model) rewrite(write func(context.Context, Notebook) error) func() tea.Cmd {
	return func() tea.Cmd {
		ctx, notes := m.ctx, m.deps.Notes
		return func() tea.Msg {
			if err := write(ctx, notes); err != nil {
				return told{level: run.Err, err: err}
			}
			return ui.DataChanged{}
		}
	}
}
