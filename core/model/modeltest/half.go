package modeltest

import "math"

// roundTo returns x as the named storage type ("F32", "F16" or "BF16") holds it, and its little-endian bytes. Rounding is
// to nearest, ties to even.
func roundTo(dtype string, x float32) (float32, []byte) {
	switch dtype {
	case "F16":
		h := toHalf(x)
		return fromHalf(h), []byte{byte(h), byte(h >> 8)}
	case "BF16":
		bits := math.Float32bits(x)
		h := uint16(bits >> 16)
		if x != x {
			h |= 0x40 // stays a NaN whatever was cut off
		} else if low := bits & 0xffff; low > 0x8000 || (low == 0x8000 && h&1 == 1) {
			h++
		}
		return math.Float32frombits(uint32(h) << 16), []byte{byte(h), byte(h >> 8)}
	default:
		b := math.Float32bits(x)
		return x, []byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)}
	}
}

// toHalf rounds through the spacing of half-precision numbers around x: adding and subtracting a power of two would do
// in float32 for normal numbers only, so it scales to an integer in float64, which holds all cases exactly.
func toHalf(x float32) uint16 {
	sign := uint16(math.Float32bits(x) >> 16 & 0x8000)
	a := math.Abs(float64(x))
	switch {
	case a != a:
		return sign | 0x7e00
	case a >= 65520: // halfway between the largest half and the next power
		return sign | 0x7c00
	case a < math.Ldexp(1, -14):
		return sign | uint16(math.RoundToEven(math.Ldexp(a, 24)))
	}
	frac, exp := math.Frexp(a) // a = frac * 2^exp, frac in [0.5, 1)
	m := uint32(math.RoundToEven(math.Ldexp(frac, 11)))
	// m is 1024..2048; 2048 carries into the exponent by plain addition.
	return sign | uint16(uint32(exp+13)<<10+m)
}

func fromHalf(h uint16) float32 {
	exp, frac := int(h>>10&31), float64(h&0x3ff)
	var a float64
	switch exp {
	case 0:
		a = math.Ldexp(frac, -24)
	case 31:
		a = math.Inf(1)
		if frac != 0 {
			a = math.NaN()
		}
	default:
		a = math.Ldexp(1024+frac, exp-25)
	}
	if h&0x8000 != 0 {
		a = -a
	}
	return float32(a)
}
