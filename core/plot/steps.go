package plot

import (
	"math"
	"slices"
)

// StepCount is the number of steps of a ramp. Step 0 stands for exactly zero
// (and below), steps 1 to 15 for the values above it.
const StepCount = 16

// NoStep is the step of NaN.
const NoStep = -128

// clipAt is the quantile of the values above zero where a scale ends, so that a
// single outlier does not blacken the rest; larger values share the last step.
const clipAt = .995

// StepKind says how values are spread over the steps.
type StepKind uint8

// The kinds: equal differences, equal ratios, equal numbers of values a step.
const (
	LinearSteps StepKind = iota
	LogSteps
	QuantileSteps
)

// String returns the word that legends show.
func (k StepKind) String() string {
	switch k {
	case LogSteps:
		return "log"
	case QuantileSteps:
		return "quantile"
	default:
		return "linear"
	}
}

// Next returns the kind that a key cycles to.
func (k StepKind) Next() StepKind { return (k + 1) % 3 }

// Steps quantises values to the steps of a sequential ramp. The zero value puts
// everything above zero on the last step.
type Steps struct {
	Kind StepKind
	// Edges[i] is the lower bound of step i, for i from 1; Edges[1] is the
	// bottom of the scale, below which values above zero still get step 1.
	Edges [StepCount]float64
	Clip  float64 // where the scale ends: the 99.5 % quantile of the values above zero
	Top   float64 // the largest value; the scale is clipped where it lies above Clip
	N     int     // values above zero that the scale was made from
}

// NewSteps makes the scale of a set of values, which may come in several lists
// so that several maps share it. NaN and values at or below zero do not count.
func NewSteps(kind StepKind, lists ...[]float32) Steps {
	s := Steps{Kind: kind}
	v := positive(lists)
	if len(v) == 0 {
		return s
	}
	slices.Sort(v)
	s.N, s.Top, s.Clip = len(v), float64(v[len(v)-1]), quantile(v, clipAt)
	const n = StepCount - 1
	switch kind {
	case LinearSteps:
		for i := 1; i <= n; i++ {
			s.Edges[i] = s.Clip * float64(i-1) / n
		}
	case LogSteps:
		// Three decades show what a float32 computation leaves above its noise;
		// what lies below them gets step 1.
		lo := max(float64(v[0]), s.Clip/1e3)
		for i := 1; i <= n; i++ {
			s.Edges[i] = lo * math.Pow(s.Clip/lo, float64(i-1)/n)
		}
	case QuantileSteps:
		for i := 1; i <= n; i++ {
			s.Edges[i] = quantile(v, float64(i-1)/n)
		}
	}
	return s
}

// Of returns the step of a value: 0 to 15, or NoStep for NaN.
func (s Steps) Of(v float32) int {
	x := float64(v)
	switch {
	case math.IsNaN(x):
		return NoStep
	case x <= 0:
		return 0
	}
	for i := StepCount - 1; i > 1; i-- {
		if x >= s.Edges[i] {
			return i
		}
	}
	return 1
}

// Clipped reports whether values lie above the end of the scale.
func (s Steps) Clipped() bool { return s.Top > s.Clip }

// Diverging quantises values to the steps -7 to 7 around zero. (Ramps hold a
// step -8 too; leaving it out keeps the two sides alike.) Step 0 is a band of
// half a step around zero.
type Diverging struct {
	Limit float64 // where the scale ends on both sides: the 99.5 % quantile of the absolute values
	Top   float64 // the largest absolute value
}

// DivergeMost is the last step of a diverging scale on each side.
const DivergeMost = 7

// NewDiverging makes the scale of a set of values. NaN and zero do not count.
func NewDiverging(lists ...[]float32) Diverging {
	var v []float32
	for _, l := range lists {
		for _, x := range l {
			if x != 0 && x == x {
				v = append(v, max(x, -x))
			}
		}
	}
	if len(v) == 0 {
		return Diverging{}
	}
	slices.Sort(v)
	return Diverging{Limit: quantile(v, clipAt), Top: float64(v[len(v)-1])}
}

// Of returns the step of a value: -7 to 7, or NoStep for NaN.
func (d Diverging) Of(v float32) int {
	x := float64(v)
	if math.IsNaN(x) {
		return NoStep
	}
	if d.Limit == 0 {
		return 0
	}
	return int(math.Round(min(max(x/d.Limit, -1), 1) * DivergeMost))
}

// Clipped reports whether values lie beyond the end of the scale.
func (d Diverging) Clipped() bool { return d.Top > d.Limit }

// sampleMost bounds the values that are sorted for a scale: quantiles of this
// many are exact to far less than a step.
const sampleMost = 1 << 16

// positive collects the values above zero, every k-th where there are more than
// sampleMost, and always the largest.
func positive(lists [][]float32) []float32 {
	total := 0
	for _, l := range lists {
		total += len(l)
	}
	every := total/sampleMost + 1
	out := make([]float32, 0, min(total, sampleMost+1))
	var top float32
	at := 0
	for _, l := range lists {
		for _, v := range l {
			if v > top && !math.IsInf(float64(v), 0) {
				top = v
			}
			if at%every == 0 && v > 0 && !math.IsInf(float64(v), 0) {
				out = append(out, v)
			}
			at++
		}
	}
	if every > 1 && top > 0 {
		out = append(out, top)
	}
	return out
}

// quantile of sorted values, linear between the order statistics.
func quantile(sorted []float32, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return float64(sorted[len(sorted)-1])
	}
	a, b := float64(sorted[i]), float64(sorted[i+1])
	return a + (at-float64(i))*(b-a)
}
