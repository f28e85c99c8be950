package codec

import (
	"encoding/binary"
	"errors"

	"assay/gpu"
)

const (
	lanes     = gpu.RANSLanes
	ransTotal = gpu.RANSTotal
	stateSize = 4 * lanes // bytes of the states in front of a stream
)

// tail returns how many last rows travel in the initial states: as many symbols as
// fit the 16 bits that a state has above its lower limit. An empty state would
// cost those bits anyway, 0.06 a value at 256 tokens.
func tail(levels, rows int) int {
	n := 0
	for room := gpu.RANSLow / levels; room > 0 && n < rows; room /= levels {
		n++
	}
	return n
}

// encodeGroup codes one group of 32 channels of rows of symbols, stride apart: the
// states, then the words.
func encodeGroup(dev *gpu.Device, out []byte, sym []byte, stride, rows int, t gpu.RANSTable) ([]byte, error) {
	var states [lanes]uint32
	last := rows - tail(t.Levels, rows)
	for j := range states {
		for i := rows - 1; i >= last; i-- {
			states[j] = states[j]*uint32(t.Levels) + uint32(sym[i*stride+j])
		}
		states[j] += gpu.RANSLow
	}
	at := len(out)
	out = append(out, make([]byte, stateSize)...)
	out, err := dev.EncodeRANS(out, sym, stride, last, t, &states)
	if err != nil {
		return nil, err
	}
	for j, x := range states {
		binary.LittleEndian.PutUint32(out[at+4*j:], x)
	}
	return out, nil
}

// errStream says that a stream is not what an encoder made.
var errStream = errors.New("the stream does not end where its symbols do")

// decodeGroup is the inverse. The states behind the first row must be those that
// an encoder begins with, and no byte may be left.
func decodeGroup(dev *gpu.Device, sym []byte, stride, rows int, t gpu.RANSTable, in []byte) error {
	if len(in) < stateSize {
		return errStream
	}
	var states [lanes]uint32
	for j := range states {
		states[j] = binary.LittleEndian.Uint32(in[4*j:])
	}
	in = in[stateSize:]
	k := tail(t.Levels, rows)
	used, err := dev.DecodeRANS(sym, stride, rows-k, t, &states, in)
	if err != nil {
		return err
	}
	if used != len(in) {
		return errStream
	}
	for j, x := range states {
		x -= gpu.RANSLow
		for i := rows - k; i < rows; i++ {
			sym[i*stride+j] = byte(x % uint32(t.Levels))
			x /= uint32(t.Levels)
		}
		if x != 0 {
			return errStream
		}
	}
	return nil
}

// EncodeLanes codes symbols under one table of the arithmetic coder, dealt to the
// 32 lanes in turn; the table is brought to 12 bits, no symbol below 1.
func (c *Codec) EncodeLanes(sym []byte, f []uint16) ([]byte, error) {
	padded := make([]byte, laneRows(len(sym))*lanes)
	copy(padded, sym)
	return encodeGroup(c.dev, nil, padded, lanes, laneRows(len(sym)), narrow(f))
}

// DecodeLanes is the inverse for len(sym) symbols.
func (c *Codec) DecodeLanes(sym []byte, in []byte, f []uint16) error {
	padded := make([]byte, laneRows(len(sym))*lanes)
	if err := decodeGroup(c.dev, padded, lanes, laneRows(len(sym)), narrow(f), in); err != nil {
		return damaged("%v", err)
	}
	copy(sym, padded)
	return nil
}

func laneRows(n int) int { return (n + lanes - 1) / lanes }

// narrow brings a 16-bit table to 12 bits for every lane.
func narrow(f []uint16) gpu.RANSTable {
	levels := len(f) - 1
	t := gpu.RANSTable{Levels: levels, Cum: make([]uint16, len(f)*lanes)}
	for i, v := range f {
		cum := narrowed(v, i, levels)
		for j := range lanes {
			t.Cum[i*lanes+j] = cum
		}
	}
	return t
}

// narrowed is the i-th entry of a table in 12 bits.
func narrowed(v uint16, i, levels int) uint16 {
	if i == levels {
		return ransTotal
	}
	return uint16(i + (ransTotal-levels)*int(v)/(Total-1))
}
