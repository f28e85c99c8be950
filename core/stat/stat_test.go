package stat_test

import (
	"math"
	"testing"

	"assay/core/prng"
	"assay/core/stat"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(1, math.Abs(b)) }

func TestMoments(t *testing.T) {
	x := []float64{3, -1, 4, 1, -5}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mean", stat.Mean(x), 0.4},
		{"rms", stat.RMS(x), math.Sqrt(52.0 / 5)},
		{"max", stat.Max(x), 4},
		{"max of negatives", stat.Max([]float64{-2, -3}), -2},
		{"median", stat.Quantile(x, 0.5), 1},
		{"p95 between order statistics", stat.Quantile(x, 0.95), 3.8},
		{"minimum", stat.Quantile(x, 0), -5},
		{"maximum", stat.Quantile(x, 1), 4},
		{"mean of nothing", stat.Mean(nil), 0},
		{"rms of nothing", stat.RMS(nil), 0},
		{"max of nothing", stat.Max(nil), 0},
		{"quantile of nothing", stat.Quantile(nil, 0.5), 0},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestQuantileLeavesItsInputAlone(t *testing.T) {
	x := []float64{3, 1, 2}
	stat.Quantile(x, 0.5)
	if x[0] != 3 || x[1] != 1 || x[2] != 2 {
		t.Errorf("input was reordered: %v", x)
	}
}

func TestSpearman(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y []float64
		want float64
	}{
		{"same order", []float64{1, 2, 3}, []float64{10, 100, 1000}, 1},
		{"reversed", []float64{1, 2, 3}, []float64{3, 2, 1}, -1},
		{"ties share a rank", []float64{1, 2, 2, 3}, []float64{1, 3, 2, 4}, 0.9486832980505138},
		{"constant", []float64{1, 1, 1}, []float64{1, 2, 3}, 0},
		{"too short", []float64{1}, []float64{1}, 0},
		{"lengths differ", []float64{1, 2}, []float64{1, 2, 3}, 0},
	} {
		if got := stat.Spearman(c.x, c.y); !near(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCI95CoversTheShareAndRepeats(t *testing.T) {
	hits, tries := make([]float64, 100), make([]float64, 100)
	for i := range hits {
		tries[i] = 6
		hits[i] = float64(i % 7 % 6)
	}
	share := stat.Mean(hits) / 6
	a := stat.CI95(prng.New(1, "ci"), hits, tries)
	b := stat.CI95(prng.New(1, "ci"), hits, tries)
	if a != b {
		t.Errorf("same stream gave %v and %v", a, b)
	}
	if !(a[0] < share && share < a[1]) {
		t.Errorf("interval %v does not cover %v", a, share)
	}
	// The normal approximation of the same interval: 1.96 standard errors of the mean of units.
	var v float64
	for i := range hits {
		v += (hits[i]/6 - share) * (hits[i]/6 - share)
	}
	half := 1.96 * math.Sqrt(v/99/100)
	if w := (a[1] - a[0]) / 2; math.Abs(w-half) > 0.15*half {
		t.Errorf("half width %v, normal approximation %v", w, half)
	}
}

func TestCI95OfNothing(t *testing.T) {
	if got := stat.CI95(prng.New(1, "ci"), nil, nil); got != [2]float64{} {
		t.Errorf("no units: %v", got)
	}
	if got := stat.CI95(prng.New(1, "ci"), []float64{0}, []float64{0}); got != [2]float64{} {
		t.Errorf("no tries: %v", got)
	}
}
