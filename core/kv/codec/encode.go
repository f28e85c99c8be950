package codec

import (
	"encoding/binary"
	"fmt"

	"assay/core/kv"
	"assay/core/run"
	"assay/gpu"
)

// Codec codes chunks. It holds the device whose kernels it decodes with, but runs
// on the caller's thread. It is safe for concurrent use.
type Codec struct {
	dev    *gpu.Device
	shared []*Shared
}

// New makes a codec on a device that knows some calibrated tables.
func New(dev *gpu.Device, shared ...*Shared) *Codec { return &Codec{dev, shared} }

// plane is a matrix of symbols with a table a channel: a tensor, or the anchors or
// the deltas of one.
type plane struct {
	rows, channels, bins int
	sym                  []byte
	scale                []float32 // by row; of stepped deltas the step alone

	step bool
	raw  []int16 // what the escapes of stepped deltas stand for
}

// levels is how many symbols it has.
func (p *plane) levels() int { return levelsOf(p.bins, p.step) }

func levelsOf(bins int, step bool) int {
	if step {
		return stepLevels
	}
	return Levels(bins)
}

// Encode codes the KV of a chunk. K must be in the state that o says. The error is
// of code E-INPUT where the numbers cannot be coded (NaN, Inf, too many tokens) and
// E-USAGE where the spec is wrong.
func (c *Codec) Encode(t kv.Tensors, s Spec, o Origin) ([]byte, error) {
	id, err := find(s.Profile)
	if err != nil {
		return nil, err
	}
	m := methods[id]
	h := &header{Origin: o, layers: t.Layers, tokens: t.Tokens, method: id}
	kind, err := m.tablesOf(s.Tables)
	if err != nil {
		return nil, err
	}
	h.tables = byte(kind)
	if h.bins, err = m.bins(s.Level, t.Layers); err != nil {
		return nil, err
	}
	if err := h.check(t, m); err != nil {
		return nil, err
	}
	if m.rans && s.Coder != AC && kind != tablesAdaptive {
		h.coder = coderRANS
	}
	if kind == tablesChunk {
		h.window = refWindow
	}
	h.folded = m.fold
	w := writer{c: c, h: h, m: m}
	if kind == tablesModel {
		if w.shared = c.sharedFor(s, h); w.shared == nil {
			return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("profile %s at level %q: no calibrated tables for %d layers of %d channels are at hand", s.Profile, s.Level, t.Layers, h.channels())}
		}
		w.parts[secTables] = binary.LittleEndian.AppendUint64(nil, w.shared.id)
	}
	return w.all(t)
}

// all writes every tensor.
func (w *writer) all(t kv.Tensors) ([]byte, error) {
	h, m := w.h, w.m
	for p := range 2 {
		for l := range t.Layers {
			h.wide = h.wide || m.block == nil && needsWide(t.Part(p, l), h.channels())
		}
	}
	for p := range 2 {
		for l := range t.Layers {
			w.at = place{part: p, layer: l}
			if err := w.tensor(t.Part(p, l), h.bins[p][l]); err != nil {
				return nil, err
			}
		}
	}
	return seal(h, &w.parts), nil
}

// check refuses what cannot be coded.
func (h *header) check(t kv.Tensors, m method) error {
	input := func(format string, a ...any) error {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf(format, a...)}
	}
	if t.Tokens < 1 || t.Tokens > maxTokens {
		return input("a chunk of %d tokens: the codec takes 1 to %d; split it", t.Tokens, maxTokens)
	}
	if t.Channels != h.channels() || t.Layers > maxLayers {
		return input("KV of %d layers and %d channels: expected %d KV heads of %d", t.Layers, t.Channels, h.KVHeads, h.HeadDim)
	}
	if m.block != nil && (t.Channels%m.block.values != 0 || m.rotate && h.HeadDim&(h.HeadDim-1) != 0) {
		return input("profile %s codes blocks of %d channels in heads of a power of two: the model has %d heads of %d", m.name, m.block.values, h.KVHeads, h.HeadDim)
	}
	if p, l, at, ch, bad := t.FirstBad(); bad {
		return input("NaN or Inf in %s of layer %d at token %d, channel %d: such a cache is not coded", [2]string{"K", "V"}[p], l, at, ch)
	}
	return nil
}

// writer collects the sections.
type writer struct {
	c     *Codec
	h     *header
	m     method
	parts [secCount][]byte

	at     place
	shared *Shared                  // of tablesModel
	tally  func(at place, p *plane) // sees every plane; nil for none
}

// place says which plane of which tensor.
type place struct{ part, layer, plane int }

func (w *writer) tensor(x []float32, bins int) error {
	channels := w.h.channels()
	if w.m.block != nil {
		if w.m.rotate {
			x = append([]float32(nil), x...)
			hadamard(x, w.h.HeadDim)
		}
		at := len(w.parts[secData])
		w.parts[secData] = w.m.block.pack(w.parts[secData], x)
		w.sums(w.parts[secData][at:])
		return nil
	}
	if w.m.deltas {
		anchors, deltas := w.split(x, bins)
		if err := w.plane(anchors); err != nil {
			return err
		}
		w.at.plane++
		return w.plane(deltas)
	}
	p := w.quantised(x, w.h.tokens, bins)
	if w.h.folded {
		index, first := fold(p.sym, p.scale, channels)
		w.parts[secRows] = appendMap(w.parts[secRows], index, len(first))
		if index != nil {
			p = p.pick(first)
		}
	}
	return w.plane(p)
}

func (w *writer) quantised(x []float32, rows, bins int) plane {
	p := plane{rows: rows, channels: w.h.channels(), bins: bins, sym: make([]byte, len(x)), scale: make([]float32, rows)}
	quantise(p.sym, p.scale, x, p.channels, bins, w.h.wide)
	return p
}

// pick returns some of the rows.
func (p plane) pick(rows []int) plane {
	out := plane{rows: len(rows), channels: p.channels, bins: p.bins, sym: make([]byte, 0, len(rows)*p.channels), scale: make([]float32, 0, len(rows))}
	for _, t := range rows {
		out.sym = append(out.sym, p.sym[t*p.channels:(t+1)*p.channels]...)
		out.scale = append(out.scale, p.scale[t])
	}
	return out
}

func (w *writer) sums(b []byte) {
	w.parts[secSums] = binary.LittleEndian.AppendUint32(w.parts[secSums], sum(b))
}

// plane writes scales, tables and streams of a plane; one without rows takes no
// byte (a chunk of one token has no deltas).
func (w *writer) plane(p plane) error {
	if p.rows == 0 {
		return nil
	}
	if w.tally != nil {
		w.tally(w.at, &p)
	}
	w.sums(p.sym)
	for _, m := range p.scale {
		if w.h.wide || p.step {
			w.parts[secScales] = binary.LittleEndian.AppendUint32(w.parts[secScales], floatBits(m))
		} else {
			w.parts[secScales] = binary.LittleEndian.AppendUint16(w.parts[secScales], toF16(m))
		}
	}
	switch w.h.tables {
	case tablesNone:
		w.parts[secData] = append(w.parts[secData], p.sym...)
		return nil
	case tablesChunk:
		w.chunkTables(p)
		return nil
	}
	if p.step {
		w.parts[secLengths] = binary.AppendUvarint(w.parts[secLengths], uint64(len(p.raw)))
	}
	if err := w.groups(p, w.tables(p)); err != nil {
		return err
	}
	for _, k := range p.raw {
		w.parts[secData] = binary.LittleEndian.AppendUint16(w.parts[secData], uint16(k))
	}
	return nil
}

// The released code: streams of at most 256 tokens, tables of 33 entries whatever
// the bins (more only where there are more), stream lengths of 32 bits.
const (
	refWindow = 256
	refBins   = 32
	rawBit    = 1 << 31 // in a length: the stream would have been longer than its symbols, which are stored
)

// chunkTables writes a table and the streams of each channel, window by window.
func (w *writer) chunkTables(p plane) {
	tables := make([][]uint16, p.channels)
	counts := make([]int, max(refBins, p.bins))
	for c := range tables {
		count(counts, p.sym, c, p.channels)
		tables[c] = RefTable(counts)
		for _, f := range tables[c] {
			w.parts[secTables] = binary.LittleEndian.AppendUint16(w.parts[secTables], f)
		}
	}
	column := make([]byte, 0, w.h.window)
	for from := 0; from < p.rows; from += w.h.window {
		to := min(from+w.h.window, p.rows)
		for c := range p.channels {
			column = column[:0]
			for t := from; t < to; t++ {
				column = append(column, p.sym[t*p.channels+c])
			}
			at := len(w.parts[secData])
			w.parts[secData] = EncodeAC(w.parts[secData], column, tables[c])
			n := uint32(len(w.parts[secData]) - at)
			if n >= uint32(len(column)) {
				w.parts[secData] = append(w.parts[secData][:at], column...)
				n = uint32(len(column)) | rawBit
			}
			w.parts[secLengths] = binary.LittleEndian.AppendUint32(w.parts[secLengths], n)
		}
	}
}

// tables makes the tables of a plane and writes what its reader cannot know.
func (w *writer) tables(p plane) tables {
	t := tables{levels: p.levels()}
	switch w.h.tables {
	case tablesModel:
		t.full = w.shared.planes[w.at]
	case tablesFull:
		t.full = countTables(p)
		w.parts[secTables] = appendFull(w.parts[secTables], t.full)
	case tablesParam:
		t.codes = make([]uint16, p.channels)
		counts := make([]int, t.levels)
		for c := range t.codes {
			count(counts, p.sym, c, p.channels)
			t.codes[c] = theCurves().fit(counts)
			w.parts[secTables] = binary.LittleEndian.AppendUint16(w.parts[secTables], t.codes[c])
		}
	}
	return t
}

// groups writes a stream for 32 channels.
func (w *writer) groups(p plane, t tables) error {
	for g := 0; g < p.channels; g += lanes {
		width := min(lanes, p.channels-g)
		at := len(w.parts[secData])
		data, err := w.group(p, g, width, t)
		if err != nil {
			return err
		}
		raw := 0
		if len(data)-at >= p.rows*width {
			raw = 1
			data = append(data[:at], p.columns(g, width)...)
		}
		w.parts[secData] = data
		w.parts[secLengths] = binary.AppendUvarint(w.parts[secLengths], uint64(len(data)-at)<<1|uint64(raw))
	}
	return nil
}

// columns returns the symbols of some channels, row by row.
func (p *plane) columns(g, width int) []byte {
	out := make([]byte, 0, p.rows*width)
	for t := range p.rows {
		out = append(out, p.sym[t*p.channels+g:t*p.channels+g+width]...)
	}
	return out
}

// group appends the stream of one group of channels to DATA.
func (w *writer) group(p plane, g, width int, t tables) ([]byte, error) {
	switch {
	case w.h.tables == tablesAdaptive:
		return encodeAdaptive(w.parts[secData], p.columns(g, width), width, t.levels), nil
	case w.h.coder == coderAC:
		return EncodeAC(w.parts[secData], p.columns(g, width), t.ac(g, width)...), nil
	case width == lanes:
		return encodeGroup(w.c.dev, w.parts[secData], p.sym[g:], p.channels, p.rows, t.rans(g, width))
	}
	padded := make([]byte, p.rows*lanes)
	for i := range p.rows {
		copy(padded[i*lanes:], p.sym[i*p.channels+g:i*p.channels+g+width])
	}
	return encodeGroup(w.c.dev, w.parts[secData], padded, lanes, p.rows, t.rans(g, width))
}

// acTables makes the tables of the arithmetic coder out of compact ones.
func acTables(codes []uint16, levels int) [][]uint16 {
	all := make([]uint16, len(codes)*(levels+1))
	tables := make([][]uint16, len(codes))
	for i, code := range codes {
		tables[i] = all[i*(levels+1) : (i+1)*(levels+1)]
		theCurves().fill(tables[i], 1, code, levels, Total-1)
	}
	return tables
}

// ransTable does so for a group of lanes; lanes without a channel repeat the first.
func ransTable(codes []uint16, levels int) gpu.RANSTable {
	t := gpu.RANSTable{Levels: levels, Cum: make([]uint16, (levels+1)*lanes)}
	for j := range lanes {
		code := codes[0]
		if j < len(codes) {
			code = codes[j]
		}
		theCurves().fill(t.Cum[j:], lanes, code, levels, ransTotal)
	}
	return t
}
