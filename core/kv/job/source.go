package job

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
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
// segment is coded when it is first opened, which the warm-up of the session does,
// and its container goes to the store, where later runs find it; the tiers memory and
// remote take it from there. What is used longest ago goes where a tier is full. A
// container that is damaged is put aside and coded again from the exact cache.
type source struct {
	sourceOptions
	codec *codec.Codec
	store *store.Store
	own   string // folder of a store of its own, removed in the end

	server *link.Server
	client *link.Client

	mu     sync.Mutex
	held   map[int]*held // by segment, of the tiers memory and remote
	recent []int         // segments that are held, the one used last behind
	heads  map[int]int   // bytes before the streams of a segment's container
	sizes  map[int]int64
	said   map[string]bool
	loaded int64 // bytes over the tier so far

	sample  []byte // the largest container that was seen whole
	misses  int    // lookups that found nothing in the tier after a segment was there
	outside int    // containers that the disk did not take

	asked  []span          // of the remote tier: what is on its way, in order
	waited []time.Duration // by layer: what reading it waited for the link, since the last reset
}

// sourceOptions say what a source serves and how.
type sourceOptions struct {
	ctx      context.Context
	spec     codec.Spec
	dims     codec.Origin // heads and model
	layers   int
	tier     string
	gbps     float64 // of the remote tier
	capacity int64   // bytes that the tier holds; 0 is as much as there is
	cache    string  // folder of the store; "" for one of its own
	note     func(text string)
}

// span is a part of a held segment.
type span struct {
	h       *held
	from, n int
}

// held is the container of a segment on its tier.
type held struct {
	key  string
	id   store.Key
	head int
	size int
	blob []byte      // memory and remote, and what the disk did not take
	file *store.Blob // disk
}

// newSource opens a tier. The caller closes it.
func newSource(c *codec.Codec, o sourceOptions) (*source, error) {
	s := &source{sourceOptions: o, codec: c, held: map[int]*held{}, heads: map[int]int{}, sizes: map[int]int64{}, said: map[string]bool{}, waited: make([]time.Duration, o.layers)}
	if err := s.openStore(); err != nil {
		return nil, err
	}
	if o.tier != kv.TierRemote {
		return s, nil
	}
	var err error
	if s.server, err = link.Serve(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.client, err = link.Dial(s.server); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openStore takes the store of the cache folder, or one of its own where there is
// none or where the disk tier has a limit of its own.
func (s *source) openStore() (err error) {
	limited := s.tier == kv.TierDisk && s.capacity > 0
	if s.cache != "" && !limited {
		if s.store, err = store.Open(filepath.Join(s.cache, "kv"), store.Options{}); err == nil {
			return nil
		}
		s.note(err.Error() + "; containers of this run have a folder of their own")
	}
	if s.own, err = os.MkdirTemp("", "assay-tier-"); err != nil {
		return fmt.Errorf("disk tier: %w", err)
	}
	o := store.Options{}
	if limited {
		o.MaxBytes = s.capacity
	}
	s.store, err = store.Open(s.own, o)
	return err
}

// Close frees the tier.
func (s *source) Close() error {
	var err error
	if s.own != "" {
		err = errors.Join(err, os.RemoveAll(s.own))
	}
	if s.client != nil {
		err = errors.Join(err, s.client.Close())
	}
	if s.server != nil {
		err = errors.Join(err, s.server.Close())
	}
	return err
}

// once notes a text that has not been noted before.
func (s *source) once(format string, a ...any) {
	text := fmt.Sprintf(format, a...)
	if !s.said[text] {
		s.said[text] = true
		s.note(text)
	}
}

// serve is blend.SessionOptions.Serve.
func (s *source) serve(k store.Key, d kv.SegmentDoc, e blend.Entry) (blend.Entry, error) {
	c := &coded{s: s, id: k, exact: e, doc: d}
	if err := c.open(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return c, nil
}

// find returns the container of a segment on the tier, and brings it there first
// where it is not.
func (s *source) find(k store.Key, d kv.SegmentDoc, e blend.Entry) (*held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.DType = strings.TrimSpace(fmt.Sprintf("kvg %s %s %s of %s", s.spec.Profile, s.spec.Level, s.spec.Coder, k.DType))
	if h := s.held[d.Index]; h != nil {
		s.touch(d.Index)
		return h, nil
	}
	_, known := s.heads[d.Index]
	if known && s.tier != kv.TierDisk {
		s.misses++
	}
	h, err := s.stored(k, d, known)
	if err == nil && h == nil {
		h, err = s.code(k, d, e)
	}
	if err != nil {
		return nil, err
	}
	s.heads[d.Index], s.sizes[d.Index] = h.head, int64(h.size)
	if h.file == nil {
		s.admit(d.Index, h)
	}
	return h, nil
}

// stored takes a container from the store; nil where it is not there. One that this
// source has not seen yet is checked from its first byte to its last.
func (s *source) stored(k store.Key, d kv.SegmentDoc, known bool) (*held, error) {
	file, reason := s.store.GetBlob(k)
	if file == nil {
		if known && s.tier == kv.TierDisk {
			s.misses++
			s.once("tier disk: a container is not there: %s; coded again", reason)
		}
		return nil, nil
	}
	h := &held{key: fmt.Sprint(d.Index), id: k, size: file.Size(), file: file, head: s.heads[d.Index]}
	if known && s.tier == kv.TierDisk {
		return h, nil
	}
	h.blob = make([]byte, h.size)
	_, err := io.ReadFull(io.NewSectionReader(file, 0, int64(h.size)), h.blob)
	if err == nil {
		var chunk *codec.Chunk
		if chunk, err = s.codec.Open(h.blob, s.dims); err == nil {
			h.head = chunk.HeadSize()
		}
	}
	if err != nil {
		where := file.Quarantine(err.Error())
		s.once("segment %d: %v%s; coded again", d.Index, err, where)
		return nil, file.Close()
	}
	s.see(h.blob)
	if s.tier == kv.TierDisk {
		h.blob = nil
		return h, nil
	}
	h.file = nil
	return h, file.Close()
}

// code makes the container of a segment and stores it.
func (s *source) code(k store.Key, d kv.SegmentDoc, e blend.Entry) (*held, error) {
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
	chunk, err := s.codec.Open(blob, s.dims)
	if err != nil {
		return nil, err
	}
	s.see(blob)
	h := &held{key: fmt.Sprint(d.Index), id: k, size: len(blob), blob: blob, head: chunk.HeadSize()}
	if err := s.store.PutBlob(k, blob); err != nil {
		// The numbers are there; the tier is another one then, which is said.
		if s.tier == kv.TierDisk {
			s.outside++
			s.once("tier disk: %v; segment %d and others that do not fit are served from memory", err, d.Index)
		} else {
			s.once("%v; containers stay in memory for this run", err)
		}
		return h, nil
	}
	if s.tier == kv.TierDisk {
		if file, _ := s.store.GetBlob(k); file != nil {
			h.file, h.blob = file, nil
		}
	}
	return h, nil
}

// see remembers the largest container.
func (s *source) see(blob []byte) {
	if len(blob) > len(s.sample) {
		s.sample = blob
	}
}

// admit puts a container in the tier; those used longest ago make room for it.
func (s *source) admit(segment int, h *held) {
	s.held[segment] = h
	s.touch(segment)
	if s.tier == kv.TierRemote {
		s.server.Put(h.key, h.blob)
	}
	if s.capacity <= 0 || s.tier == kv.TierDisk {
		return
	}
	total := int64(0)
	for _, o := range s.held {
		total += int64(o.size)
	}
	for total > s.capacity && len(s.recent) > 1 {
		oldest := s.recent[0]
		total -= int64(s.held[oldest].size)
		s.drop(oldest)
		s.once("tier %s: its %d bytes are not enough for all chunks: the one used longest ago goes, and comes back from the store when it is needed", s.tier, s.capacity)
	}
}

// touch makes a segment the one used last.
func (s *source) touch(segment int) {
	for i, o := range s.recent {
		if o == segment {
			s.recent = append(s.recent[:i], s.recent[i+1:]...)
			break
		}
	}
	s.recent = append(s.recent, segment)
}

// drop forgets a container. Whoever reads it goes on doing so, but not over the link:
// the server keeps what it has until another comes in its place.
func (s *source) drop(segment int) {
	delete(s.held, segment)
	for i, o := range s.recent {
		if o == segment {
			s.recent = append(s.recent[:i], s.recent[i+1:]...)
			break
		}
	}
}

// damaged puts the container of a segment aside, so that the next find makes it again.
func (s *source) damaged(h *held, d kv.SegmentDoc, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var where string
	if h.file != nil {
		where = h.file.Quarantine(cause.Error())
	} else {
		where = s.store.Quarantine(h.id, h.blob, cause.Error())
		s.drop(d.Index)
	}
	delete(s.heads, d.Index) // the next one is checked whole
	s.note(fmt.Sprintf("segment %d: %v%s; coded again", d.Index, cause, where))
}

// get reads bytes of a held segment from its tier, for a layer or -1.
func (s *source) get(h *held, dst []byte, from, layer int) error {
	s.mu.Lock()
	s.loaded += int64(len(dst))
	s.mu.Unlock()
	switch {
	case h.file != nil:
		_, err := h.file.ReadAt(dst, int64(from))
		return err
	case s.tier == kv.TierRemote:
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
	return s.client.Ask(h.key, from, n, s.gbps*control.Gigabit)
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
	return s.client.Get(s.ctx, dst, h.key, from, s.gbps*control.Gigabit)
}

// bytes is the size of all containers.
func (s *source) bytes() int64 {
	n := int64(0)
	for _, size := range s.sizes {
		n += size
	}
	return n
}
