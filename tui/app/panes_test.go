package app_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"assay/tui/app"
)

func TestPanesAreResizedByKeysAndTheMouse(t *testing.T) {
	w := start(t)
	w.Press("z", ">").See("wider pane: there is one pane alone").Press("z")
	y := w.line(t, "─ run ")
	w.Press("}", "}").NotSee("no room")
	if now := w.line(t, "─ run "); now != y+2 {
		t.Errorf("the list has grown by %d lines, want 2", now-y)
	}
	w.Press("}").See("taller pane: there is no room for that")
	w.Press("tab", "}") // the pane below takes from the one above
	if now := w.line(t, "━ >run "); now != y+1 {
		t.Errorf("the border is in line %d, want %d", now, y+1)
	}
	w.Press("=")
	if now := w.line(t, "━ >run "); now != y {
		t.Errorf("after a reset the border is in line %d, want %d", now, y)
	}
	w.Press("=").See("the panes have the sizes that they come with")

	w.Size(120, 40)
	w.Press("esc")
	y = w.line(t, "├ run ")
	x := strings.Index(w.Lines()[y], "┬")
	x = len([]rune(w.Lines()[y][:x]))
	drag := func(fromX, fromY, toX, toY int) {
		w.Send(tea.MouseClickMsg{X: fromX, Y: fromY, Button: tea.MouseLeft})
		w.Send(tea.MouseMotionMsg{X: toX, Y: toY, Button: tea.MouseLeft})
		w.Send(tea.MouseReleaseMsg{X: toX, Y: toY, Button: tea.MouseLeft})
		w.Send(tea.MouseMotionMsg{X: 1, Y: 1, Button: tea.MouseLeft}) // released: nothing follows
	}
	drag(30, y, 30, y-5)
	drag(x, y+1, x-10, y+1)
	now := w.line(t, "run kv-sweep-2 ")
	if now != y-5 || []rune(w.Lines()[now])[x-10] != '┬' {
		t.Errorf("the borders did not follow:\n%s", w.Text())
	}
	want := w.Lines()[now]
	w.Press("Q", "1")
	again := start(t, func(d *app.Deps) { d.Views = w.views })
	again.Size(120, 40)
	if got := again.Lines()[again.line(t, "run kv-sweep-2 ")]; got != want || again.line(t, "run kv-sweep-2 ") != now {
		t.Errorf("sizes were not kept:\n%s\nwant\n%s", again.Text(), want)
	}
}
