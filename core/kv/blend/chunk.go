package blend

import (
	"fmt"

	"assay/core/kv"
	"assay/core/kv/store"
	"assay/gpu"
)

// numerics names the computation that made an entry. Under Strict numerics the
// bits depend on neither threads nor instruction set; raise the number when a
// kernel or the forward pass changes its rounding, or old entries break the gate.
const numerics = "f32 strict-1"

// The policies of precomputing a segment.
const (
	policyNone = "none" // nothing in front: the prefix, and chunks of models without BOS
	policyBOS  = "bos"  // one BOS in front, its row dropped
)

// segment is the precomputed KV cache of one part of a prompt.
type segment struct {
	kv.SegmentDoc
	ids  []int32
	key  store.Key
	at   int // position that its first token had when it was computed
	ram  entry
	bad  string // where NaN or Inf was found; such a cache is neither stored nor used
	cold bool   // to be treated as if it had no cache

	pinned bool // was lost once: held in memory besides the store
	doc    kv.ChunkDoc
}

// entry is an open cache: an entry of the store, or a copy in memory.
type entry interface {
	Read(layer int, p store.Part, dst []byte) error
	Close() error
}

// kept is a cache in memory: K and V of each layer, as the store's sections.
type kept [][]byte

// Read implements entry.
func (r kept) Read(layer int, p store.Part, dst []byte) error {
	copy(dst, r[2*layer+int(p)])
	return nil
}

// Close implements entry; there is nothing to close.
func (r kept) Close() error { return nil }

// segmentOf describes how a segment of a prompt is precomputed.
func (e *Engine) segmentOf(doc kv.SegmentDoc, ids []int32) *segment {
	g := &segment{SegmentDoc: doc, ids: ids}
	policy := policyNone
	if doc.Kind != kv.SegmentPrefix && e.m.Config.BOS >= 0 {
		policy, g.at = policyBOS, 1
	}
	g.key = e.key(policy, ids)
	g.doc = kv.ChunkDoc{Index: doc.Index, Tokens: len(ids), SizeBytes: e.shape(len(ids)).Bytes()}
	return g
}

func (e *Engine) key(policy string, ids []int32) store.Key {
	return store.Key{Model: e.m.Fingerprint, DType: numerics, Tokenizer: e.tokenizer, Policy: policy, RoPE: store.RoPEPre, IDs: ids}
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
	ids := g.ids
	if g.at == 1 {
		ids = append([]int32{int32(e.m.Config.BOS)}, ids...)
	}
	if err := e.compute(g, ids, 0); err != nil {
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
