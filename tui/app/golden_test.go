package app_test

import (
	"fmt"
	"testing"

	"assay/themes"
	"assay/tui/app"
)

func TestRunsLooksTheSame(t *testing.T) {
	for _, s := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {60, 18}, {40, 10}, {20, 6}} {
		t.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(t *testing.T) {
			w := start(t).Size(s[0], s[1])
			w.Press("j") // a live run is under the cursor
			w.Golden(fmt.Sprintf("runs-%dx%d", s[0], s[1]))
		})
	}
}

func TestRunsInASCIIUsesNothingElse(t *testing.T) {
	w := start(t, func(d *app.Deps) { d.Term.ASCII, d.Term.Depth = true, themes.Mono }).Size(120, 40)
	w.Press("j", "space", "j", "j", "space")
	w.Golden("runs-ascii-120x40")
	for _, r := range w.Text() {
		if r > 126 {
			t.Fatalf("the screen shows %q", r)
		}
	}
}

func TestOverlaysLookTheSame(t *testing.T) {
	w := start(t)
	w.Press("?").Golden("help-80x24")
	w.Press("esc").Press("n").Golden("menu-80x24")
	w.Press("enter").Press("tab", "backspace").Golden("form-80x24")
	w.Press("esc").Press("j", "X").Golden("confirm-80x24")
	w.Press("n").Press("R").Golden("command-80x24")
	w.Press("esc").Press(":").Type("comp").Golden("palette-80x24")
}
