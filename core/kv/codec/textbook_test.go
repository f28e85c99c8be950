package codec_test

// The coder as spec and torchac state it: one bit at a time, with a division a
// symbol. It is the reference for the bytes, and what the rates are compared with.

type bitWriter struct {
	out  []byte
	have int
}

func (w *bitWriter) bit(b byte) {
	if w.have%8 == 0 {
		w.out = append(w.out, 0)
	}
	w.out[len(w.out)-1] |= b << (7 - w.have%8)
	w.have++
}

func textbookEncode(sym []byte, f []uint16) []byte {
	var low, high uint32 = 0, 0xffffffff
	pending := 0
	w := bitWriter{out: make([]byte, 0, len(sym)+8)}
	emit := func(b byte) {
		w.bit(b)
		for ; pending > 0; pending-- {
			w.bit(1 - b)
		}
	}
	last := len(f) - 2
	for _, y := range sym {
		a, b := uint64(f[y]), uint64(65536)
		if int(y) != last {
			b = uint64(f[y+1])
		}
		span := uint64(high) - uint64(low) + 1
		high = low - 1 + uint32(span*b>>16)
		low = low + uint32(span*a>>16)
		for {
			if high < 1<<31 {
				emit(0)
				low <<= 1
				high = high<<1 | 1
			} else if low >= 1<<31 {
				emit(1)
				low <<= 1
				high = high<<1 | 1
			} else if low >= 1<<30 && high < 3<<30 {
				pending++
				low = low << 1 & 0x7fffffff
				high = high<<1 | 0x80000001
			} else {
				break
			}
		}
	}
	pending++
	if low < 1<<30 {
		emit(0)
	} else {
		emit(1)
	}
	return w.out
}

func textbookDecode(sym []byte, in []byte, f []uint16) {
	var low, high, value uint32 = 0, 0xffffffff, 0
	at := 0
	next := func() uint32 {
		b := uint32(0)
		if at>>3 < len(in) {
			b = uint32(in[at>>3]>>(7-at&7)) & 1
		}
		at++
		return b
	}
	for range 32 {
		value = value<<1 | next()
	}
	last := len(f) - 2
	for i := range sym {
		span := uint64(high) - uint64(low) + 1
		count := ((uint64(value)-uint64(low)+1)*65536 - 1) / span
		lo, hi := 0, last+1
		for lo+1 < hi { // binary search, as torchac's
			mid := (lo + hi) / 2
			if uint64(f[mid]) <= count {
				lo = mid
			} else {
				hi = mid
			}
		}
		sym[i] = byte(lo)
		a, b := uint64(f[lo]), uint64(65536)
		if lo != last {
			b = uint64(f[lo+1])
		}
		high = low - 1 + uint32(span*b>>16)
		low = low + uint32(span*a>>16)
		for {
			if high < 1<<31 || low >= 1<<31 {
				low <<= 1
				high = high<<1 | 1
				value = value<<1 | next()
			} else if low >= 1<<30 && high < 3<<30 {
				low = low << 1 & 0x7fffffff
				high = high<<1 | 0x80000001
				value = (value-1<<30)<<1 | next()
			} else {
				break
			}
		}
	}
}
