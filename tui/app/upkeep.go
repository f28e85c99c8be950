package app

import (
	"log/slog"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
)

// upkeepAfter is how long the screen is up before it does what is due: nobody waits
// for it, and whoever looks in for a moment is spared it.
const upkeepAfter = 20 * time.Second

// settleAfter is how long the start has the machine for itself.
const settleAfter = time.Second

// settle gives back what only the start has needed.
func (m *Model) settle() tea.Cmd {
	give := m.deps.Settle
	if give == nil {
		return nil
	}
	ctx, sleep, log := m.ctx, m.ui.Sleep, m.deps.Log
	return func() tea.Msg {
		if sleep(ctx, settleAfter) == nil {
			note(log, give(), "gave back what the start needed")
		}
		return nil
	}
}

// upkeep does what is due in the history, and tells what it has done.
func (m *Model) upkeep() tea.Cmd {
	do := m.deps.Upkeep
	if do == nil {
		return nil
	}
	ctx, sleep, log := m.ctx, m.ui.Sleep, m.deps.Log
	return func() tea.Msg {
		if sleep(ctx, upkeepAfter) != nil {
			return nil
		}
		text, err := do(ctx)
		note(log, err, "upkeep", "did", text)
		if err != nil || text == "" {
			return nil // the log has it; the next day tries again
		}
		return told{level: run.Info, text: text}
	}
}

// note writes down what was done, and how it went where it did not.
func note(log *slog.Logger, err error, what string, args ...any) {
	if err != nil {
		log.Warn(what, append(args, "err", err)...)
		return
	}
	log.Info(what, args...)
}
