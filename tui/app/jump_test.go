package app_test

import (
	"strings"
	"testing"
)

func TestJumpGoesToAPaneOrATab(t *testing.T) {
	w := start(t)
	w.Size(120, 40)
	w.Press("ctrl+o").See("jump by a letter", "[q Runs]", " w KV ", "not shown d params")
	for y, want := range map[int]string{2: "a >runs", w.line(t, "s run "): "s run kv-sweep-2", w.line(t, "f events"): "f events"} {
		if l := w.Lines()[y]; !strings.Contains(l, want) {
			t.Errorf("line %d is %q: expected %q", y, l, want)
		}
	}
	w.Press("f").See(">events", "[1 Runs]").NotSee("jump by")
	w.Press("ctrl+o", "a").See(">runs")
	w.Press("ctrl+o", "d").See(">parameters") // without room it takes the body
	w.Press("z", "ctrl+o", "w").See("[2 KV]")
}

func TestJumpIsLeftByAnyOtherKey(t *testing.T) {
	w := start(t)
	before := w.Text()
	for _, key := range []string{"esc", "j", "ctrl+o", "ctrl+x", "0", "enter"} {
		if w.Press("ctrl+o", key); w.Text() != before {
			t.Errorf("%s changed the screen:\n%s", key, w.Text())
		}
	}
	for _, size := range [][2]int{{20, 6}, {1, 1}, {200, 60}} {
		w.Size(size[0], size[1])
		w.Press("ctrl+o", "esc")
	}
}
