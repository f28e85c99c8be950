package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// The container, little-endian (kv.md 2.6, ours; no part of it runs anything):
//
//	magic    "KVG1"
//	version  u16
//	flags    u16   1: scales in f32, 2: rows of K and V are folded
//	         u32   layers, tokens, KV heads, head dim
//	         u8    profile, coder, kind of tables, RoPE state of K
//	         i32   position of the first token
//	         u16   tokens of a stream at most; 0 is all
//	         u64   model, u64 tokens: hashes of what it is of
//	         u16   bins of K by layer, then of V; 0 where there are none
//	sections: u32 tag, u64 length, payload, u32 CRC-32C of the payload
//	  ROWS   where rows are folded: the map of each tensor
//	  SCAL   scales of each tensor
//	  TABL   tables of each tensor
//	  LENS   lengths of each stream
//	  SUMS   u32 CRC-32C of each tensor's symbols or blocks
//	  DATA   the streams
//	u32 CRC-32C of everything before
//
// Tensors come in the order K of layer 0, 1, .., V of layer 0, 1, .. A tensor of
// the paper's profile has two planes, anchors and deltas.
const (
	magic      = "KVG1"
	version    = 1
	fixed      = 52 // bytes before the bins
	flagWide   = 1
	flagFold   = 2
	maxLayers  = 1 << 12
	maxTokens  = 1<<16 - 1 // counters are u16 in the released code
	maxHeads   = 1 << 12
	maxHeadDim = 1 << 12
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func floatBits(x float32) uint32 { return math.Float32bits(x) }

// ErrDamaged is wrapped by every error that says a container is not what was
// written: it must not be used, and what it held must be computed again.
var ErrDamaged = errors.New("damaged")

// ErrForeign is wrapped by errors of containers that are whole but of something
// else: another version, model, text or shape.
var ErrForeign = errors.New("foreign")

func damaged(format string, a ...any) error {
	return fmt.Errorf("chunk is %w: %s", ErrDamaged, fmt.Sprintf(format, a...))
}

func foreign(format string, a ...any) error {
	return fmt.Errorf("chunk is %w: %s", ErrForeign, fmt.Sprintf(format, a...))
}

// Origin says what a chunk is of. Model and IDs are hashes; 0 is unknown and fits
// everything.
type Origin struct {
	KVHeads, HeadDim int
	RoPE             RoPE  // state of K
	First            int32 // position of the first token
	Model, IDs       uint64
}

// RoPE is the state of K in a container.
type RoPE uint8

// The states.
const (
	Pre  RoPE = iota // before rotation
	Post             // rotated for the positions from Origin.First on
)

// The coders, as the header says it.
const (
	coderAC = iota
	coderRANS
)

// header is what stands before the sections.
type header struct {
	Origin
	layers, tokens int
	method         int
	coder          byte
	tables         byte
	wide, folded   bool
	window         int
	bins           [2][]int // by part and layer
}

func (h *header) channels() int { return h.KVHeads * h.HeadDim }

func (h *header) encode() []byte {
	flags := uint16(0)
	if h.wide {
		flags |= flagWide
	}
	if h.folded {
		flags |= flagFold
	}
	le := binary.LittleEndian
	b := append(make([]byte, 0, 256), magic...)
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, flags)
	for _, n := range []int{h.layers, h.tokens, h.KVHeads, h.HeadDim} {
		b = le.AppendUint32(b, uint32(n))
	}
	b = append(b, byte(h.method), h.coder, h.tables, byte(h.RoPE))
	b = le.AppendUint32(b, uint32(h.First))
	b = le.AppendUint16(b, uint16(h.window))
	b = append(b, 0, 0)
	b = le.AppendUint64(b, h.Model)
	b = le.AppendUint64(b, h.IDs)
	for _, bins := range h.bins {
		for _, n := range bins {
			b = le.AppendUint16(b, uint16(n))
		}
	}
	return b
}

// decodeHeader reads the header and returns what follows it.
func decodeHeader(b []byte) (h header, rest []byte, err error) {
	if len(b) < len(magic) || string(b[:len(magic)]) != magic {
		return h, nil, damaged("it does not begin with %s", magic)
	}
	if len(b) < fixed+4 {
		return h, nil, damaged("%d bytes are less than a header", len(b))
	}
	le := binary.LittleEndian
	if v := le.Uint16(b[4:]); v != version {
		return h, nil, foreign("version %d, this build reads version %d", v, version)
	}
	flags := le.Uint16(b[6:])
	h.wide, h.folded = flags&flagWide != 0, flags&flagFold != 0
	layers, tokens, heads, dim := le.Uint32(b[8:]), le.Uint32(b[12:]), le.Uint32(b[16:]), le.Uint32(b[20:])
	h.method, h.coder, h.tables, h.RoPE = int(b[24]), b[25], b[26], RoPE(b[27])
	h.First = int32(le.Uint32(b[28:]))
	h.window = int(le.Uint16(b[32:]))
	h.Model, h.IDs = le.Uint64(b[36:]), le.Uint64(b[44:])
	switch {
	case layers < 1 || layers > maxLayers || tokens < 1 || tokens > maxTokens || heads < 1 || heads > maxHeads || dim < 1 || dim > maxHeadDim:
		return h, nil, damaged("a header of %d layers, %d tokens, %d KV heads of %d", layers, tokens, heads, dim)
	case h.method >= len(methods) || h.coder > coderRANS || h.RoPE > Post || !methods[h.method].fits(int(h.tables)) || flags > flagWide|flagFold || h.tables == tablesAdaptive && h.coder != coderAC || h.folded != methods[h.method].fold || (h.window != 0) != (methods[h.method].tables == tablesChunk) || le.Uint16(b[34:]) != 0:
		return h, nil, damaged("a header of unknown profile %d, coder %d, tables %d, RoPE state %d", h.method, h.coder, h.tables, h.RoPE)
	}
	h.layers, h.tokens, h.KVHeads, h.HeadDim = int(layers), int(tokens), int(heads), int(dim)
	rest = b[fixed:]
	if len(rest) < 4*h.layers {
		return h, nil, damaged("the file ends inside its header")
	}
	m := methods[h.method]
	for p := range h.bins {
		h.bins[p] = make([]int, h.layers)
		for l := range h.bins[p] {
			n := int(le.Uint16(rest))
			rest = rest[2:]
			if m.block != nil && n != 0 || m.block == nil && (n < 4 || n > MaxBins) {
				return h, nil, damaged("%d bins in layer %d, expected 4 to %d", n, l, MaxBins)
			}
			h.bins[p][l] = n
		}
	}
	if m.block != nil && h.channels()%m.block.values != 0 {
		return h, nil, damaged("%d channels in blocks of %d", h.channels(), m.block.values)
	}
	return h, rest, nil
}

// The sections, in the order of the file.
var sections = [...]string{"ROWS", "SCAL", "TABL", "LENS", "SUMS", "DATA"}

const (
	secRows = iota
	secScales
	secTables
	secLengths
	secSums
	secData
	secCount
)

// seal puts a container together.
func seal(h *header, parts *[secCount][]byte) []byte {
	out := h.encode()
	for i, tag := range sections {
		out = append(out, tag...)
		out = binary.LittleEndian.AppendUint64(out, uint64(len(parts[i])))
		out = append(out, parts[i]...)
		out = binary.LittleEndian.AppendUint32(out, sum(parts[i]))
	}
	return binary.LittleEndian.AppendUint32(out, sum(out))
}

// unseal checks lengths and checksums before anything else is looked at. Where
// only the head has come, the checksums of DATA and of the file cannot be checked
// yet; those of the symbols take their place.
func unseal(data []byte, head bool) (h header, parts [secCount][]byte, err error) {
	h, rest, err := decodeHeader(data)
	if err != nil {
		return h, parts, err
	}
	for i, tag := range sections {
		at := len(data) - len(rest)
		if len(rest) < 12 {
			return h, parts, damaged("the file ends at byte %d, before section %s", at, tag)
		}
		if string(rest[:4]) != tag {
			return h, parts, damaged("%q at byte %d, expected section %s", rest[:4], at, tag)
		}
		n := binary.LittleEndian.Uint64(rest[4:])
		rest = rest[12:]
		if n > uint64(len(rest)) || len(rest)-int(n) < 4 {
			return h, parts, damaged("section %s at byte %d says %d bytes, the file has %d more", tag, at, n, len(rest))
		}
		parts[i] = rest[:n:n]
		if whole := i != secData || !head; whole && sum(parts[i]) != binary.LittleEndian.Uint32(rest[n:]) {
			return h, parts, damaged("the checksum of section %s at byte %d does not match", tag, at)
		}
		rest = rest[n+4:]
	}
	if len(rest) != 4 {
		return h, parts, damaged("%d bytes behind the last section, expected 4", len(rest))
	}
	if !head && sum(data[:len(data)-4]) != binary.LittleEndian.Uint32(rest) {
		return h, parts, damaged("the checksum of the file does not match")
	}
	return h, parts, nil
}
