package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"assay/gpu"
)

// Chunk is an opened container. Tensors are decoded one by one, in any order. It
// is not safe for concurrent use.
type Chunk struct {
	c       *Codec
	h       header
	m       method
	parts   [secCount][]byte
	size    int
	tensors []tensorPlan // K of each layer, then V
	shared  *Shared      // tables that the chunk names
	symbols []byte       // scratch
}

// tensorPlan says where a tensor lies.
type tensorPlan struct {
	index  []int // of folded rows, nil for none
	planes []planePlan
}

// planePlan says where a plane lies: its scales, tables and stream lengths as
// bytes of their sections, its data as bytes of DATA.
type planePlan struct {
	rows, bins     int
	step           bool
	raws           int // values behind the streams that escapes stand for
	place          place
	scales, tables []byte
	lengths        []stream
	data           []byte
	at             int // of data in DATA
	sum            uint32
}

// stream is one stream of a plane.
type stream struct {
	bytes int
	raw   bool
}

// Open checks a container from its first byte to its last and prepares to decode
// it. want says what it must be of, as far as known. Errors wrap ErrDamaged or
// ErrForeign. Chunk keeps data.
func (c *Codec) Open(data []byte, want Origin) (*Chunk, error) {
	return c.open(data, want, false)
}

// OpenHead opens a container of size bytes of which only the beginning has come, at
// least HeadSize bytes: tensors can be read once Fill has brought the bytes that
// Range names. Their symbols are checked when they are decoded.
func (c *Codec) OpenHead(head []byte, size int, want Origin) (*Chunk, error) {
	if size < len(head) {
		return nil, damaged("%d bytes of a file of %d", len(head), size)
	}
	data := make([]byte, size)
	copy(data, head)
	return c.open(data, want, true)
}

// HeadSize returns how many bytes stand before the first stream.
func (k *Chunk) HeadSize() int { return k.size - 8 - len(k.parts[secData]) }

// Range returns where in the container the streams of a tensor lie.
func (k *Chunk) Range(part, layer int) (from, n int) {
	t := k.tensors[part*k.h.layers+layer]
	from = k.HeadSize() + t.planes[0].at
	for _, p := range t.planes {
		n += len(p.data)
	}
	return from, n
}

// Fill takes bytes of the container that have come.
func (k *Chunk) Fill(from int, b []byte) { copy(k.parts[secData][from-k.HeadSize():], b) }

func (c *Codec) open(data []byte, want Origin, head bool) (*Chunk, error) {
	h, parts, err := unseal(data, head)
	if err != nil {
		return nil, err
	}
	k := &Chunk{c: c, h: h, m: methods[h.method], parts: parts, size: len(data)}
	if err := k.fits(want); err != nil {
		return nil, err
	}
	return k, k.plan()
}

func (k *Chunk) fits(want Origin) error {
	switch h := &k.h; {
	case want.Model != 0 && h.Model != 0 && h.Model != want.Model:
		return foreign("it is of model %016x, expected %016x", h.Model, want.Model)
	case want.IDs != 0 && h.IDs != 0 && h.IDs != want.IDs:
		return foreign("it is of the tokens %016x, expected %016x", h.IDs, want.IDs)
	case want.KVHeads != 0 && (h.KVHeads != want.KVHeads || h.HeadDim != want.HeadDim):
		return foreign("it has %d KV heads of %d, the model %d of %d", h.KVHeads, h.HeadDim, want.KVHeads, want.HeadDim)
	}
	return nil
}

// plan finds the bytes of every tensor. Lengths are only trusted as far as the
// sections reach.
func (k *Chunk) plan() error {
	h, rest := &k.h, k.parts
	take := func(sec, n int) ([]byte, error) {
		if n < 0 || n > len(rest[sec]) {
			return nil, damaged("section %s has %d bytes left where a tensor needs %d", sections[sec], len(rest[sec]), n)
		}
		b := rest[sec][:n]
		rest[sec] = rest[sec][n:]
		return b, nil
	}
	if h.tables == tablesModel {
		b, err := take(secTables, 8)
		if err != nil {
			return err
		}
		id := binary.LittleEndian.Uint64(b)
		if k.shared = k.c.sharedNamed(id); k.shared == nil {
			return foreign("its tables %016x were calibrated and shipped apart, and are not here", id)
		}
		if s := k.shared; s.profile != k.m.name || s.layers != h.layers || s.channels != h.channels() {
			return damaged("it names tables of profile %s, %d layers and %d channels", s.profile, s.layers, s.channels)
		}
	}
	for p := range 2 {
		for l := range h.layers {
			t := tensorPlan{}
			rows := h.tokens
			if h.folded {
				var ok bool
				if t.index, rows, rest[secRows], ok = readMap(rest[secRows], h.tokens); !ok {
					return damaged("the map of rows of layer %d is none", l)
				}
			}
			shapes := [][2]int{{rows, h.bins[p][l]}}
			if k.m.deltas {
				shapes = [][2]int{{anchors(rows), MaxBins}, {rows - anchors(rows), h.bins[p][l]}}
			}
			for n, s := range shapes {
				plan := planePlan{rows: s[0], bins: s[1], step: k.m.step && n == 1, place: place{p, l, n}}
				err := k.planePlan(&plan, take, &rest)
				if err != nil {
					return err
				}
				t.planes = append(t.planes, plan)
			}
			k.tensors = append(k.tensors, t)
		}
	}
	for i, r := range rest {
		if len(r) != 0 {
			return damaged("section %s has %d bytes too many", sections[i], len(r))
		}
	}
	return nil
}

func (k *Chunk) planePlan(p *planePlan, take func(sec, n int) ([]byte, error), rest *[secCount][]byte) error {
	rows, bins := p.rows, p.bins
	if rows == 0 {
		return nil
	}
	channels := k.h.channels()
	b, err := take(secSums, 4)
	if err != nil {
		return err
	}
	p.sum = binary.LittleEndian.Uint32(b)
	p.at = len(k.parts[secData]) - len(rest[secData])
	if k.m.block != nil {
		p.data, err = take(secData, k.m.block.size(rows*channels))
		return err
	}
	n := rows * k.scaleSize()
	if p.step {
		n = 4
	}
	if p.scales, err = take(secScales, n); err != nil {
		return err
	}
	varint := func() (uint64, error) {
		v, w := binary.Uvarint(rest[secLengths])
		if w <= 0 || v>>1 > math.MaxInt32 {
			return 0, damaged("section LENS ends early")
		}
		rest[secLengths] = rest[secLengths][w:]
		return v, nil
	}
	switch k.h.tables {
	case tablesNone:
		p.data, err = take(secData, rows*channels)
		return err
	case tablesChunk:
		if p.tables, err = take(secTables, 2*channels*(max(refBins, bins)+1)); err != nil {
			return err
		}
		n := (rows + k.h.window - 1) / k.h.window * channels
		lengths, err := take(secLengths, 4*n)
		if err != nil {
			return err
		}
		for i := range n {
			v := binary.LittleEndian.Uint32(lengths[4*i:])
			p.lengths = append(p.lengths, stream{int(v &^ rawBit), v&rawBit != 0})
		}
	case tablesParam:
		p.tables, err = take(secTables, 2*channels)
	case tablesFull:
		p.tables, err = take(secTables, 2*channels*(p.levels()-1))
	case tablesModel:
		if t := k.shared.planes[p.place]; len(t) != channels || len(t[0]) != p.levels()+1 {
			err = damaged("it names tables of other bins in layer %d", p.place.layer)
		}
	}
	if err != nil {
		return err
	}
	if k.h.tables != tablesChunk {
		if p.step {
			v, err := varint()
			if err != nil || v > uint64(rows*channels) {
				return damaged("section LENS says %d escapes of %d deltas in layer %d", v, rows*channels, p.place.layer)
			}
			p.raws = int(v)
		}
		for range (channels + lanes - 1) / lanes {
			v, err := varint()
			if err != nil {
				return err
			}
			p.lengths = append(p.lengths, stream{int(v >> 1), v&1 != 0})
		}
	}
	total := 2 * p.raws
	for _, s := range p.lengths {
		if total += s.bytes; total > len(rest[secData]) {
			break
		}
	}
	p.data, err = take(secData, total)
	return err
}

// levels is how many symbols the plane has.
func (p *planePlan) levels() int { return levelsOf(p.bins, p.step) }

func (k *Chunk) scaleSize() int {
	if k.h.wide {
		return 4
	}
	return 2
}

// Layers returns the number of layers.
func (k *Chunk) Layers() int { return k.h.layers }

// Tokens returns the number of tokens.
func (k *Chunk) Tokens() int { return k.h.tokens }

// Channels returns the values of a token in one tensor.
func (k *Chunk) Channels() int { return k.h.channels() }

// Origin says what the chunk is of.
func (k *Chunk) Origin() Origin { return k.h.Origin }

// Read decodes K (part 0) or V (part 1) of a layer into x, [Tokens, Channels]. An
// error wraps ErrDamaged; x must not be used then.
func (k *Chunk) Read(part, layer int, x []float32) error {
	t, err := k.tensor(part, layer, len(x))
	if err != nil {
		return err
	}
	if k.m.block != nil {
		p := t.planes[0]
		if sum(p.data) != p.sum {
			return k.mismatch(part, layer)
		}
		k.m.block.unpack(x, p.data)
		if k.m.rotate {
			hadamard(x, k.h.HeadDim)
		}
		return nil
	}
	channels := k.h.channels()
	if k.m.deltas {
		first, rest := make([]float32, t.planes[0].rows*channels), make([]float32, t.planes[1].rows*channels)
		for i, out := range [][]float32{first, rest} {
			p := t.planes[i]
			sym, scale, err := k.decode(part, layer, p)
			if err != nil {
				return err
			}
			if !p.step {
				dequantise(out, sym, scale, channels, p.bins)
			} else if p.rows > 0 && !unstep(out, sym, scale[0], p.escaped()) {
				return damaged("escapes and values of %s in layer %d do not match", [2]string{"K", "V"}[part], layer)
			}
		}
		join(x, first, rest, channels)
		return nil
	}
	sym, scale, err := k.unfolded(part, layer, t)
	if err != nil {
		return err
	}
	dequantise(x, sym, scale, channels, t.planes[0].bins)
	return nil
}

// ReadF16 is Read into binary16.
func (k *Chunk) ReadF16(part, layer int, x []uint16) error {
	if k.m.block != nil || k.m.deltas {
		wide := make([]float32, len(x))
		if err := k.Read(part, layer, wide); err != nil {
			return err
		}
		for i, v := range wide {
			x[i] = toF16(v)
		}
		return nil
	}
	t, err := k.tensor(part, layer, len(x))
	if err != nil {
		return err
	}
	sym, scale, err := k.unfolded(part, layer, t)
	if err != nil {
		return err
	}
	dequantiseF16(x, sym, scale, k.h.channels(), t.planes[0].bins)
	return nil
}

// Symbols decodes the symbols of a tensor, [Tokens, Channels], and says how many
// levels they have; nil for profiles without symbols and for the paper's, which
// has two kinds.
func (k *Chunk) Symbols(part, layer int) (sym []byte, levels int, err error) {
	if k.m.block != nil || k.m.deltas {
		return nil, 0, nil
	}
	t, err := k.tensor(part, layer, k.h.tokens*k.h.channels())
	if err != nil {
		return nil, 0, err
	}
	sym, _, err = k.unfolded(part, layer, t)
	return sym, Levels(t.planes[0].bins), err
}

func (k *Chunk) tensor(part, layer, n int) (*tensorPlan, error) {
	if part < 0 || part > 1 || layer < 0 || layer >= k.h.layers || n != k.h.tokens*k.h.channels() {
		return nil, fmt.Errorf("part %d of layer %d into %d values: the chunk has %d layers of %d tokens and %d channels", part, layer, n, k.h.layers, k.h.tokens, k.h.channels())
	}
	return &k.tensors[part*k.h.layers+layer], nil
}

func (k *Chunk) mismatch(part, layer int) error {
	return damaged("the checksum of the symbols of %s in layer %d does not match", [2]string{"K", "V"}[part], layer)
}

// unfolded decodes a tensor of one plane and repeats its folded rows.
func (k *Chunk) unfolded(part, layer int, t *tensorPlan) (sym []byte, scale []float32, err error) {
	sym, scale, err = k.decode(part, layer, t.planes[0])
	if err != nil || t.index == nil {
		return sym, scale, err
	}
	channels := k.h.channels()
	all, scales := make([]byte, len(t.index)*channels), make([]float32, len(t.index))
	for i, r := range t.index {
		copy(all[i*channels:(i+1)*channels], sym[r*channels:])
		scales[i] = scale[r]
	}
	return all, scales, nil
}

// decode decodes symbols and scales of a plane. The symbols are valid until the
// next call.
func (k *Chunk) decode(part, layer int, p planePlan) (sym []byte, scale []float32, err error) {
	if p.rows == 0 {
		return nil, nil, nil
	}
	channels := k.h.channels()
	if len(k.symbols) < k.h.tokens*channels {
		k.symbols = make([]byte, k.h.tokens*channels)
	}
	sym = k.symbols[:p.rows*channels]
	scale = make([]float32, p.rows)
	if p.step {
		scale = scale[:1]
	}
	for t := range scale {
		if k.h.wide || p.step {
			scale[t] = math.Float32frombits(binary.LittleEndian.Uint32(p.scales[4*t:]))
		} else {
			scale[t] = fromF16(binary.LittleEndian.Uint16(p.scales[2*t:]))
		}
		if f := float64(scale[t]); !(f >= 0) || math.IsInf(f, 0) {
			return nil, nil, damaged("scale %g of token %d in layer %d", f, t, layer)
		}
	}
	switch k.h.tables {
	case tablesNone:
		copy(sym, p.data)
	case tablesChunk:
		err = k.columns(sym, p)
	default:
		err = k.groups(sym, p)
	}
	if err != nil {
		return nil, nil, err
	}
	if levels := p.levels(); slices.Max(sym) >= byte(levels) && levels < MaxBins {
		return nil, nil, damaged("a symbol beyond the %d levels of layer %d", levels, layer)
	}
	if sum(sym) != p.sum {
		return nil, nil, k.mismatch(part, layer)
	}
	return sym, scale, nil
}

// columns decodes the released code's streams.
func (k *Chunk) columns(sym []byte, p planePlan) error {
	channels, entries := k.h.channels(), max(refBins, p.bins)+1
	tables := make([][]uint16, channels)
	for c := range tables {
		f := make([]uint16, entries)
		for i := range f {
			f[i] = binary.LittleEndian.Uint16(p.tables[2*(c*entries+i):])
		}
		if err := CheckTable(f); err != nil {
			return damaged("channel %d: %v", c, err)
		}
		tables[c] = f
	}
	data, at := p.data, 0
	column := make([]byte, min(k.h.window, p.rows))
	for from := 0; from < p.rows; from += k.h.window {
		n := min(k.h.window, p.rows-from)
		for c := range channels {
			s := p.lengths[at]
			at++
			in := data[:s.bytes]
			data = data[s.bytes:]
			if s.raw {
				if s.bytes != n {
					return damaged("a raw stream of %d bytes for %d symbols", s.bytes, n)
				}
				copy(column, in)
			} else {
				DecodeAC(column[:n], in, tables[c])
			}
			for t, y := range column[:n] {
				sym[(from+t)*channels+c] = y
			}
		}
	}
	return nil
}

// escaped returns the steps that escapes stand for.
func (p *planePlan) escaped() []int16 {
	b := p.data[len(p.data)-2*p.raws:]
	out := make([]int16, p.raws)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return out
}

// tablesOf returns the tables of a plane.
func (k *Chunk) tablesOf(p *planePlan) (t tables, err error) {
	t.levels = p.levels()
	channels := k.h.channels()
	switch k.h.tables {
	case tablesModel:
		t.full = k.shared.planes[p.place]
	case tablesFull:
		t.full, err = readFull(p.tables, channels, t.levels)
	case tablesParam:
		t.codes = make([]uint16, channels)
		for c := range t.codes {
			t.codes[c] = binary.LittleEndian.Uint16(p.tables[2*c:])
		}
	}
	return t, err
}

// groups decodes streams of 32 channels.
func (k *Chunk) groups(sym []byte, p planePlan) error {
	channels := k.h.channels()
	tables, err := k.tablesOf(&p)
	if err != nil {
		return err
	}
	data := p.data
	for i, s := range p.lengths {
		in := data[:s.bytes]
		data = data[s.bytes:]
		g := i * lanes
		width := min(lanes, channels-g)
		if s.raw && s.bytes != p.rows*width {
			return damaged("a raw stream of %d bytes for %d symbols", s.bytes, p.rows*width)
		}
		if !s.raw && k.h.coder == coderRANS && width == lanes {
			if err := decodeGroup(k.c.dev, sym[g:], channels, p.rows, tables.rans(g, width), in); err != nil {
				return k.inStream(err)
			}
			continue
		}
		rows, stride := in, width
		if !s.raw {
			if k.h.coder == coderRANS {
				stride = lanes
			}
			rows = make([]byte, p.rows*stride)
			switch {
			case k.h.tables == tablesAdaptive:
				decodeAdaptive(rows, in, width, tables.levels)
			case k.h.coder == coderRANS:
				if err := decodeGroup(k.c.dev, rows, stride, p.rows, tables.rans(g, width), in); err != nil {
					return k.inStream(err)
				}
			default:
				DecodeAC(rows, in, tables.ac(g, width)...)
			}
		}
		for t := range p.rows {
			copy(sym[t*channels+g:t*channels+g+width], rows[t*stride:])
		}
	}
	return nil
}

func (k *Chunk) inStream(err error) error {
	if _, ok := errors.AsType[*gpu.Error](err); ok {
		return err
	}
	return damaged("%v", err)
}
