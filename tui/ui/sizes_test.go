package ui_test

import (
	"math/rand/v2"
	"testing"

	"assay/tui/ui"
)

func sizable() ui.Area {
	return ui.Area{Areas: []ui.Area{
		{Across: true, Min: 10, Weight: 2, Priority: 5, Areas: []ui.Area{
			{ID: "a", Min: 40, Weight: 2, Priority: 5}, {ID: "b", Min: 20, Ideal: 38, Priority: 4}, {ID: "c", Min: 20, Weight: 1, Priority: 1},
		}},
		{ID: "d", Min: 6, Ideal: 12, Weight: 1, Priority: 3},
		{ID: "e", Min: 4, Ideal: 6, Priority: 2},
	}}
}

func placed(c *ui.Context) map[string]ui.Rect {
	out := map[string]ui.Rect{}
	for _, p := range c.Place("s", c.Width, c.Height, sizable()) {
		out[p.ID] = p.Rect
	}
	return out
}

func TestPanesAreResized(t *testing.T) {
	c := &ui.Context{Width: 160, Height: 60}
	before := placed(c)
	if !c.Resize("s", "a", true, 4) || !c.Resize("s", "e", false, 3) {
		t.Fatal("nothing was resized")
	}
	now := placed(c)
	if now["a"].W != before["a"].W+4 || now["b"].W != before["b"].W-4 || now["c"] != before["c"] {
		t.Errorf("across: %v, before %v", now, before)
	}
	if now["e"].H != before["e"].H+3 || now["d"].H != before["d"].H-3 || now["e"].Y+now["e"].H != 60 {
		t.Errorf("down: %v, before %v", now, before)
	}
	if !c.Resize("s", "a", true, 1000) || c.Resize("s", "a", true, 1) {
		t.Error("a pane grows over the least of its neighbour")
	}
	if now = placed(c); now["b"].W != 20 {
		t.Errorf("the neighbour has %d columns, at least 20 are its own", now["b"].W)
	}
	if c.Resize("s", "d", true, 1) || c.Resize("s", "x", true, 1) || c.Resize("other", "a", true, 1) {
		t.Error("what has no neighbour was resized")
	}
	if again := (&ui.Context{Width: 160, Height: 60}); true {
		again.SetSizes(c.Sizes())
		if got := placed(again); got["a"] != now["a"] || got["e"] != now["e"] {
			t.Errorf("sizes were not kept: %v, want %v", got, now)
		}
	}
	if !c.ResetSizes("s") || c.ResetSizes("s") {
		t.Error("reset twice")
	}
	if now = placed(c); now["a"] != before["a"] || now["e"] != before["e"] {
		t.Errorf("after a reset: %v, want %v", now, before)
	}
}

func TestBordersAreDragged(t *testing.T) {
	c := &ui.Context{Width: 160, Height: 60}
	before := placed(c)
	head := 3 // lines above the layout
	x, y := before["b"].X, before["d"].Y
	b, ok := c.BorderAt("s", 60+head, x, 5+head)
	if !ok || !c.Drag(b, x-6, 5+head) || c.Drag(b, x-6, 9) {
		t.Fatal("the border between a and b was not dragged once")
	}
	if now := placed(c); now["b"].X != x-6 || now["a"].W != before["a"].W-6 {
		t.Errorf("%v, before %v", now, before)
	}
	b, ok = c.BorderAt("s", 60+head, 10, y+head)
	if !ok || !c.Drag(b, 10, y+head-4) {
		t.Fatal("the border above d was not dragged")
	}
	if now := placed(c); now["d"].Y != y-4 || now["e"] != before["e"] {
		t.Errorf("%v, before %v", now, before)
	}
	if _, ok := c.BorderAt("s", 60, 3, 3); ok {
		t.Error("there is a border inside of a pane")
	}
}

// Whatever a person does at one size, panes cover a screen of any other without gaps
// and keep their least sizes.
func TestSharesFitEverySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ids := []string{"a", "b", "c", "d", "e"}
	for range 300 {
		c := &ui.Context{Width: 60 + r.IntN(200), Height: 12 + r.IntN(80)}
		placed(c)
		for range 12 {
			c.Resize("s", ids[r.IntN(5)], r.IntN(2) == 0, r.IntN(41)-20)
			placed(c)
		}
		kept := c.Sizes()
		for range 10 {
			w, h := 20+r.IntN(280), 6+r.IntN(114)
			c := &ui.Context{Width: w, Height: h}
			c.SetSizes(kept)
			usual := &ui.Context{Width: w, Height: h}
			want := usual.Place("s", w, h, sizable())
			got := c.Place("s", w, h, sizable())
			if len(got) != len(want) {
				t.Fatalf("%dx%d: %d panes, as they come %d", w, h, len(got), len(want))
			}
			area := 0
			for i, p := range got {
				if p.X < 0 || p.Y < 0 || p.X+p.W > w || p.Y+p.H > h || p.ID != want[i].ID {
					t.Fatalf("%dx%d: %v is outside", w, h, p)
				}
				least := map[string][2]int{"a": {40, 10}, "b": {20, 10}, "c": {20, 10}, "d": {0, 6}, "e": {0, 4}}[p.ID]
				if p.W < min(least[0], want[i].W) || p.H < min(least[1], want[i].H) {
					t.Fatalf("%dx%d: %v is too small, as it comes %v", w, h, p, want[i])
				}
				area += p.W * p.H
			}
			if !c.Framed() && area != w*h {
				t.Fatalf("%dx%d: %d cells are covered: %v", w, h, area, got)
			}
		}
	}
	c := &ui.Context{Width: 160, Height: 60}
	c.SetSizes(map[string]ui.Shares{"s": {"across a": 1e9, "across b": -4, "down d": 0.99, "down e": 0.99}}) // a file that somebody has edited
	placed(c)
}
