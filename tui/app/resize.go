package app

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// resizeGap is the least time between two resizes: dragging the edge of a window
// reports dozens, and each costs a whole frame.
const resizeGap = 80 * time.Millisecond

// resizeHeld is a resize that came too soon after the last one.
type resizeHeld struct{ size tea.WindowSizeMsg }

// debounce returns a filter for the program that lets the first resize pass and
// holds those that follow too soon. The model brings the last one back.
func debounce(now func() time.Time) func(tea.Model, tea.Msg) tea.Msg {
	var last time.Time
	return func(_ tea.Model, msg tea.Msg) tea.Msg {
		size, ok := msg.(tea.WindowSizeMsg)
		if !ok {
			return msg
		}
		if t := now(); t.Sub(last) >= resizeGap {
			last = t
			return msg
		}
		return resizeHeld{size}
	}
}

// holdResize remembers the newest size and sends it again when the gap is over.
func (m *Model) holdResize(msg resizeHeld) tea.Cmd {
	m.pending = msg.size
	if m.resizing {
		return nil
	}
	m.resizing = true
	return m.ui.After(resizeGap, func(time.Time) tea.Msg { return resizeDue{} })
}

// resizeDue says that a held resize may come now.
type resizeDue struct{}

// releaseResize sends the held size on its way through the program, which tells
// the renderer as well.
func (m *Model) releaseResize() tea.Cmd {
	m.resizing = false
	size := m.pending
	return func() tea.Msg { return size }
}
