package codec

import "math"

// toF16 rounds to binary16, ties to even; too large becomes infinity.
func toF16(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00
	case b >= 0x477ff000: // rounds beyond the largest
		return sign | 0x7c00
	case b < 0x38800000: // subnormal or zero: adding 1/2 leaves the steps of 2^-24 in the low bits
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	}
	b += 0xfff + b>>13&1
	return sign | uint16((b-0x38000000)>>13)
}

// fromF16 widens binary16.
func fromF16(h uint16) float32 {
	sign, body := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch {
	case body >= 0x7c00:
		return math.Float32frombits(sign | 0x7f800000 | body&0x3ff<<13)
	case body < 0x400:
		return math.Float32frombits(sign | math.Float32bits(float32(body)*0x1p-24))
	}
	return math.Float32frombits(sign | (body<<13 + 0x38000000))
}
