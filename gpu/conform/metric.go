package conform

import (
	"fmt"
	"math"
)

// bound is what an output's error may be. An element within floor of the
// reference always passes, which is for results near zero.
type bound struct {
	nmse  float64 // sum (a-b)^2 / sum b^2
	rel   float64 // largest |a-b| / |b|; 0 is unchecked
	floor float64 // absolute
}

// want is the reference of one output.
type want struct {
	values []float64
	bound  bound
	// exact holds float32 results that must be met bit for bit, by index.
	exact map[int]float32
}

// measure judges got by the reference and returns its error.
func (w want) measure(got []float32) (nmse float64, err error) {
	if len(got) != len(w.values) {
		return 0, fmt.Errorf("%d elements, expected %d", len(got), len(w.values))
	}
	var num, den float64
	for i, g := range got {
		a, b := float64(g), w.values[i]
		if r := float64(float32(b)); math.IsNaN(b) || math.IsInf(r, 0) || math.IsNaN(a) || math.IsInf(a, 0) {
			if !(math.IsNaN(a) && math.IsNaN(b)) && a != r {
				return 0, fmt.Errorf("element %d is %g, expected %g", i, a, b)
			}
			continue
		}
		den += b * b
		e := math.Abs(a - b)
		if e <= w.bound.floor {
			continue
		}
		num += e * e
		if w.bound.rel > 0 && e > w.bound.rel*math.Abs(b) {
			return 0, fmt.Errorf("element %d is %g, expected %g: relative error %.1e above %.1e", i, a, b, e/math.Abs(b), w.bound.rel)
		}
	}
	for i, x := range w.exact {
		if _, same := sameBits([]float32{x}, got[i:i+1]); !same {
			return 0, fmt.Errorf("element %d is %g (%08x), defined as %g (%08x)", i, got[i], math.Float32bits(got[i]), x, math.Float32bits(x))
		}
	}
	if num == 0 {
		return 0, nil
	}
	if den == 0 {
		return math.Inf(1), fmt.Errorf("error %g where the reference is zero", math.Sqrt(num))
	}
	nmse = num / den
	if nmse > w.bound.nmse {
		return nmse, fmt.Errorf("mean square error %.1e above %.1e", nmse, w.bound.nmse)
	}
	return nmse, nil
}
