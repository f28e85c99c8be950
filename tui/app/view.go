package app

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// chrome says which lines the shell draws around the body of a screen.
type chrome struct {
	tabs    bool // tabs and context line on top
	rule    bool // a rule above the status bar, where panes have no frames
	hints   bool
	unlock  bool // a line that says what a larger terminal shows
	bodyTop int
	bodyH   int
}

// around decides on the chrome for a terminal of w x h cells. Tiny terminals keep
// one status line, so that one pane is left to work with.
func around(w, h int) chrome {
	var c chrome
	if ui.WidthClass(w) == ui.Tiny || ui.HeightClass(h) == ui.Tiny {
		c.unlock = h >= 6
		c.bodyH = h - 1
		if c.unlock {
			c.bodyH--
		}
		c.bodyH = max(c.bodyH, 0)
		return c
	}
	c.tabs, c.hints = true, true
	c.rule = ui.WidthClass(w) == ui.Small
	c.bodyTop = 2
	c.bodyH = h - 4
	if c.rule {
		c.bodyH--
	}
	return c
}

// resize tells the screens how much room they have.
func (m *Model) resize() {
	c := around(m.ui.Width, m.ui.Height)
	for _, s := range m.screens {
		s.SetSize(m.ui.Width, c.bodyH)
	}
}

// View returns the frame. It is put together only where an Update came since.
func (m *Model) View() tea.View {
	if !m.fresh {
		m.frame = strings.Join(m.lines(), "\n")
		m.cursor = m.parked()
		if m.spots != nil {
			m.spots.set(m.places())
		}
		m.fresh = true
	}
	v := tea.NewView(m.frame)
	v.Cursor = m.cursor
	v.AltScreen = true
	v.ReportFocus = true
	if !m.deps.Term.NoMouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	m.out.beside(&v, m.shown())
	return v
}

// lines is the frame with what lies over it.
func (m *Model) lines() []string {
	out := m.under()
	if len(out) > 0 {
		m.over(out, around(m.ui.Width, m.ui.Height))
	}
	return out
}

// under is the frame without overlays and news.
func (m *Model) under() []string {
	w, h := m.ui.Width, m.ui.Height
	if w <= 0 || h <= 0 {
		return nil
	}
	c := around(w, h)
	out := make([]string, 0, h)
	if c.tabs {
		out = append(out, m.tabs(w), m.context(w))
	}
	if c.bodyH > 0 {
		// A frame of the wrong size would shift everything below it: the screen's
		// word is checked here once more, at the price of a comparison.
		body := strings.Split(m.screen().View(), "\n")
		if len(body) != c.bodyH {
			body = ui.Block(body, w, c.bodyH)
		}
		out = append(out, body...)
	}
	if c.rule {
		out = append(out, m.ui.Theme.Paint("border", m.rule(w)))
	}
	if c.unlock {
		out = append(out, m.ui.Theme.Paint("faint", ui.Fit("60x18 shows tabs, context and keys; ? helps", w)))
	}
	out = append(out, m.status(w))
	if c.hints {
		out = append(out, ui.Hints(m.ui, m.Actions(), w))
	}
	return out
}

func (m *Model) rule(w int) string {
	if m.ui.ASCII {
		return strings.Repeat("-", w)
	}
	return strings.Repeat("─", w)
}

// over lays toasts and overlays over the frame.
func (m *Model) over(out []string, c chrome) {
	w, h := m.ui.Width, m.ui.Height
	for _, o := range m.overlays {
		if j, ok := o.(*jump); ok {
			j.lay(m.ui, out)
			continue
		}
		box := o.view(m.ui, w, h-1)
		if len(box) == 0 {
			continue
		}
		m.topmost = ui.Rect{X: (w - ui.Width(box[0])) / 2, Y: max((h-1-len(box))/2, 0), W: ui.Width(box[0]), H: len(box)}
		ui.Over(out, box, m.topmost.X, m.topmost.Y)
	}
	if n := len(m.overlays); n > 0 {
		if _, stays := m.overlays[n-1].(*listing); !stays {
			return // what is asked is not to be covered; a list is open while its changes are told
		}
	}
	bottom, margin := c.bodyTop+c.bodyH, 1
	if m.ui.Framed() { // inside of the frame of the screen
		bottom, margin = bottom-1, 2
	}
	if g := m.guide(w, c.bodyH/2); len(g) > 0 && len(m.overlays) == 0 {
		bottom = max(bottom-len(g), 0)
		ui.Over(out, g, max(w-ui.Width(g[0])-margin, 0), bottom)
	}
	if margin > 1 && bottom == c.bodyTop+c.bodyH-1 {
		bottom++ // news alone stands on the frame
	}
	t := m.toasts.View(m.ui, max(w-2, 1))
	for i, l := range t {
		ui.Over(out, []string{l}, max(w-ui.Width(l)-1, 0), max(bottom-len(t), 0)+i)
	}
}
