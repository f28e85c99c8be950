package tuitest

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"assay/themes"
	"assay/tui/ui"
)

// Host is the least shell that a screen can live in: keys go to its actions, or
// to it while it is capturing, and intents are collected.
type Host struct {
	*Driver
	Context *ui.Context
	Intents []ui.Intent

	screen ui.Screen
}

// Screen starts a screen alone, at 80x24 in the colours of default-dark on a
// clock that stands still, and focuses it.
func Screen(t testing.TB, build func(*ui.Context) ui.Screen) *Host {
	t.Helper()
	clock := NewClock()
	c := &ui.Context{Width: 80, Height: 24, Theme: Theme(t, "default-dark", themes.TrueColor), Now: clock.Now, Sleep: clock.Sleep}
	h := &Host{Context: c, screen: build(c)}
	h.Driver = New(t, hosted{h}, clock)
	return h
}

// Theme returns a built-in theme.
func Theme(t testing.TB, name string, d themes.Depth) *themes.Theme {
	t.Helper()
	th, err := themes.Builtin().Resolve(name, d)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// ContextLine returns what the screen says above its body, as plain text.
func (h *Host) ContextLine() string { return ansi.Strip(h.screen.ContextLine()) }

// LastIntent returns the newest intent, nil where there was none.
func (h *Host) LastIntent() ui.Intent {
	if len(h.Intents) == 0 {
		return nil
	}
	return h.Intents[len(h.Intents)-1]
}

// clicked is a click on a screen that takes the mouse.
type clicked struct {
	x, y  int
	twice bool
}

// Click clicks on a cell of the body; twice says that it is the second of two.
func (h *Host) Click(x, y int, twice bool) *Host {
	h.Send(clicked{x, y, twice})
	return h
}

// hosted is the tea.Model behind a Host.
type hosted struct{ h *Host }

func (m hosted) Init() tea.Cmd { return m.h.screen.Focus() }

func (m hosted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var intent ui.Intent
	var cmd tea.Cmd
	s := m.h.screen
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.h.Context.Width, m.h.Context.Height = msg.Width, msg.Height
		s.SetSize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		if s.Capturing() {
			intent, cmd = s.Update(msg)
			break
		}
		a := ui.Match(s.Actions(), msg)
		if a == nil {
			break
		}
		if ok, why := a.Possible(); !ok {
			intent = ui.Notify{Text: a.Title + ": " + why}
			break
		}
		intent, cmd = a.Do()
	case clicked:
		if ms, ok := s.(ui.MouseScreen); ok {
			intent, cmd = ms.Click(msg.x, msg.y, msg.twice)
		}
	default:
		intent, cmd = s.Update(msg)
	}
	if intent != nil {
		m.h.Intents = append(m.h.Intents, intent)
	}
	return m, cmd
}

func (m hosted) View() tea.View {
	return tea.NewView(m.h.screen.View())
}
