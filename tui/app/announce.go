package app

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"assay/tui/ui"
)

// spoken is an overlay that says in one plain sentence what its cursor is on.
type spoken interface{ announce() string }

// announces reports whether the person has asked for sentences.
func (m *Model) announces() bool { return m.current.Get("ui.announce") == "on" }

// announcement is the sentence for what the cursor is on: in the overlay on top, else
// on the screen; "" where nothing is to be said.
func (m *Model) announcement() string {
	if !m.announces() {
		return ""
	}
	text := ""
	if n := len(m.overlays); n > 0 {
		if o, ok := m.overlays[n-1].(spoken); ok {
			text = o.announce()
		}
	} else if s, ok := m.screen().(ui.PaneScreen); ok {
		text = s.Announce()
	}
	return ui.Plain(text)
}

// parked is where the cursor of the terminal stands, nil for nowhere: on the row that
// the focused pane has its own cursor on, or in its corner; with an overlay open, on
// the line that is chosen there. Readers and magnifiers follow it.
func (m *Model) parked() *tea.Cursor {
	if !m.announces() || m.ui.Width <= 0 || m.ui.Height <= 0 {
		return nil
	}
	r, inset := m.topmost, 2 // a panel keeps a blank between its frame and what it shows
	if len(m.overlays) == 0 {
		r, inset = m.focusedRect(), 0
		if m.ui.Framed() {
			inset = 1
		}
	}
	if r.W <= 0 || r.H <= 0 {
		return nil
	}
	// Whatever has rows marks the one under its cursor with a > in the first cell.
	at := tea.Position{X: r.X + inset, Y: r.Y}
	lines := strings.Split(m.frame, "\n")
	for y := r.Y; y < min(r.Y+r.H, len(lines)); y++ {
		if ansi.Strip(ansi.Cut(lines[y], at.X, at.X+1)) == ">" {
			at.Y = y
			break
		}
	}
	return &tea.Cursor{Position: at, Shape: tea.CursorUnderline}
}

// focusedRect is the place of the focused pane in the frame, empty where none is known.
func (m *Model) focusedRect() ui.Rect {
	s, ok := m.screen().(ui.PaneScreen)
	if !ok {
		return ui.Rect{}
	}
	for _, p := range s.Panes() {
		if p.ID == s.FocusedPane() && p.W > 0 {
			p.Y += around(m.ui.Width, m.ui.Height).bodyTop
			return p.Rect
		}
	}
	return ui.Rect{}
}

func (o *confirm) announce() string { return o.question + " y " + o.verb + ", n leave it" }

func (o *menu) announce() string {
	text := fmt.Sprintf("%s: %s, %d of %d", o.title, o.choices[o.at].title, o.at+1, len(o.choices))
	if why := o.why[o.at]; why != "" {
		text += ", not now: " + why
	}
	return text
}

func (o *prompt) announce() string { return o.title + ": " + o.input.Text() }

func (o *palette) announce() string {
	if len(o.shown) == 0 {
		return "nothing is found"
	}
	it := o.shown[o.at]
	text := fmt.Sprintf("%s, %s, %d of %d", it.title, it.kind, o.at+1, len(o.shown))
	if it.why != "" {
		text += ", " + it.hindrance() + ": " + it.why
	}
	return text
}

func (o *listing) announce() string {
	rows := o.found()
	if len(rows) == 0 {
		return "nothing is called " + o.search.Text()
	}
	i := min(o.at, len(rows)-1)
	return fmt.Sprintf("%s, %d of %d", strings.Join(rows[i].cells, ", "), i+1, len(rows))
}

func (o *formOverlay) announce() string { return o.form.Announce() }
