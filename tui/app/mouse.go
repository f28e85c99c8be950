package app

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

const (
	doubleClick = 400 * time.Millisecond
	wheelRows   = 3                     // rows a notch of the wheel scrolls by
	wheelGap    = 33 * time.Millisecond // the least time between two scrolls: a wheel reports dozens
)

// mouse is what is known about the mouse between two of its messages.
type mouse struct {
	x, y  int // of the last click
	at    time.Time
	held  bool // a command waits to scroll again
	turns int  // notches that wait
	wheel tea.Mouse

	border *ui.Border // that is being dragged, nil for none
}

// wheelDue says that the notches that were held may scroll now.
type wheelDue struct{}

// tabSpan is where a tab stands on line 0.
type tabSpan struct{ from, to, number, screen int }

// clickable is an overlay that takes clicks; x and y count from its top left.
type clickable interface {
	click(m *Model, x, y int) tea.Cmd
}

// click takes a press of the left button: on overlays, tabs and the body.
func (m *Model) click(e tea.Mouse) tea.Cmd {
	if e.Button != tea.MouseLeft {
		return nil
	}
	now := m.ui.Now()
	twice := e.X == m.mouse.x && e.Y == m.mouse.y && now.Sub(m.mouse.at) <= doubleClick
	m.mouse.x, m.mouse.y, m.mouse.at = e.X, e.Y, now
	if twice {
		m.mouse.at = time.Time{} // a third click begins anew
	}
	if n := len(m.overlays); n > 0 {
		o, ok := m.overlays[n-1].(clickable)
		if r := m.topmost; ok && e.X >= r.X && e.X < r.X+r.W && e.Y >= r.Y && e.Y < r.Y+r.H {
			return o.click(m, e.X-r.X, e.Y-r.Y)
		}
		return nil
	}
	c := around(m.ui.Width, m.ui.Height)
	if c.tabs && e.Y == 0 {
		for _, t := range m.tabsAt {
			if e.X >= t.from && e.X < t.to {
				return m.show(t.screen)
			}
		}
		return nil
	}
	if c.hints && e.Y == m.ui.Height-1 {
		if a := ui.HintAt(m.Actions(), m.ui.Width, e.X); a != nil && !m.screen().Capturing() {
			return m.do(a)
		}
		return nil
	}
	y := e.Y - c.bodyTop
	if b, ok := m.ui.BorderAt(m.screen().ID(), c.bodyH, e.X, y); ok && !m.screen().Capturing() {
		m.mouse.border = &b
	}
	s, ok := m.screen().(ui.MouseScreen)
	if !ok || y < 0 || y >= c.bodyH {
		return nil
	}
	intent, cmd := s.Click(e.X, y, twice)
	return tea.Batch(cmd, m.intend(intent))
}

// drag moves the border that was clicked on to the pointer.
func (m *Model) drag(e tea.Mouse) {
	c := around(m.ui.Width, m.ui.Height)
	if m.ui.Drag(*m.mouse.border, e.X, e.Y-c.bodyTop) {
		m.screen().SetSize(m.ui.Width, c.bodyH)
	}
}

// turn takes a notch of the wheel. The first scrolls at once, those that follow
// too soon are added up.
func (m *Model) turn(e tea.Mouse) tea.Cmd {
	var by int
	switch e.Button {
	case tea.MouseWheelUp:
		by = -1
	case tea.MouseWheelDown:
		by = 1
	default:
		return nil
	}
	m.mouse.wheel = e
	if m.mouse.held {
		m.mouse.turns += by
		return nil
	}
	m.mouse.held = true
	return tea.Batch(m.scroll(by), m.ui.After(wheelGap, func(time.Time) tea.Msg { return wheelDue{} }))
}

// turned scrolls by the notches that were held.
func (m *Model) turned() tea.Cmd {
	by := m.mouse.turns
	m.mouse.turns, m.mouse.held = 0, false
	if by == 0 {
		return nil
	}
	m.mouse.held = true
	return tea.Batch(m.scroll(by), m.ui.After(wheelGap, func(time.Time) tea.Msg { return wheelDue{} }))
}

// scroll scrolls what is under the pointer by notches.
func (m *Model) scroll(by int) tea.Cmd {
	if n := len(m.overlays); n > 0 {
		return m.arrows(by, func(key tea.KeyPressMsg) tea.Cmd {
			if len(m.overlays) < n {
				return nil
			}
			return m.overlays[n-1].key(m, key)
		})
	}
	c := around(m.ui.Width, m.ui.Height)
	y := m.mouse.wheel.Y - c.bodyTop
	if y < 0 || y >= c.bodyH {
		return nil
	}
	if s, ok := m.screen().(ui.MouseScreen); ok {
		return s.Wheel(m.mouse.wheel.X, y, by*wheelRows)
	}
	if m.screen().Capturing() {
		return nil
	}
	return m.arrows(by*wheelRows, m.key)
}

// arrows presses down or up n times, at most a page.
func (m *Model) arrows(n int, press func(tea.KeyPressMsg) tea.Cmd) tea.Cmd {
	const page = 60
	key := tea.KeyPressMsg{Code: tea.KeyDown}
	if n < 0 {
		key.Code, n = tea.KeyUp, -n
	}
	var cmds []tea.Cmd
	for range min(n, page) {
		cmds = append(cmds, press(key))
	}
	return tea.Batch(cmds...)
}

// click chooses the line under the pointer.
func (o *menu) click(m *Model, _, y int) tea.Cmd {
	i := o.top + y - 1 // behind the frame
	if y < 1 || y > o.rows || i >= len(o.choices) {
		return nil
	}
	return o.choose(m, i)
}

// click runs the line under the pointer.
func (o *palette) click(m *Model, _, y int) tea.Cmd {
	i := o.top + y - 2 // behind the frame and the input
	if y < 2 || y > o.rows+1 || i >= len(o.shown) {
		return nil
	}
	o.at = i
	return o.run(m)
}
