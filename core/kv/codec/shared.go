package codec

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"

	"assay/core/kv"
	"assay/core/run"
)

// Shared is a set of tables that is calibrated on some chunks and shipped once for a
// model, profile and level (mode `model` of kv.md 2.4): a chunk holds its number
// alone. It fits every model of the same shape; on another one it costs more bits.
// It is read-only and safe for concurrent use.
type Shared struct {
	profile, level   string
	layers, channels int
	model            uint64
	planes           map[place][][]uint16
	id               uint64
	size             int
}

// ID names the tables.
func (s *Shared) ID() uint64 { return s.id }

// Size is how many bytes they take where they are shipped.
func (s *Shared) Size() int { return s.size }

// For reports whether the tables were made for a profile and level, and for a model;
// 0 fits every model.
func (s *Shared) For(spec Spec, model uint64) bool {
	return s.profile == spec.Profile && s.level == spec.Level && (model == 0 || s.model == model)
}

// Calibration counts symbols for shared tables. It is not safe for concurrent use.
type Calibration struct {
	c      *Codec
	spec   Spec
	origin Origin
	shape  [2]int          // layers, channels
	counts map[place][]int // [channels][levels] flat
	levels map[place]int
}

// Calibrate begins to count for a profile at a level; o names the model.
func (c *Codec) Calibrate(s Spec, o Origin) *Calibration {
	s.Tables = "" // what the symbols are coded with does not matter
	return &Calibration{c: c, spec: s, origin: o, counts: map[place][]int{}, levels: map[place]int{}}
}

// Add counts the symbols of a chunk.
func (a *Calibration) Add(t kv.Tensors) error {
	id, err := find(a.spec.Profile)
	if err != nil {
		return err
	}
	h := &header{Origin: a.origin, layers: t.Layers, tokens: t.Tokens, method: id, tables: byte(methods[id].tables), folded: methods[id].fold}
	if h.bins, err = methods[id].bins(a.spec.Level, t.Layers); err != nil {
		return err
	}
	if err := h.check(t, methods[id]); err != nil {
		return err
	}
	a.shape = [2]int{t.Layers, t.Channels}
	w := writer{c: a.c, h: h, m: methods[id], tally: func(at place, p *plane) {
		levels := p.levels()
		n := a.counts[at]
		if n == nil {
			n = make([]int, p.channels*levels)
			a.counts[at], a.levels[at] = n, levels
		}
		for i, y := range p.sym {
			n[i%p.channels*levels+int(y)]++
		}
	}}
	_, err = w.all(t)
	return err
}

// Shared makes the tables; every symbol has a probability, whether it was seen or
// not. The error says that nothing was counted.
func (a *Calibration) Shared() (*Shared, error) {
	if len(a.counts) == 0 {
		return nil, &run.Error{Code: run.EInput, Text: "calibrated tables: no chunk was counted"}
	}
	s := &Shared{profile: a.spec.Profile, level: a.spec.Level, layers: a.shape[0], channels: a.shape[1], model: a.origin.Model, planes: map[place][][]uint16{}}
	for _, at := range s.places() {
		n, ok := a.counts[at]
		if !ok {
			return nil, &run.Error{Code: run.EInput, Text: "calibrated tables: chunks of one token have no deltas to count"}
		}
		levels := a.levels[at]
		for c := range s.channels {
			s.planes[at] = append(s.planes[at], RefTable(n[c*levels:(c+1)*levels]))
		}
	}
	s.seal()
	return s, nil
}

// places lists the planes in the order of the file.
func (s *Shared) places() []place {
	planes := 1
	if i, err := find(s.profile); err == nil && methods[i].deltas {
		planes = 2
	}
	var out []place
	for p := range 2 {
		for l := range s.layers {
			for n := range planes {
				out = append(out, place{p, l, n})
			}
		}
	}
	return out
}

// seal sets number and size, which follow from the bytes.
func (s *Shared) seal() {
	b := s.Encode()
	h := fnv.New64a()
	h.Write(b)
	s.id, s.size = h.Sum64(), len(b)
}

// The file of shared tables, little-endian:
//
//	magic    "KVT1"
//	u16      version
//	2 x      u8 length, bytes: profile and level
//	u64      model
//	u32      layers, channels
//	tables   by plane and channel, without their first and last entries, u16
//	u32      CRC-32C of everything before
const (
	sharedMagic   = "KVT1"
	sharedVersion = 1
)

// Encode writes the tables as a file.
func (s *Shared) Encode() []byte {
	le := binary.LittleEndian
	b := le.AppendUint16([]byte(sharedMagic), sharedVersion)
	for _, text := range []string{s.profile, s.level} {
		b = append(append(b, byte(len(text))), text...)
	}
	b = le.AppendUint64(b, s.model)
	b = le.AppendUint32(le.AppendUint32(b, uint32(s.layers)), uint32(s.channels))
	for _, at := range s.places() {
		b = appendFull(b, s.planes[at])
	}
	return le.AppendUint32(b, sum(b))
}

// ReadShared reads such a file. Errors wrap ErrDamaged or ErrForeign.
func ReadShared(b []byte) (*Shared, error) {
	le := binary.LittleEndian
	bad := func(format string, a ...any) error {
		return fmt.Errorf("calibrated tables are %w: %s", ErrDamaged, fmt.Sprintf(format, a...))
	}
	if len(b) < len(sharedMagic)+6 || string(b[:4]) != sharedMagic || sum(b[:len(b)-4]) != le.Uint32(b[len(b)-4:]) {
		return nil, bad("it does not begin with %s, or its checksum does not match", sharedMagic)
	}
	if v := le.Uint16(b[4:]); v != sharedVersion {
		return nil, fmt.Errorf("calibrated tables are %w: version %d, this build reads version %d", ErrForeign, v, sharedVersion)
	}
	s := &Shared{planes: map[place][][]uint16{}}
	rest := b[6 : len(b)-4]
	for _, text := range []*string{&s.profile, &s.level} {
		if len(rest) < 1 || len(rest) < 1+int(rest[0]) {
			return nil, bad("it ends inside a name")
		}
		*text, rest = string(rest[1:1+rest[0]]), rest[1+rest[0]:]
	}
	if len(rest) < 16 {
		return nil, bad("it ends inside its shape")
	}
	s.model = le.Uint64(rest)
	layers, channels := le.Uint32(rest[8:]), le.Uint32(rest[12:])
	rest = rest[16:]
	id, err := find(s.profile)
	if err != nil || layers < 1 || layers > maxLayers || channels < 1 || channels > maxHeads*maxHeadDim || uint64(layers)*uint64(channels) > math.MaxInt32 {
		return nil, bad("profile %q, %d layers of %d channels", s.profile, layers, channels)
	}
	s.layers, s.channels = int(layers), int(channels)
	bins, err := methods[id].bins(s.level, s.layers)
	if err != nil {
		return nil, bad("level %q", s.level)
	}
	for _, at := range s.places() {
		levels := methods[id].levelsAt(at, bins)
		n := 2 * s.channels * (levels - 1)
		if len(rest) < n {
			return nil, bad("it ends inside its tables")
		}
		if s.planes[at], err = readFull(rest[:n], s.channels, levels); err != nil {
			return nil, bad("%v", err)
		}
		rest = rest[n:]
	}
	if len(rest) != 0 {
		return nil, bad("%d bytes too many", len(rest))
	}
	s.seal()
	return s, nil
}

// levelsAt is how many symbols a plane has.
func (m method) levelsAt(at place, bins [2][]int) int {
	if m.deltas && at.plane == 0 {
		return Levels(MaxBins)
	}
	return levelsOf(bins[at.part][at.layer], m.step)
}

// sharedFor finds tables to encode with: those of the model before those of another.
func (c *Codec) sharedFor(s Spec, h *header) *Shared {
	var other *Shared
	for _, t := range c.shared {
		if !t.For(s, 0) || t.layers != h.layers || t.channels != h.channels() {
			continue
		}
		if t.model == h.Model {
			return t
		}
		other = t
	}
	return other
}

// sharedNamed finds tables to decode with.
func (c *Codec) sharedNamed(id uint64) *Shared {
	for _, t := range c.shared {
		if t.id == id {
			return t
		}
	}
	return nil
}
