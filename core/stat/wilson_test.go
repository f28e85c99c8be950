package stat_test

import (
	"math"
	"testing"

	"assay/core/stat"
)

// Each bound p of a score interval solves (hits/n - p)^2 = z^2 p (1-p) / n, which
// is how the interval is defined.
func TestWilson95SolvesItsEquation(t *testing.T) {
	const z = 1.959963984540054
	for _, c := range [][2]int{{0, 10}, {10, 10}, {1, 3}, {22, 24}, {50, 100}, {999, 1000}} {
		share, n := float64(c[0])/float64(c[1]), float64(c[1])
		got := stat.Wilson95(c[0], c[1])
		for _, p := range got {
			if d := (share-p)*(share-p) - z*z*p*(1-p)/n; math.Abs(d) > 1e-12 {
				t.Errorf("%d of %d: bound %v misses by %v", c[0], c[1], p, d)
			}
		}
		if got[0] > share || got[1] < share || c[0] > 0 && c[0] < c[1] && got[0] == got[1] {
			t.Errorf("%d of %d: %v does not hold %v", c[0], c[1], got, share)
		}
	}
}

func TestWilson95OfNothingIsEverything(t *testing.T) {
	if got := stat.Wilson95(0, 0); got != [2]float64{0, 1} {
		t.Errorf("%v", got)
	}
}
