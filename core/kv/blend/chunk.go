package blend

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"assay/core/kv"
	"assay/core/kv/store"
	"assay/gpu"
)

// numerics names the computation that made an entry. Under Strict numerics the
// bits depend on neither threads nor instruction set; raise the number when a
// kernel or the forward pass changes its rounding, or old entries break the gate.
const numerics = "f32 strict-1"

// The policies of precomputing a segment: what stood in front of it, its rows
// dropped. A longer front is named by a hash of its tokens.
const (
	policyNone   = "none" // nothing: the prefix, and chunks that are their own attention sink
	policyBOS    = "bos"
	policyPrefix = "prefix "
)

// segment is the precomputed KV cache of one part of a prompt.
type segment struct {
	kv.SegmentDoc
	ids    []int32
	key    store.Key
	front  []int32 // what it is computed behind; nil for a slot, which has a dummy
	at     int     // position that its first token had when it was computed
	turned bool    // K is cached after RoPE, at the positions from at on
	ram    Entry
	bad    string // where NaN or Inf was found; such a cache is neither stored nor used
	cold   bool   // to be treated as if it had no cache

	serve func(k store.Key, d kv.SegmentDoc, e Entry) (Entry, error) // see SessionOptions; nil for none

	pinned bool // was lost once: held in memory besides the store
	doc    kv.ChunkDoc
}

// Entry is an open cache: an entry of the store, or a copy in memory. Read fills
// dst with one tensor, [tokens, channels] little-endian f32.
type Entry interface {
	Read(layer int, p store.Part, dst []byte) error
	Close() error
}

// kept is a cache in memory: K and V of each layer, as the store's sections.
type kept [][]byte

// Read implements Entry.
func (r kept) Read(layer int, p store.Part, dst []byte) error {
	copy(dst, r[2*layer+int(p)])
	return nil
}

// Close implements Entry; there is nothing to close.
func (r kept) Close() error { return nil }

// segmentOf describes how a segment of a prompt is precomputed.
func (e *Engine) segmentOf(a kv.Assembly, doc kv.SegmentDoc, state kv.RoPEState) *segment {
	g := &segment{SegmentDoc: doc, ids: a.Of(doc), turned: state == kv.RoPEPost}
	if doc.Kind != kv.SegmentPrefix {
		g.front, g.at = a.Front, len(a.Front)
	}
	e.name(g, e.policy(g.front))
	g.doc = kv.ChunkDoc{Index: doc.Index, Tokens: len(g.ids), Policy: g.key.Policy, RoPE: g.key.RoPE, SizeBytes: e.shape(len(g.ids)).Bytes()}
	return g
}

// policy names what stands in front of a segment. A prefix that is the BOS alone
// is the policy of the BOS: the caches are the same.
func (e *Engine) policy(front []int32) string {
	switch {
	case len(front) == 0:
		return policyNone
	case len(front) == 1 && int(front[0]) == e.m.Config.BOS:
		return policyBOS
	}
	h := sha256.New()
	var b [4]byte
	for _, id := range front {
		binary.LittleEndian.PutUint32(b[:], uint32(id))
		h.Write(b[:])
	}
	return policyPrefix + hex.EncodeToString(h.Sum(nil)[:16])
}

// name sets the key under which a segment is stored.
func (e *Engine) name(g *segment, policy string) {
	state := store.RoPEPre
	if g.turned {
		state = store.RoPEPost(g.at)
	}
	g.key = store.Key{Model: e.m.Fingerprint, DType: numerics, Tokenizer: e.tokenizer, Policy: policy, RoPE: state, IDs: g.ids}
}

func (e *Engine) shape(tokens int) store.Shape {
	return store.Shape{Layers: e.m.Config.Layers, Tokens: tokens, Channels: e.m.Config.KVDim()}
}

// find looks a segment up and reports whether the store has it.
func (e *Engine) find(g *segment) (bool, error) {
	if e.store == nil {
		g.doc.Reason = "no store"
		return false, nil
	}
	found, reason := e.store.Get(g.key)
	if found == nil {
		g.doc.Reason = reason
		return false, nil
	}
	g.doc.Hit = true
	return true, found.Close()
}

// precompute makes the cache of a segment that the store does not have.
func (e *Engine) precompute(g *segment) error {
	w := newWatch(e.now, e.m.Config.Layers)
	w.start()
	if err := e.compute(g, slices.Concat(g.front, g.ids), 0); err != nil {
		return err
	}
	w.lap(phaseRecompute, -1)
	g.doc.PrecomputeMs = milliseconds(w.total)
	return nil
}

// compute runs ids at positions from..; the last rows of them are the segment.
// Positions below from are taken from the mode cache as it stands. The result is
// put in the store, or kept in memory where that fails.
func (e *Engine) compute(g *segment, ids []int32, from int) error {
	p := e.newPass(e.mem.mode, from+len(ids), positions(from, from+len(ids)))
	p.x = p.rows(e.mem.x, 0, len(ids))
	p.ops.embed(p.x, ids)
	drop := len(ids) - len(g.ids)
	ram := make(kept, 0, 2*e.m.Config.Layers)
	p.tap = func(layer int, k, v gpu.Tensor) {
		for i, t := range []gpu.Tensor{k, v} {
			t = p.rows(t, drop, len(ids))
			if g.turned && store.Part(i) == store.K && p.err == nil {
				t = p.rotated(t, g.at)
			}
			ram = append(ram, e.raw(p, t))
			if row, ok := e.firstBad(p, t); ok && g.bad == "" {
				g.bad = fmt.Sprintf("NaN or Inf in %v of layer %d at token %d", store.Part(i), layer, g.Start+row)
			}
		}
	}
	for l := range e.m.Config.Layers {
		p.plain(l)
	}
	if p.err != nil {
		return p.err
	}
	g.ram = nil
	if g.bad != "" {
		return nil
	}
	e.keep(g, ram)
	return nil
}

func (e *Engine) raw(p *pass, t gpu.Tensor) []byte {
	data := make([]byte, 4*t.Len())
	p.do(func() error { return e.s.DownloadBytes(data, t) })
	return data
}

func (e *Engine) firstBad(p *pass, t gpu.Tensor) (row int, found bool) {
	p.do(func() error {
		bad, err := e.s.RowStats(t)
		if len(bad) > 0 {
			row, found = int(bad[0]), true
		}
		return err
	})
	return row, found
}

// keep stores a fresh cache, or holds it in memory where it cannot be stored.
func (e *Engine) keep(g *segment, ram kept) {
	g.ram = ram
	if e.store == nil {
		return
	}
	err := e.store.Put(g.key, e.shape(len(g.ids)), func(layer int, p store.Part) []byte { return ram[2*layer+int(p)] })
	if err == nil {
		if !g.pinned {
			g.ram = nil
		}
		return
	}
	if !e.storeFailed {
		e.storeFailed = true
		e.note(err.Error() + "; chunk caches stay in memory for this run")
	}
}
