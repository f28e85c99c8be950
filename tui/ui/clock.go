package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// After returns a command that waits and then reports. It uses Context.Sleep, so
// that tests decide about time; do not use tea.Tick.
func (c *Context) After(d time.Duration, report func(time.Time) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if c.Sleep(context.Background(), d) != nil {
			return nil
		}
		return report(c.Now())
	}
}

// Sleep waits for d or until ctx ends, whose error it then returns: the Sleep of
// a Context outside tests.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
