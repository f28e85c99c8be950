package score_test

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"assay/core/prune/score"
)

// byTheBook follows the description of Panning line by line, in float64 and by
// sorting, apart from the code under test: section 7 of arXiv 2209.13378 with
// the constants of its released code.
func byTheBook(o *oracle, weights []float64, b score.Batch, exponent float64, steps int, temperature float64) []bool {
	n := len(weights)
	kept := make([]bool, n)
	for i := range kept {
		kept[i] = true
	}
	z := func(s []float64) []float64 {
		mean := 0.0
		for _, x := range s {
			mean += x / float64(n)
		}
		variance := 0.0
		for _, x := range s {
			variance += (x - mean) * (x - mean) / float64(n-1)
		}
		out := make([]float64, n)
		if variance == 0 {
			return out // an index that is the same everywhere contributes nothing
		}
		for i, x := range s {
			out[i] = math.Abs(x-mean) / math.Sqrt(variance)
		}
		return out
	}
	_, g := o.pass(weights, nil, wide(b.X), b.Y, temperature, false)
	_, h := o.pass(weights, values(g), wide(b.X), b.Y, temperature, false)
	snip, grasp := make([]float64, n), make([]float64, n)
	for i, w := range weights {
		snip[i] = w * g[i].v
		grasp[i] = w * 2 * h[i].d
	}
	snip, grasp = z(snip), z(grasp)
	ones := make([]float64, o.inLen)
	for i := range ones {
		ones[i] = 1
	}
	factors := [][3]float64{{.2, .5, .3}, {.2, .4, .4}, {.2, .3, .5}, {.4, .2, .4}, {.5, 0, .5}}
	bounds := []float64{.8, .9, .98, .99}
	at := 0
	for t := 1; t <= steps; t++ {
		abs := make([]float64, n)
		for i, w := range weights {
			if kept[i] {
				abs[i] = math.Abs(w)
			}
		}
		_, flow := o.pass(abs, nil, ones, nil, 1, true)
		syn := make([]float64, n)
		for i, w := range weights {
			syn[i] = w * flow[i].v
		}
		syn = z(syn)
		keep := math.Pow(math.Pow(10, -exponent), float64(t)/float64(steps))
		if at < len(bounds) && 1-keep > bounds[at] {
			at++
		}
		f := factors[at]
		total := make([]float64, n)
		order := make([]int, n)
		for i := range total {
			order[i] = i
			total[i] = f[0]*syn[i] + f[1]*snip[i] + f[2]*grasp[i]
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(total[b], total[a]) })
		k := n - int(math.Floor((1-keep)*float64(n)+1e-9))
		clear(kept)
		for _, i := range order[:max(k, 1)] {
			kept[i] = true
		}
	}
	return kept
}

func overlap(a, b []bool) float64 {
	both, n := 0, 0
	for i := range a {
		if a[i] {
			n++
			if b[i] {
				both++
			}
		}
	}
	return float64(both) / float64(n)
}

func TestPanningFollowsItsDescription(t *testing.T) {
	nets := []string{"conv", "residual"}
	if testing.Short() {
		nets = nets[:1]
	}
	for _, name := range nets {
		spec, params, running, b := example(t, name)
		l, _ := spec.Layout()
		for exponent, least := range map[float64]float64{1: .99, 1.7: .99, 2: .99} {
			r := scored(t, spec, params, running, score.Options{Method: method(t, "panning"), Exponent: exponent, Batch: always(b)})
			want := byTheBook(newOracle(t, spec, params, running), wide(params[:l.Prunable]), b, exponent, 100, 200)
			if got := overlap(want, r.Mask); got < least || r.Mask.Kept() != score.Kept(l.Prunable, exponent) {
				t.Errorf("%s 10^%g: overlap %.3f, %d kept", name, exponent, got, r.Mask.Kept())
			}
		}
	}
}

func TestStagesAdvanceOneAStep(t *testing.T) {
	spec, params, running, b := example(t, "conv")
	// In two steps the sparsities are .9 and .99: beyond the first and the fourth bound.
	r := scored(t, spec, params, running, score.Options{Method: method(t, "panning"), Exponent: 2, Steps: 2, Batch: always(b)})
	want := [][3]float64{{.2, .4, .4}, {.2, .3, .5}}
	for i, s := range r.Trace {
		if s.Weights != want[i] {
			t.Errorf("step %d at sparsity %.2f: %v, want %v", s.Step, s.Sparsity, s.Weights, want[i])
		}
	}
}

func TestUnusual(t *testing.T) {
	dst := make([]float64, 4)
	if !score.Unusual(dst, []float64{1, 2, 3, 6}) {
		t.Error("a deviation is there")
	}
	std := math.Sqrt((4 + 1 + 0 + 9) / 3.)
	close64(t, "unusual", dst, []float64{2 / std, 1 / std, 0, 3 / std}, 1e-12)
	if score.Unusual(dst, []float64{5, 5, 5, 5}) || dst[0] != 0 {
		t.Error("equal scores have no deviation")
	}
	if !score.Unusual(dst, []float64{1e300, 2e300, 3e300, 6e300}) || math.Abs(dst[3]-3/std) > 1e-12 {
		t.Errorf("large scores: %v", dst)
	}
}

// An index that is the same everywhere counts for nothing and says so.
func TestPanningOnZeros(t *testing.T) {
	spec, _, running, b := example(t, "conv")
	l, _ := spec.Layout()
	r := scored(t, spec, make([]float32, l.Params), running, score.Options{Method: method(t, "panning"), Exponent: 1, Steps: 3, Batch: always(b)})
	if r.Mask.Kept() != score.Kept(l.Prunable, 1) || len(r.Warnings) < 3 {
		t.Errorf("kept %d, warnings %v", r.Mask.Kept(), r.Warnings)
	}
}
