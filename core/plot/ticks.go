package plot

import "math"

// Step returns the 1, 2 or 5 times a power of ten whose multiples divide lo to
// hi most nearly into n-1 parts. n below 2 counts as 2.
func Step(lo, hi float64, n int) float64 {
	span := hi - lo
	if !finite(span) || span <= 0 {
		return 1
	}
	raw := span / float64(max(n, 2)-1)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	switch f := raw / power; {
	case f < 1.5:
		return power
	case f < 3.5:
		return 2 * power
	case f < 7.5:
		return 5 * power
	}
	return 10 * power
}

// Ticks returns the round values inside the scale, ascending, about n of them:
// steps of 1, 2 or 5 times a power of ten; on a logarithmic scale decades, with
// 2 and 5 between them where fewer than three decades are shown.
func (s Scale) Ticks(n int) []float64 {
	if s.Log {
		return s.logTicks(n)
	}
	step := Step(s.Lo, s.Hi, n)
	var t []float64
	for k := math.Ceil(s.Lo/step - 1e-9); ; k++ {
		v := k * step
		if v > s.Hi+step*1e-9 || len(t) > maxTicks {
			return t
		}
		if math.Abs(v) < step*1e-9 {
			v = 0
		}
		t = append(t, v)
	}
}

// maxTicks stops a loop that rounding could otherwise keep going; no axis has
// room for as many.
const maxTicks = 1000

func (s Scale) logTicks(n int) []float64 {
	first := int(math.Ceil(math.Log10(s.Lo) - 1e-9))
	last := int(math.Floor(math.Log10(s.Hi) + 1e-9))
	decades := last - first + 1
	if decades >= 3 {
		every := max(1, (decades+n-1)/max(n, 1))
		var t []float64
		for e := first; e <= last; e += every {
			t = append(t, math.Pow(10, float64(e)))
		}
		return t
	}
	var all []float64
	for e := first - 1; e <= last+1; e++ {
		for _, f := range []float64{1, 2, 5} {
			v := f * math.Pow(10, float64(e))
			if v >= s.Lo*(1-1e-9) && v <= s.Hi*(1+1e-9) {
				all = append(all, v)
			}
		}
	}
	if len(all) < 2 {
		return []float64{s.Lo, s.Hi}
	}
	return all
}

// floor125 returns the largest 1, 2 or 5 times a power of ten at or below v > 0.
func floor125(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	for _, f := range []float64{5, 2} {
		if f*p <= v*(1+1e-9) {
			return f * p
		}
	}
	return p
}

// ceil125 returns the smallest 1, 2 or 5 times a power of ten at or above v > 0.
func ceil125(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	for _, f := range []float64{1, 2, 5} {
		if f*p >= v*(1-1e-9) {
			return f * p
		}
	}
	return 10 * p
}
