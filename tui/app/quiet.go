package app

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// quietAfter is how long nobody must have pressed a key for the screen to give back
// what it keeps at hand for the next one: longer than upkeepAfter, which needs memory too.
const quietAfter = 30 * time.Second

// quiet is the wait for the person to go away; one at a time.
type quiet struct {
	touched time.Time // the last key
	waiting bool
}

// quietDue asks whether somebody is still there.
type quietDue struct{ now time.Time }

// touch notes a key, and begins to wait for the last one.
func (m *Model) touch() tea.Cmd {
	m.quiet.touched = m.ui.Now()
	if m.deps.Rest == nil || m.quiet.waiting {
		return nil
	}
	m.quiet.waiting = true
	return m.ui.After(quietAfter, func(now time.Time) tea.Msg { return quietDue{now} })
}

// rest gives memory back where no key has come, or waits for the rest of the time.
func (m *Model) rest(now time.Time) tea.Cmd {
	if left := quietAfter - now.Sub(m.quiet.touched); left > 0 {
		return m.ui.After(left, func(now time.Time) tea.Msg { return quietDue{now} })
	}
	m.quiet.waiting = false
	give, log := m.deps.Rest, m.deps.Log
	return func() tea.Msg {
		if err := give(); err != nil && log != nil {
			log.Warn("give memory back", "err", err)
		}
		return nil
	}
}
