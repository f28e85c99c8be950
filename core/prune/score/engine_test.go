package score_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"assay/core/prune"
	"assay/core/prune/net"
	"assay/core/prune/score"
	"assay/gpu"
)

func engine(t testing.TB, spec prune.Spec, params, running []float32) *score.Engine {
	t.Helper()
	d, err := gpu.Open("cpu", gpu.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	m, err := net.New(d, spec)
	if err != nil {
		t.Fatal(err)
	}
	return score.NewEngine(m, params, running)
}

func onEngine(t testing.TB, spec prune.Spec, params, running []float32, o score.Options) *score.Result {
	t.Helper()
	l, err := spec.Layout()
	if err != nil {
		t.Fatal(err)
	}
	r, err := score.Run(context.Background(), engine(t, spec, params, running), l.Weights(), params[:l.Prunable], o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every method on the kernels against the same on the float64 oracle.
func TestKernelsScoreAsTheOracle(t *testing.T) {
	for _, name := range []string{"conv", "residual"} {
		spec, params, running, b := example(t, name)
		for _, m := range []string{"snip", "grasp", "synflow", "force", "iter-snip"} {
			o := score.Options{Method: method(t, m), Exponent: .6, Steps: 4, Batch: always(b)}
			want, got := scored(t, spec, params, running, o), onEngine(t, spec, params, running, o)
			largest := 0.0
			for _, x := range want.Scores {
				largest = max(largest, math.Abs(x))
			}
			for i, x := range want.Scores {
				// 2e-5 of the largest: sums of some hundred products of 24 bits.
				if math.Abs(got.Scores[i]-x) > 2e-5*largest {
					t.Fatalf("%s %s: score %d is %v, by the oracle %v", name, m, i, got.Scores[i], x)
				}
			}
			if v := overlap(want.Mask, got.Mask); v < .99 {
				t.Errorf("%s %s: overlap %.3f", name, m, v)
			}
		}
	}
}

func TestEqualSeedsGiveEqualHashes(t *testing.T) {
	spec, params, running, b := example(t, "conv")
	for _, m := range []string{"random", "snip", "synflow", "panning"} {
		o := score.Options{Method: method(t, m), Exponent: 1, Steps: 5, Seed: 8, Batch: always(b)}
		a, b := onEngine(t, spec, params, running, o), onEngine(t, spec, params, running, o)
		if a.Mask.Hash() != b.Mask.Hash() || !slices.Equal(a.Scores, b.Scores) {
			t.Errorf("%s: two passes differ", m)
		}
	}
}
