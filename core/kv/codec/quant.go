package codec

import (
	"math"

	"assay/core/kv"
)

// MaxBins bounds the bins of a quantiser: symbols are bytes.
const MaxBins = kv.MaxBins

// Levels returns how many symbols a quantiser of so many bins has: 2Q+1 with
// Q = bins/2 - 1 steps to each side of zero.
func Levels(bins int) int { return 2*half(bins) + 1 }

// half is Q, the symbol of zero.
func half(bins int) int { return bins/2 - 1 }

// quantise codes rows of channels vectorwise, as the released code does (kv.md
// 2.2): M is the largest magnitude of the row, rounded to the type in which it is
// stored, and a symbol is round_half_even(x*(Q/M) + Q) in single precision. A row
// of zeros has scale 0 and only symbols Q.
//
// Rounding M to f16 can push the largest value past the last level, where the
// released code lets it: we keep it in range.
func quantise(sym []byte, scale []float32, x []float32, channels, bins int, wide bool) {
	q := float32(half(bins))
	top := float32(2 * half(bins))
	for t := range scale {
		row := x[t*channels : (t+1)*channels]
		out := sym[t*channels : (t+1)*channels]
		m := stored(largest(row), wide)
		scale[t] = m
		if m == 0 {
			for c := range out {
				out[c] = byte(q)
			}
			continue
		}
		factor := q / m
		for c, v := range row {
			// The conversion keeps the product from being fused with the sum.
			y := float32(math.RoundToEven(float64(float32(v*factor) + q)))
			out[c] = byte(min(max(y, 0), top))
		}
	}
}

// dequantise is x = (y - Q) / Q * M.
func dequantise(x []float32, sym []byte, scale []float32, channels, bins int) {
	q := float32(half(bins))
	var value [MaxBins]float32
	for t, m := range scale {
		for y := range Levels(bins) {
			value[y] = (float32(y) - q) / q * m
		}
		row := x[t*channels : (t+1)*channels]
		for c, y := range sym[t*channels : t*channels+len(row)] {
			row[c] = value[y]
		}
	}
}

// dequantiseF16 is dequantise into binary16.
func dequantiseF16(x []uint16, sym []byte, scale []float32, channels, bins int) {
	q := float32(half(bins))
	var value [MaxBins]uint16
	for t, m := range scale {
		for y := range Levels(bins) {
			value[y] = toF16((float32(y) - q) / q * m)
		}
		row := x[t*channels : (t+1)*channels]
		for c, y := range sym[t*channels : t*channels+len(row)] {
			row[c] = value[y]
		}
	}
}

func largest(row []float32) float32 {
	m := float32(0)
	for _, v := range row {
		m = max(m, float32(math.Abs(float64(v))))
	}
	return m
}

// stored rounds a scale to the type it is stored in.
func stored(m float32, wide bool) float32 {
	if wide {
		return m
	}
	return fromF16(toF16(m))
}

// needsWide reports whether a scale would overflow binary16 or lose its precision
// there (below the smallest normal number); such a chunk keeps its scales in f32.
func needsWide(x []float32, channels int) bool {
	for t := 0; t < len(x); t += channels {
		if m := largest(x[t : t+channels]); m > 65504 || (m != 0 && m < 0x1p-14) {
			return true
		}
	}
	return false
}
