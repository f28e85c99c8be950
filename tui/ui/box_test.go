package ui_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"assay/themes"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

func strip(s string) string { return ansi.Strip(s) }

func context(t testing.TB, w, h int, ascii bool) *ui.Context {
	t.Helper()
	clock := tuitest.NewClock()
	return &ui.Context{Width: w, Height: h, ASCII: ascii, Theme: tuitest.Theme(t, "default-dark", themes.TrueColor), Now: clock.Now, Sleep: clock.Sleep}
}

func picture(lines []string) string { return strip(strings.Join(lines, "\n")) + "\n" }

// panes is a layout with every kind of junction.
func panes(w, h int, framed bool) []ui.Pane {
	root := ui.Area{Areas: []ui.Area{
		{Across: true, Min: 3, Weight: 2, Areas: []ui.Area{{ID: "map", Min: 8, Weight: 2}, {ID: "cell", Min: 8, Weight: 1}}},
		{Across: true, Min: 3, Weight: 1, Areas: []ui.Area{{ID: "left", Min: 8, Weight: 1}, {ID: "right", Min: 8, Weight: 1}}},
		{ID: "table", Min: 3, Weight: 1},
	}}
	var out []ui.Pane
	for _, p := range ui.Compute(w, h, root, framed) {
		out = append(out, ui.Pane{Rect: p.Rect, Title: p.ID, Focused: p.ID == "cell", Body: []string{"body of " + p.ID}})
	}
	return out
}

func TestFrameDrawsJunctions(t *testing.T) {
	c := context(t, 120, 40, false)
	tuitest.Golden(t, "frame", picture(ui.Frame(c, 48, 16, panes(48, 16, true))))
	c.ASCII = true
	tuitest.Golden(t, "frame-ascii", picture(ui.Frame(c, 48, 16, panes(48, 16, true))))
}

func TestNarrowTerminalsGetRulesInsteadOfFrames(t *testing.T) {
	c := context(t, 80, 24, false)
	got := ui.Box(c, 30, 4, "title", true, []string{"one", "two"})
	if want := "━ >title ━━━━━━━━━━━━━━━━━━━━━\none                           \ntwo                           \n                              \n"; picture(got) != want {
		t.Errorf("got\n%s", picture(got))
	}
	if w, h := c.Inner(30, 4); w != 30 || h != 3 {
		t.Errorf("inner %dx%d", w, h)
	}
}

func TestFrameHasExactlyItsSize(t *testing.T) {
	for _, tw := range []int{80, 120} {
		c := context(t, tw, 40, false)
		for w := range 60 {
			for h := range 20 {
				got := ui.Frame(c, w, h, panes(w, h, c.Framed()))
				if len(got) != h {
					t.Fatalf("%dx%d: %d lines", w, h, len(got))
				}
				for _, l := range got {
					if n := ui.Width(l); n != w {
						t.Fatalf("%dx%d: a line of %d cells: %q", w, h, n, strip(l))
					}
				}
			}
		}
	}
}
