package ui_test

import (
	"math"
	"testing"

	"assay/core/plot"
	"assay/tui/ui"
)

func TestSparksAreOneLineOfHeights(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7}
	for _, s := range []struct {
		y     []float64
		x     plot.Scale
		w     int
		ascii bool
		want  string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, plot.Linear(0, 7), 8, false, "▁▂▃▄▅▆▇█"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, plot.Linear(0, 7), 4, true, "_.-'"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, plot.Linear(0, 15), 8, false, "▁▃▆█    "}, // grows to the right
		{[]float64{5, 5, 5, 5, 5, 5, 5, 5}, plot.Linear(0, 7), 4, false, "▁▁▁▁"},
		{[]float64{0, math.NaN(), math.Inf(1), 7}, plot.Linear(0, 3), 4, false, "▁  █"},
		{[]float64{0, 4}, plot.Linear(0, 1), 5, false, "▁▃▅▇█"},
		{nil, plot.Linear(0, 1), 3, false, "   "},
		{[]float64{1}, plot.Linear(0, 1), 0, false, ""},
	} {
		if got := ui.Spark(&ui.Context{ASCII: s.ascii}, x, s.y, s.x, s.w); got != s.want {
			t.Errorf("%v: %q, want %q", s.y, got, s.want)
		}
	}
}
