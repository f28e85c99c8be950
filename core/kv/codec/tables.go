package codec

import (
	"encoding/binary"

	"assay/gpu"
)

// tables are those of the channels of a plane (kv.md 2.4): compact codes, or 16-bit
// cumulative tables of levels+1 entries, or none where both sides learn them.
type tables struct {
	levels int
	codes  []uint16
	full   [][]uint16
}

// ac returns the tables of some channels for the arithmetic coder.
func (t tables) ac(g, width int) [][]uint16 {
	if t.full != nil {
		return t.full[g : g+width]
	}
	return acTables(t.codes[g:g+width], t.levels)
}

// rans does so for a group of lanes; lanes without a channel repeat the first.
func (t tables) rans(g, width int) gpu.RANSTable {
	if t.full == nil {
		return ransTable(t.codes[g:g+width], t.levels)
	}
	out := gpu.RANSTable{Levels: t.levels, Cum: make([]uint16, (t.levels+1)*lanes)}
	for j := range lanes {
		at := g
		if j < width {
			at += j
		}
		for i, v := range t.full[at] {
			out.Cum[i*lanes+j] = narrowed(v, i, t.levels)
		}
	}
	return out
}

// countTables makes a table of each column from its own symbols.
func countTables(p plane) [][]uint16 {
	full := make([][]uint16, p.channels)
	counts := make([]int, p.levels())
	for c := range full {
		count(counts, p.sym, c, p.channels)
		full[c] = RefTable(counts)
	}
	return full
}

// appendFull writes tables without their first and last entries, which are known.
func appendFull(out []byte, full [][]uint16) []byte {
	for _, f := range full {
		for _, v := range f[1 : len(f)-1] {
			out = binary.LittleEndian.AppendUint16(out, v)
		}
	}
	return out
}

// readFull is the inverse.
func readFull(in []byte, channels, levels int) ([][]uint16, error) {
	full := make([][]uint16, channels)
	for c := range full {
		f := make([]uint16, levels+1)
		for i := 1; i < levels; i++ {
			f[i] = binary.LittleEndian.Uint16(in)
			in = in[2:]
		}
		f[levels] = Total - 1
		if err := CheckTable(f); err != nil {
			return nil, damaged("channel %d: %v", c, err)
		}
		full[c] = f
	}
	return full, nil
}
