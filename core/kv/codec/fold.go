package codec

import "encoding/binary"

// Rows that repeat are coded once. In the first layer of a cache that holds K
// before RoPE a row is a function of its token alone, so every repeated word of a
// text repeats both of its rows bit for bit: a third to a half of them. Deeper
// rows depend on what came before and do not repeat.

// fold maps each row to the first row that equals it, symbols and scale, and
// returns the rows that are the first of their kind. A nil map means that too few
// repeat to be worth a map.
func fold(sym []byte, scale []float32, channels int) (index []int, first []int) {
	rows := len(scale)
	seen := make(map[string]int, rows)
	index = make([]int, rows)
	key := make([]byte, 0, channels+4)
	for t := range rows {
		key = append(key[:0], sym[t*channels:(t+1)*channels]...)
		key = binary.LittleEndian.AppendUint32(key, floatBits(scale[t]))
		at, ok := seen[string(key)]
		if !ok {
			at = len(first)
			seen[string(key)] = at
			first = append(first, t)
		}
		index[t] = at
	}
	if 10*len(first) > 9*rows {
		return nil, nil
	}
	return index, first
}

// appendMap writes a map: the number of different rows, then of each row 0 where
// it is the next new one, else one more than the row it repeats.
func appendMap(out []byte, index []int, distinct int) []byte {
	if index == nil {
		return binary.AppendUvarint(out, 0)
	}
	out = binary.AppendUvarint(out, uint64(distinct))
	next := 0
	for _, i := range index {
		if i == next {
			out = append(out, 0)
			next++
			continue
		}
		out = binary.AppendUvarint(out, uint64(i)+1)
	}
	return out
}

// readMap reads a map of so many rows; ok is false where it is none. A nil index
// means that no row repeats.
func readMap(in []byte, rows int) (index []int, distinct int, rest []byte, ok bool) {
	n, w := binary.Uvarint(in)
	if w <= 0 || n > uint64(rows) {
		return nil, 0, nil, false
	}
	in = in[w:]
	if n == 0 {
		return nil, rows, in, true
	}
	index = make([]int, rows)
	next := 0
	for t := range index {
		v, w := binary.Uvarint(in)
		if w <= 0 || v > uint64(next) {
			return nil, 0, nil, false
		}
		in = in[w:]
		if v == 0 {
			index[t] = next
			next++
		} else {
			index[t] = int(v) - 1
		}
	}
	return index, next, in, next == int(n)
}
