package app_test

import (
	"strings"
	"testing"
)

// status is the line above the hints, where sentences stand.
func (w *world) status() string { l := w.Lines(); return strings.TrimSpace(l[len(l)-2]) }

func TestTheRowUnderTheCursorIsSaid(t *testing.T) {
	f := newFiles(t)
	w := start(t, with(f))
	if v := w.Model().View(); v.Cursor != nil || !strings.Contains(w.status(), "1 running") {
		t.Errorf("without being asked for: %v %q", v.Cursor, w.status())
	}
	if err := f.Set("ui.announce", "on"); err != nil {
		t.Fatal(err)
	}
	w.Press("ctrl+r")
	expect := func(want, mark string) {
		t.Helper()
		if got := w.status(); got != want {
			t.Errorf("says %q, want %q", got, want)
		}
		c := w.Model().View().Cursor
		if c == nil || c.Blink || !strings.HasPrefix(string([]rune(w.Lines()[c.Y])[c.X:]), mark) {
			t.Errorf("the cursor is at %v, not before %q:\n%s", c, mark, w.Text())
		}
	}
	w.Size(100, 24)
	expect("queued, bench kv, name kv-sweep-2, started 14:02, result waits for its turn, seed 0, host gpu-07, ~", ">  .")
	w.Size(120, 40)
	w.Press("j", "X")
	expect("Cancel this run? y cancel it, n leave it", "")
	w.Press("esc", "j", "space", "j")
	expect("done, bench kv, name kv-blend-4, started 11:07, took 6m00, result KL .0031 top1 yes 2.4x, tags paper, seed 7, host gpu~", ">  +")
	w.Press("tab")
	expect("detail of kv-blend-4", "")
	w.Press("n")
	expect("New run: Blend KV caches, 1 of 2", "> 1")
	w.Press("enter")
	expect("seed 1, field 1 of 7", "> seed")
	w.Press("tab").Type("x")
	expect("ratio 0.15x, field 2 of 7, expected a number from 0 to 1", "> ratio")
	w.Press("esc", ":").Type("compare")
	expect("compare, action, 1 of 1, not now: mark 2 to 8 runs first", "> compare")
	for _, size := range [][2]int{{20, 6}, {1, 1}, {200, 60}} {
		w.Size(size[0], size[1])
		w.Press("esc")
	}
}
