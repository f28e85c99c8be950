package codec

import (
	"encoding/binary"
	"math"
)

// blockFormat codes runs of values of a row side by side.
type blockFormat struct {
	values, bytes, scale int // of a block; scale is the part of bytes that is no payload
	encode               func(out []byte, x []float32)
	decode               func(x []float32, in []byte)
}

// q8Block is ggml's Q8_0: the scale is max|x|/127 in f16, but the division is by
// the unrounded one.
var q8Block = blockFormat{values: 32, bytes: 34, scale: 2,
	encode: func(out []byte, x []float32) {
		d := largest(x) / 127
		inverse := float32(0)
		if d != 0 {
			inverse = 1 / d
		}
		binary.LittleEndian.PutUint16(out, toF16(d))
		for i, v := range x {
			out[2+i] = byte(int8(math.Round(float64(v * inverse)))) // half away from zero
		}
	},
	decode: func(x []float32, in []byte) {
		d := fromF16(binary.LittleEndian.Uint16(in))
		for i := range x {
			x[i] = float32(int8(in[2+i])) * d
		}
	},
}

// q4Block is ggml's Q4_0: the scale is the value of the largest magnitude over -8;
// value i is in the low half of byte i, value i+16 in the high half.
var q4Block = blockFormat{values: 32, bytes: 18, scale: 2,
	encode: func(out []byte, x []float32) {
		peak := float32(0)
		for _, v := range x {
			if math.Abs(float64(v)) > math.Abs(float64(peak)) {
				peak = v
			}
		}
		d := peak / -8
		inverse := float32(0)
		if d != 0 {
			inverse = 1 / d
		}
		binary.LittleEndian.PutUint16(out, toF16(d))
		code := func(v float32) byte { return byte(min(15, int(float32(v*inverse)+8.5))) }
		for i := range 16 {
			out[2+i] = code(x[i]) | code(x[i+16])<<4
		}
	},
	decode: func(x []float32, in []byte) {
		d := fromF16(binary.LittleEndian.Uint16(in))
		for i := range 16 {
			x[i] = float32(int(in[2+i]&15)-8) * d
			x[i+16] = float32(int(in[2+i]>>4)-8) * d
		}
	},
}

// f16Block is half precision, one value a block.
var f16Block = blockFormat{values: 1, bytes: 2,
	encode: func(out []byte, x []float32) { binary.LittleEndian.PutUint16(out, toF16(x[0])) },
	decode: func(x []float32, in []byte) { x[0] = fromF16(binary.LittleEndian.Uint16(in)) },
}

func (b *blockFormat) size(values int) int { return values / b.values * b.bytes }

func (b *blockFormat) pack(out []byte, x []float32) []byte {
	at := len(out)
	out = append(out, make([]byte, b.size(len(x)))...)
	for i := 0; i < len(x); i += b.values {
		b.encode(out[at:at+b.bytes], x[i:i+b.values])
		at += b.bytes
	}
	return out
}

func (b *blockFormat) unpack(x []float32, in []byte) {
	for i := 0; i < len(x); i += b.values {
		b.decode(x[i:i+b.values], in[:b.bytes])
		in = in[b.bytes:]
	}
}

// hadamard rotates runs of n values, a power of two, by the orthonormal Hadamard
// matrix, in place. It is its own inverse: attention between a rotated query and
// rotated keys is what it was, so that a reader may rotate queries and outputs in
// place of the cache (llama.cpp #21038); here the cache is turned back.
func hadamard(x []float32, n int) {
	norm := float32(1 / math.Sqrt(float64(n)))
	for ; len(x) >= n; x = x[n:] {
		for h := 1; h < n; h *= 2 {
			for i := 0; i < n; i += 2 * h {
				for j := i; j < i+h; j++ {
					a, b := x[j], x[j+h]
					x[j], x[j+h] = a+b, a-b
				}
			}
		}
		for i := range x[:n] {
			x[i] *= norm
		}
	}
}
