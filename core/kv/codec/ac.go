package codec

import (
	"encoding/binary"
	"math/bits"
)

// The arithmetic coder of torchac and CacheGen (kv.md 2.5): a 32-bit interval,
// 16-bit probabilities, bits packed from the most significant on. What is written
// here gives the same bytes without a loop over bits and without a division:
//
//   - Leading bits on which low and high agree come out together, their number
//     is clz(low ^ high). Behind them low begins with 0 and high with 1, and the
//     bits at which low goes on with ones and high with zeros straddle the
//     middle: clz(~(low<<1) | high<<1) of them.
//   - The largest y with F_y <= count is the largest with span*F_y >> 16 <=
//     value - low: a search over products in place of a quotient.

// acEncoder appends a stream to a buffer.
type acEncoder struct {
	low, high uint32
	pending   uint
	acc       uint64 // bits not yet written, right-aligned
	n         uint   // their number, below 32
	out       []byte
}

// put writes the lowest n bits of v, n at most 32.
func (e *acEncoder) put(v uint32, n uint) {
	e.acc = e.acc<<n | uint64(v)
	e.n += n
	if e.n >= 32 {
		e.n -= 32
		e.out = binary.BigEndian.AppendUint32(e.out, uint32(e.acc>>e.n))
		e.acc &= 1<<e.n - 1
	}
}

// follow writes the pending bits, all the opposite of bit.
func (e *acEncoder) follow(bit uint32) {
	opposite := bit - 1 // all ones after a 0
	for e.pending > 0 {
		n := min(e.pending, 32)
		e.put(opposite>>(32-n), n)
		e.pending -= n
	}
}

// encode codes a symbol whose interval of the table is a to b, b 65536 for the
// last one.
func (e *acEncoder) encode(a, b uint32) {
	span := uint64(e.high-e.low) + 1
	low := e.low + uint32(span*uint64(a)>>16)
	high := e.low - 1 + uint32(span*uint64(b)>>16)
	if n := uint(bits.LeadingZeros32(low ^ high)); n > 0 {
		if e.pending == 0 {
			e.put(low>>(32-n), n)
		} else {
			e.put(low>>31, 1)
			e.follow(low >> 31)
			e.put(low<<1>>(33-n), n-1)
		}
		low <<= n
		high = high<<n | (1<<n - 1)
	}
	if m := uint(bits.LeadingZeros32(^(low << 1) | high<<1)); m > 0 {
		low = low << m & 0x7fffffff
		high = high<<m | (1<<m - 1) | 0x80000000
		e.pending += m
	}
	e.low, e.high = low, high
}

// finish ends the stream, padded with zero bits to a byte, and returns the buffer.
func (e *acEncoder) finish() []byte {
	e.pending++
	bit := uint32(0)
	if e.low >= 1<<30 {
		bit = 1
	}
	e.put(bit, 1)
	e.follow(bit)
	for rest := int(e.n); rest > 0; rest -= 8 {
		e.out = append(e.out, byte(e.acc<<(64-e.n)>>56))
		e.acc = e.acc & (1<<max(rest-8, 0) - 1)
		e.n = uint(max(rest-8, 0))
	}
	return e.out
}

// bounds is a table as the decoder searches it: 65536 in place of the last entry
// and behind it.
type bounds struct {
	f    [MaxBins + 1]uint64
	size int // a power of two, at least the number of symbols
}

func (b *bounds) set(f []uint16) {
	b.size = 1 << bits.Len(uint(len(f)-2))
	for i, v := range f[:len(f)-1] {
		b.f[i] = uint64(v)
	}
	for i := len(f) - 1; i <= b.size; i++ {
		b.f[i] = Total
	}
}

// below is 1 where x < y, both below 2^63, without a branch that could be
// predicted wrongly.
func below(x, y uint64) uint { return uint((x - y) >> 63) }

// EncodeAC codes symbols as one stream that is appended to out. The tables take
// turns: symbol i is coded under table i mod their number, and must be one of its.
func EncodeAC(out []byte, sym []byte, tables ...[]uint16) []byte {
	e := acEncoder{high: 0xffffffff, out: out}
	turn := 0
	for _, y := range sym {
		f := tables[turn]
		if turn++; turn == len(tables) {
			turn = 0
		}
		b := uint32(Total)
		if int(y) != len(f)-2 {
			b = uint32(f[y+1])
		}
		e.encode(uint32(f[y]), b)
	}
	return e.finish()
}

// DecodeAC decodes len(sym) symbols of one stream; bits behind its end are zeros.
// Whatever the stream holds, every symbol is one of its table, which CheckTable
// must accept.
func DecodeAC(sym []byte, in []byte, tables ...[]uint16) {
	all := make([]bounds, len(tables))
	for i := range all {
		all[i].set(tables[i])
	}
	var low, high uint32 = 0, 0xffffffff
	var acc uint64 // bits not yet shifted in, left-aligned
	var have uint  // their number
	var first [4]byte
	in = in[copy(first[:], in):]
	value := binary.BigEndian.Uint32(first[:])
	turn := 0
	for i := range sym {
		b := &all[turn]
		if turn++; turn == len(all) {
			turn = 0
		}
		f := &b.f
		span := uint64(high-low) + 1
		limit := (uint64(value-low) + 1) << 16 // span*F_y < limit is span*F_y >> 16 <= value - low
		y := uint(0)
		// Three entries at a time, whose products do not wait for each other.
		for step := uint(b.size) >> 2; step > 0; step >>= 2 {
			p, q, r := span*f[(y+step)%MaxBins], span*f[(y+2*step)%MaxBins], span*f[(y+3*step)%MaxBins]
			y += step * (below(p, limit) + below(q, limit) + below(r, limit))
		}
		if b.size&0xaa != 0 { // a power of two that is none of four: one symbol is left to tell from the next
			y += below(span*f[(y+1)%MaxBins], limit)
		}
		y %= MaxBins
		sym[i] = byte(y)
		high = low - 1 + uint32(span*f[y+1]>>16)
		low += uint32(span * f[y] >> 16)
		// Whether bits come out is as good as random, so both shifts are done without
		// asking: by none they change nothing.
		n := uint(bits.LeadingZeros32(low^high)) & 31
		low, high = low<<n, high<<n|(1<<n-1)
		m := uint(bits.LeadingZeros32(^(low<<1)|high<<1)) & 31
		low, high = low<<m&0x7fffffff, high<<m|(1<<m-1)|0x80000000
		k := (n + m) & 31
		if have < k {
			if len(in) >= 4 {
				acc |= uint64(binary.BigEndian.Uint32(in)) << (32 - have)
				in = in[4:]
			} else {
				var last [4]byte
				copy(last[:], in)
				acc |= uint64(binary.BigEndian.Uint32(last[:])) << (32 - have)
				in = nil
			}
			have += 32
		}
		value = (value<<k | uint32(acc>>32>>(32-k))) ^ uint32(-m)&0x80000000
		acc <<= k
		have -= k
	}
}
