package job

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/kv/control"
	"assay/core/kv/link"
	"assay/core/kv/store"
)

// source serves the caches of a session's segments as containers from a tier. A
// segment is coded when it is first opened, which the warm-up of the session does.
// A container that is damaged is coded again from the exact cache and noted.
type source struct {
	ctx   context.Context
	codec *codec.Codec
	spec  codec.Spec
	dims  codec.Origin // heads and model
	tier  string
	rate  float64 // Gbit/s of the remote tier
	dir   string  // of the disk tier
	note  func(text string)

	layers int

	server *link.Server
	client *link.Client

	mu     sync.Mutex
	held   map[int]*held // by segment
	loaded int64         // bytes over the tier so far

	asked  []span          // of the remote tier: what is on its way, in order
	waited []time.Duration // by layer: what reading it waited for the link, since the last reset
}

// span is a part of a held segment.
type span struct {
	h       *held
	from, n int
}

// held is a coded segment on its tier.
type held struct {
	key  string
	head int
	blob []byte   // memory and remote
	file *os.File // disk
	size int
}

// newSource opens a tier. The caller closes it.
func newSource(ctx context.Context, c *codec.Codec, spec codec.Spec, dims codec.Origin, layers int, tier string, gbps float64, note func(string)) (*source, error) {
	s := &source{ctx: ctx, codec: c, spec: spec, dims: dims, tier: tier, rate: gbps, note: note, held: map[int]*held{}, layers: layers, waited: make([]time.Duration, layers)}
	var err error
	switch tier {
	case kv.TierDisk:
		if s.dir, err = os.MkdirTemp("", "assay-tier-"); err != nil {
			return nil, fmt.Errorf("disk tier: %w", err)
		}
	case kv.TierRemote:
		if s.server, err = link.Serve(); err != nil {
			return nil, err
		}
		if s.client, err = link.Dial(s.server); err != nil {
			return nil, errors.Join(err, s.server.Close())
		}
	}
	return s, nil
}

// Close frees the tier.
func (s *source) Close() error {
	var err error
	for _, h := range s.held {
		if h.file != nil {
			err = errors.Join(err, h.file.Close())
		}
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	if s.server != nil {
		err = errors.Join(err, s.client.Close(), s.server.Close())
	}
	return err
}

// serve is blend.SessionOptions.Serve.
func (s *source) serve(d kv.SegmentDoc, e blend.Entry) (blend.Entry, error) {
	s.mu.Lock()
	h := s.held[d.Index]
	s.mu.Unlock()
	if h == nil {
		var err error
		if h, err = s.keep(d, e); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	c := &coded{s: s, h: h, exact: e, doc: d}
	if err := c.open(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return c, nil
}

// keep codes a segment and puts it on the tier.
func (s *source) keep(d kv.SegmentDoc, e blend.Entry) (*held, error) {
	tokens, channels := d.End-d.Start, s.dims.KVHeads*s.dims.HeadDim
	t := kv.NewTensors(s.layers, tokens, channels)
	raw := make([]byte, 4*tokens*channels)
	for l := range t.Layers {
		for p := range 2 {
			if err := e.Read(l, store.Part(p), raw); err != nil {
				return nil, err
			}
			x := t.Part(p, l)
			for i := range x {
				x[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			}
		}
	}
	blob, err := s.codec.Encode(t, s.spec, s.dims)
	if err != nil {
		return nil, err
	}
	opened, err := s.codec.Open(blob, s.dims)
	if err != nil {
		return nil, err
	}
	h := &held{key: fmt.Sprint(d.Index), head: opened.HeadSize(), size: len(blob), blob: blob}
	switch s.tier {
	case kv.TierDisk:
		path := filepath.Join(s.dir, h.key)
		if err := os.WriteFile(path, blob, 0o644); err != nil {
			return nil, fmt.Errorf("disk tier: %w", err)
		}
		if h.file, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("disk tier: %w", err)
		}
		h.blob = nil
	case kv.TierRemote:
		s.server.Put(h.key, blob)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[d.Index] = h
	return h, nil
}

// get reads bytes of a held segment from its tier, for a layer or -1.
func (s *source) get(h *held, dst []byte, from, layer int) error {
	s.mu.Lock()
	s.loaded += int64(len(dst))
	s.mu.Unlock()
	switch s.tier {
	case kv.TierDisk:
		_, err := h.file.ReadAt(dst, int64(from))
		return err
	case kv.TierRemote:
		began := time.Now()
		err := s.receive(h, dst, from)
		if layer >= 0 {
			s.waited[layer] += time.Since(began)
		}
		return err
	}
	copy(dst, h.blob[from:])
	return nil
}

// ask lets bytes travel that a later get takes.
func (s *source) ask(h *held, from, n int) error {
	if s.tier != kv.TierRemote {
		return nil
	}
	s.asked = append(s.asked, span{h, from, n})
	return s.client.Ask(h.key, from, n, s.rate*control.Gigabit)
}

// receive takes bytes off the link: those that were asked for first, or none of
// what was asked for.
func (s *source) receive(h *held, dst []byte, from int) error {
	for len(s.asked) > 0 {
		first := s.asked[0]
		s.asked = s.asked[1:]
		if first == (span{h, from, len(dst)}) {
			return s.client.Receive(s.ctx, dst)
		}
		if err := s.client.Receive(s.ctx, make([]byte, first.n)); err != nil {
			return err
		}
	}
	return s.client.Get(s.ctx, dst, h.key, from, s.rate*control.Gigabit)
}

// largest returns the container of the longest segment.
func (s *source) largest() ([]byte, error) {
	var best *held
	for _, h := range s.held {
		if best == nil || h.size > best.size {
			best = h
		}
	}
	if best == nil {
		return nil, errors.New("no segment is coded")
	}
	if best.file == nil {
		return best.blob, nil
	}
	blob := make([]byte, best.size)
	_, err := best.file.ReadAt(blob, 0)
	return blob, err
}

// bytes is the size of all containers.
func (s *source) bytes() int64 {
	n := int64(0)
	for _, h := range s.held {
		n += int64(h.size)
	}
	return n
}

// coded is an open segment of a source.
type coded struct {
	s     *source
	h     *held
	doc   kv.SegmentDoc
	exact blend.Entry
	chunk *codec.Chunk
	x     []float32
	buf   []byte
}

var _ blend.Fetcher = (*coded)(nil)

// Fetch implements blend.Fetcher.
func (c *coded) Fetch(layer int, p store.Part) error {
	from, n := c.chunk.Range(int(p), layer)
	return c.s.ask(c.h, from, n)
}

func (c *coded) open() error {
	head := make([]byte, c.h.head)
	if err := c.s.get(c.h, head, 0, -1); err != nil {
		return err
	}
	var err error
	if c.chunk, err = c.s.codec.OpenHead(head, c.h.size, c.s.dims); err != nil {
		return err
	}
	c.x = make([]float32, c.chunk.Tokens()*c.chunk.Channels())
	return nil
}

// Read implements blend.Entry.
func (c *coded) Read(layer int, p store.Part, dst []byte) error {
	from, n := c.chunk.Range(int(p), layer)
	if cap(c.buf) < n {
		c.buf = make([]byte, n)
	}
	if err := c.s.get(c.h, c.buf[:n], from, layer); err != nil {
		return err
	}
	c.chunk.Fill(from, c.buf[:n])
	if err := c.chunk.Read(int(p), layer, c.x); err != nil {
		// The damaged chunk is put aside and made again from what it was coded from.
		c.s.note(fmt.Sprintf("segment %d: %v; coded again", c.doc.Index, err))
		h, kerr := c.s.keep(c.doc, c.exact)
		if kerr != nil {
			return errors.Join(err, kerr)
		}
		c.h = h
		if kerr := c.open(); kerr != nil {
			return errors.Join(err, kerr)
		}
		return c.again(layer, p, dst)
	}
	c.put(dst)
	return nil
}

// again reads from a chunk that was just made.
func (c *coded) again(layer int, p store.Part, dst []byte) error {
	from, n := c.chunk.Range(int(p), layer)
	buf := make([]byte, n)
	if err := c.s.get(c.h, buf, from, layer); err != nil {
		return err
	}
	c.chunk.Fill(from, buf)
	if err := c.chunk.Read(int(p), layer, c.x); err != nil {
		return err
	}
	c.put(dst)
	return nil
}

func (c *coded) put(dst []byte) {
	for i, v := range c.x {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

// Close implements blend.Entry.
func (c *coded) Close() error { return c.exact.Close() }
