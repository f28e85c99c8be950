package app_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/tui/app"
	"assay/tui/term"
)

func (w *world) click(x, y int) *world {
	w.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	w.Send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
	return w
}

func (w *world) wheel(x, y int, b tea.MouseButton) *world {
	w.Send(tea.MouseWheelMsg{X: x, Y: y, Button: b})
	return w
}

// line returns the line of the screen that shows a text.
func (w *world) line(t *testing.T, text string) int {
	t.Helper()
	for y, l := range w.Lines() {
		if strings.Contains(l, text) {
			return y
		}
	}
	t.Fatalf("no line shows %q:\n%s", text, w.Text())
	return 0
}

func TestAClickSelectsARowAndTheSecondOpensIt(t *testing.T) {
	w := start(t)
	w.click(20, 5).See(">  +  kv     kv-blend-5")
	w.click(20, 5).See("[2 KV]", "showing [01KK9Z00000000000000000005]")
	w = start(t)
	w.click(20, 6)
	w.Advance(time.Second)
	w.click(20, 6).See("[1 Runs]", ">  +  kv     kv-blend-4") // too slow for two
	w.click(20, 5).click(20, 6).See("[1 Runs]")               // not at one place
}

func TestAClickFocusesPanesSortsAndSwitchesTabs(t *testing.T) {
	w := start(t)
	w.Size(120, 40)
	w.click(80, 30).See(">events")
	w.click(10, 30).See(">run ")
	w.click(20, 5).See(">runs")
	w.click(16, 3).See("sort name ^")
	w.click(16, 3).See("sort name v")
	w.click(44, 3).See("sort started v")
	w.click(17, 0).See("[2 KV]")
	w.click(9, 0).See("[1 Runs]")
	w.click(119, 0).click(0, 39).click(0, 38).See("[1 Runs]")
}

func TestTheWheelScrollsWhatIsUnderThePointer(t *testing.T) {
	w := start(t)
	w.wheel(20, 5, tea.MouseWheelDown).See(">  +  kv     kv-blend-4")
	w.wheel(20, 5, tea.MouseWheelUp).wheel(20, 5, tea.MouseWheelDown).wheel(20, 5, tea.MouseWheelDown).See(">  +  kv     kv-blend-4")
	w.Advance(time.Second).See(">  ?  kv     kv-blend-1") // what was held came together
	w.Press("?", "?")
	w.wheel(20, 5, tea.MouseWheelDown).See("help: everything").Press("esc")
}

func TestAClickChoosesFromMenusAndThePalette(t *testing.T) {
	w := start(t)
	w.Press("n")
	y := w.line(t, "Sweep ratios")
	w.click(20, y).See("Sweep ratios", "enter start").Press("esc", ":").Type("reverse")
	w.click(20, w.line(t, "reverse the order")).See("sort started ^")
	w.Press("j", "X").See("Cancel this run?")
	for y := range 24 {
		w.click(40, y)
	}
	w.See("Cancel this run?") // what cannot be undone wants a key
}

func TestTheMouseCanBeLeftAlone(t *testing.T) {
	if v := start(t).Model().View(); v.MouseMode != tea.MouseModeCellMotion {
		t.Errorf("mode %v", v.MouseMode)
	}
	w := start(t, func(d *app.Deps) { d.Term = term.Profile{NoMouse: true} })
	if v := w.Model().View(); v.MouseMode != tea.MouseModeNone {
		t.Errorf("mode %v", v.MouseMode)
	}
}

func TestAClickOnAHintDoesWhatItNames(t *testing.T) {
	w := start(t)
	y := w.line(t, "/ filter  space mark")
	x := strings.Index(w.Lines()[y], "? help")
	w.click(x+3, y).See("help:").Press("esc")
	w.click(strings.Index(w.Lines()[y], "o sort"), y).See("sort by", "> 1  started").Press("2").See("sort took")
	w.click(strings.Index(w.Lines()[y], "c compare"), y).See("mark 2 to 8 runs first") // as its key would say
	w.click(0, y).click(79, y).See("[1 Runs]")
}
