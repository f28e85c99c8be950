package ref

import "math"

// MatMul returns a [m, k] * w^T with w [n, k], plus bias [n] and, when start is
// not nil, plus start [m, n].
func MatMul(a, w, bias, start []float32, m, n, k int) []float64 {
	c := make([]float64, m*n)
	for i := range m {
		for j := range n {
			var sum float64
			if start != nil {
				sum = float64(start[i*n+j])
			}
			for x := range k {
				sum += float64(a[i*k+x]) * float64(w[j*k+x])
			}
			if bias != nil {
				sum += float64(bias[j])
			}
			c[i*n+j] = sum
		}
	}
	return c
}

// Chain returns what MatMul of package gpu promises bit for bit: one float32
// chain of fused multiply-adds over k for each output, then bias.
func Chain(a, w, bias, start []float32, m, n, k int) []float32 {
	c := make([]float32, m*n)
	for i := range m {
		for j := range n {
			var sum float32
			if start != nil {
				sum = start[i*n+j]
			}
			for x := range k {
				sum = FMA32(a[i*k+x], w[j*k+x], sum)
			}
			if bias != nil {
				sum += bias[j]
			}
			c[i*n+j] = sum
		}
	}
	return c
}

// FMA32 returns x*y + z rounded once to float32. The product is exact in
// float64; the sum is rounded to odd, which makes the second rounding harmless.
func FMA32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return float32(s)
	}
	// Two-sum: e is the exact error of s.
	t := s - p
	e := (p - (s - t)) + (c - t)
	bits := math.Float64bits(s)
	if e != 0 && bits&1 == 0 {
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}
