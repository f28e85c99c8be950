package ui_test

import (
	"slices"
	"testing"

	"assay/tui/ui"
)

func TestDivideGivesMinimaThenIdealsThenWeights(t *testing.T) {
	areas := []ui.Area{{Min: 5, Weight: 3, Priority: 9}, {Min: 6, Ideal: 10, Priority: 5}, {Min: 4, Weight: 1, Priority: 1}}
	cases := []struct {
		total, overlap int
		want           []int
	}{
		{15, 0, []int{5, 6, 4}},
		{19, 0, []int{5, 10, 4}},
		{27, 0, []int{11, 10, 6}},
		{14, 0, []int{5, 9, 0}},  // the last has the lowest priority
		{10, 0, []int{10, 0, 0}}, // then the second
		{3, 0, []int{3, 0, 0}},   // the first is never dropped
		{13, 1, []int{5, 6, 4}},  // shared borders
		{21, -2, []int{5, 8, 4}}, // gaps between columns
		{0, 0, []int{0, 0, 0}},   // nothing to share
		{-4, 0, []int{0, 0, 0}},  // less than nothing
	}
	for _, c := range cases {
		if got := ui.Divide(c.total, c.overlap, areas); !slices.Equal(got, c.want) {
			t.Errorf("Divide(%d, %d) = %v, want %v", c.total, c.overlap, got, c.want)
		}
	}
}

func TestPanesCoverTheScreenAndOverlapInBordersOnly(t *testing.T) {
	root := ui.Area{Areas: []ui.Area{
		{Across: true, Min: 10, Weight: 2, Priority: 5, Areas: []ui.Area{
			{ID: "a", Min: 40, Weight: 2, Priority: 5}, {ID: "b", Min: 20, Ideal: 38, Priority: 4}, {ID: "c", Min: 20, Weight: 1, Priority: 1},
		}},
		{ID: "d", Min: 6, Ideal: 12, Weight: 1, Priority: 3},
		{ID: "e", Min: 4, Ideal: 6, Priority: 2},
	}}
	for w := 20; w <= 300; w += 7 {
		for h := 6; h <= 120; h += 3 {
			for _, framed := range []bool{true, false} {
				got := ui.Compute(w, h, root, framed)
				if len(got) == 0 || got[0].ID != "a" {
					t.Fatalf("%dx%d: the first pane is missing: %v", w, h, got)
				}
				hits := make([]int, w*h)
				for _, p := range got {
					if p.X < 0 || p.Y < 0 || p.W < 1 || p.H < 1 || p.X+p.W > w || p.Y+p.H > h {
						t.Fatalf("%dx%d: %v is outside", w, h, p)
					}
					for y := p.Y; y < p.Y+p.H; y++ {
						for x := p.X; x < p.X+p.W; x++ {
							inside := x > p.X && x < p.X+p.W-1 && y > p.Y && y < p.Y+p.H-1
							if inside || !framed {
								hits[y*w+x] += 100
							} else {
								hits[y*w+x]++
							}
						}
					}
				}
				for i, n := range hits {
					if n == 0 || n > 100 || n > 4 && n < 100 {
						t.Fatalf("%dx%d framed %v: cell %d,%d is covered %d times by %v", w, h, framed, i%w, i/w, n, got)
					}
				}
			}
		}
	}
}

func TestSizeClasses(t *testing.T) {
	for w, want := range map[int]ui.Class{59: ui.Tiny, 60: ui.Small, 99: ui.Small, 100: ui.Medium, 159: ui.Medium, 160: ui.Large} {
		if got := ui.WidthClass(w); got != want {
			t.Errorf("width %d is %v", w, got)
		}
	}
	for h, want := range map[int]ui.Class{17: ui.Tiny, 18: ui.Small, 29: ui.Small, 30: ui.Medium, 49: ui.Medium, 50: ui.Large} {
		if got := ui.HeightClass(h); got != want {
			t.Errorf("height %d is %v", h, got)
		}
	}
}
