package stat_test

import (
	"math"
	"testing"

	"assay/core/stat"
)

// The quantiles are those of printed tables (e.g. NIST/SEMATECH 1.3.6.7.2, and
// for one and two degrees of freedom the closed forms).
func TestTQuantile(t *testing.T) {
	for df, want := range map[int]float64{1: math.Tan(math.Pi * 0.475), 2: 4.302652729911275, 4: 2.7764451051977987, 10: 2.2281388519649385, 100: 1.983971518523552} {
		if got := stat.TQuantile(0.975, df); math.Abs(got-want) > 1e-9*want {
			t.Errorf("df %d: %v, want %v", df, got, want)
		}
		if got := stat.TQuantile(0.025, df); math.Abs(got+want) > 1e-9*want {
			t.Errorf("df %d, lower tail: %v, want %v", df, got, -want)
		}
	}
}

func TestTInterval(t *testing.T) {
	ci, ok := stat.TInterval([]float64{1, 2, 3})
	half := 4.302652729911275 / math.Sqrt(3)
	if !ok || math.Abs(ci[0]-(2-half)) > 1e-9 || math.Abs(ci[1]-(2+half)) > 1e-9 {
		t.Errorf("%v %v", ci, ok)
	}
	if _, ok := stat.TInterval([]float64{1}); ok {
		t.Error("one sample has an interval")
	}
	if ci, _ := stat.TInterval([]float64{.5, .5}); ci != [2]float64{.5, .5} {
		t.Errorf("equal samples: %v", ci)
	}
}
