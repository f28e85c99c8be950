package ref

import "math"

// F16 returns x rounded to the nearest binary16, ties to even, as bits. NaN
// gives a quiet NaN of unspecified payload.
func F16(x float32) uint16 { return narrow(float64(x), 10, 5) }

// BF16 returns x rounded to the nearest bfloat16, ties to even, as bits. NaN
// gives a quiet NaN of unspecified payload.
func BF16(x float32) uint16 { return narrow(float64(x), 7, 8) }

// FromF16 returns the value of binary16 bits.
func FromF16(h uint16) float32 { return widen(h, 10, 5) }

// FromBF16 returns the value of bfloat16 bits.
func FromBF16(h uint16) float32 { return widen(h, 7, 8) }

// narrow encodes x with the given widths of fraction and exponent.
func narrow(x float64, frac, exp int) uint16 {
	var sign uint16
	if math.Signbit(x) {
		sign = 0x8000
	}
	inf := uint16(1<<exp-1) << frac
	bias := 1<<(exp-1) - 1
	switch {
	case math.IsNaN(x):
		return sign | inf | 1<<(frac-1)
	case x == 0:
		return sign
	}
	x = math.Abs(x)
	_, e := math.Frexp(x) // x = m 2^e with 1/2 <= m < 1
	if math.IsInf(x, 0) || e-1 > bias {
		return sign | inf
	}
	// Spacing of the format's numbers around x; subnormals share the smallest.
	step := max(e-1, 1-bias) - frac
	n := math.RoundToEven(math.Ldexp(x, -step))
	// n counts steps. Adding the exponent field as a number lets a carry out of
	// the fraction raise it.
	field := step + frac + bias - 1
	return sign | (uint16(field)<<frac + uint16(n))
}

func widen(h uint16, frac, exp int) float32 {
	sign := float64(1)
	if h&0x8000 != 0 {
		sign = -1
	}
	bias := 1<<(exp-1) - 1
	e := int(h>>frac) & (1<<exp - 1)
	f := float64(h & (1<<frac - 1))
	switch {
	case e == 1<<exp-1 && f != 0:
		return float32(math.NaN())
	case e == 1<<exp-1:
		return float32(math.Inf(int(sign)))
	case e == 0:
		return float32(sign * math.Ldexp(f, 1-bias-frac))
	}
	return float32(sign * math.Ldexp(f+float64(int(1)<<frac), e-bias-frac))
}
