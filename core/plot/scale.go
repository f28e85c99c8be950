package plot

import "math"

// Scale maps values to 0..1, linearly or by their logarithm. The zero Scale is
// not usable; make one with Linear, Log or Nice.
type Scale struct {
	Lo, Hi float64 // the values at 0 and at 1; Lo < Hi, and 0 < Lo where Log
	Log    bool
}

// Linear returns the scale from lo to hi. Bounds that are equal, swapped or not
// finite are widened or replaced, so that the scale is always usable.
func Linear(lo, hi float64) Scale {
	if !finite(lo) || !finite(hi) {
		lo, hi = 0, 1
	}
	if hi < lo {
		lo, hi = hi, lo
	}
	if hi == lo {
		d := math.Abs(lo) / 2
		if d == 0 {
			d = .5
		}
		lo, hi = lo-d, hi+d
	}
	return Scale{Lo: lo, Hi: hi}
}

// Growing returns a linear scale from lo for an axis whose data still grows and is at
// hi now: it reaches up to a quarter further, and jumps when it is full. So a live
// chart only appends for most of the time, where one that slid would be drawn anew
// with every point.
func Growing(lo, hi float64) Scale {
	span := hi - lo
	if !finite(span) || span <= 0 {
		return Linear(lo, hi)
	}
	decade := math.Pow(10, math.Floor(math.Log10(span)))
	for _, step := range []float64{1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8, 10} {
		if end := step * decade; end >= span {
			return Linear(lo, lo+end)
		}
	}
	return Linear(lo, hi)
}

// Log returns the logarithmic scale from lo to hi; bounds at or below zero are
// replaced as Linear does.
func Log(lo, hi float64) Scale {
	if hi < lo {
		lo, hi = hi, lo
	}
	if !finite(hi) || hi <= 0 {
		lo, hi = .1, 1
	}
	if !finite(lo) || lo <= 0 {
		lo = hi / 1e3
	}
	if hi == lo {
		lo, hi = lo/2, hi*2
	}
	return Scale{Lo: lo, Hi: hi, Log: true}
}

// At returns the place of v, 0 at Lo and 1 at Hi, beyond them outside of 0..1.
// It is NaN where v has no place: NaN, and at or below zero on a logarithmic
// scale.
func (s Scale) At(v float64) float64 {
	if !s.Log {
		return (v - s.Lo) / (s.Hi - s.Lo)
	}
	if !(v > 0) {
		return math.NaN()
	}
	return math.Log(v/s.Lo) / math.Log(s.Hi/s.Lo)
}

// Value returns the value at a place: the inverse of At.
func (s Scale) Value(t float64) float64 {
	if !s.Log {
		return s.Lo + t*(s.Hi-s.Lo)
	}
	return s.Lo * math.Pow(s.Hi/s.Lo, t)
}

// Bounds returns the smallest and the largest finite value; ok is false where
// there is none. With positive set, values at or below zero are left out too.
func Bounds(positive bool, lists ...[]float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, l := range lists {
		for _, v := range l {
			if !finite(v) || positive && v <= 0 {
				continue
			}
			lo, hi, ok = min(lo, v), max(hi, v), true
		}
	}
	if !ok {
		return 0, 0, false
	}
	return lo, hi, true
}

// Nice widens the bounds to multiples of a tick step that gives about n ticks
// (whole 1-2-5 values on a logarithmic scale). A lower bound of 0 stays 0.
func Nice(lo, hi float64, n int, log bool) Scale {
	if log {
		s := Log(lo, hi)
		return Scale{Lo: floor125(s.Lo), Hi: ceil125(s.Hi), Log: true}
	}
	s := Linear(lo, hi)
	step := Step(s.Lo, s.Hi, n)
	a := math.Floor(s.Lo/step+1e-9) * step
	b := math.Ceil(s.Hi/step-1e-9) * step
	return Linear(a, b)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
