//go:build slow

package score_test

import (
	"testing"

	"assay/core/prune/score"
)

// Panning on the kernels against its description in float64, on LeNet-300 at
// 10, 100 and 1000.
func TestPanningOnKernelsFollowsItsDescription(t *testing.T) {
	spec, params, running, b := example(t, "lenet300")
	l, _ := spec.Layout()
	for exponent, least := range map[float64]float64{1: .99, 2: .99, 3: .95} {
		got := onEngine(t, spec, params, running, score.Options{Method: method(t, "panning"), Exponent: exponent, Batch: always(b)})
		want := byTheBook(newOracle(t, spec, params, running), wide(params[:l.Prunable]), b, exponent, 100, 200)
		if v := overlap(want, got.Mask); v < least {
			t.Errorf("10^%g: overlap %.4f", exponent, v)
		} else {
			t.Logf("10^%g: overlap %.4f of %d", exponent, v, got.Mask.Kept())
		}
	}
}
