package app

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// jump shows a letter on every pane and tab; the letter goes there.
type jump struct {
	targets []target
}

// target is a place that a letter goes to. A pane without room has an empty
// rectangle and is named below instead.
type target struct {
	letter byte
	name   string
	ui.Rect
	do func() tea.Cmd
}

// Letters of panes lie under the fingers, those of tabs above them, so that both
// stay what they are from screen to screen.
const (
	paneLetters = "asdfghjklzxcvbnm"
	tabLetters  = "qwertyuiop"
)

// openJump puts letters on what stands on the screen now.
func (m *Model) openJump() tea.Cmd {
	o := &jump{}
	if s, ok := m.screen().(ui.PaneScreen); ok {
		top := around(m.ui.Width, m.ui.Height).bodyTop
		for i, p := range s.Panes() {
			if i == len(paneLetters) {
				break
			}
			if p.W > 0 {
				p.Y += top
			}
			name := strings.TrimPrefix(p.ID, s.ID()+".")
			o.targets = append(o.targets, target{paneLetters[i], name, p.Rect, func() tea.Cmd { return s.FocusPane(p.ID) }})
		}
	}
	for i, s := range m.screens {
		if i == len(tabLetters) {
			break
		}
		t := target{letter: tabLetters[i], name: s.Title(), do: func() tea.Cmd { return m.show(i) }}
		for _, at := range m.tabsAt {
			if at.screen == i && around(m.ui.Width, m.ui.Height).tabs {
				t.Rect = ui.Rect{X: at.number, W: 1, H: 1}
			}
		}
		o.targets = append(o.targets, t)
	}
	m.push(o)
	return nil
}

// lay draws the letters over the frame: in the corner of each pane and in place of
// the number of each tab. The last line says how to go on.
func (o *jump) lay(c *ui.Context, out []string) {
	var hidden []string
	for _, t := range o.targets {
		if t.W == 0 || t.Y >= len(out) {
			hidden = append(hidden, string(t.letter)+" "+t.name)
			continue
		}
		ui.Over(out, []string{c.Theme.Paint("crosshair", string(t.letter))}, t.X, t.Y)
	}
	line := " jump by a letter, esc stays"
	if len(hidden) > 0 {
		line += "; not shown " + strings.Join(hidden, "  ")
	}
	if n := len(out); n > 0 {
		out[n-1] = ui.Fit(c.Theme.Paint("hint", ui.Cut(line, c.Width)), c.Width)
	}
}

// view draws nothing by itself: the letters lie where their places are.
func (o *jump) view(*ui.Context, int, int) []string { return nil }

// key goes to the place of a letter; any other key leaves all as it was.
func (o *jump) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	m.pop(o)
	for _, t := range o.targets {
		if ui.KeyName(key) == string(t.letter) {
			return t.do()
		}
	}
	return nil
}

func (o *jump) paste(string) {}
