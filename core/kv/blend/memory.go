package blend

import "assay/gpu"

// cache is the KV cache of a prompt: K at final positions and V of every layer,
// [rows, G, d], a row a position.
type cache struct{ k, v []gpu.Tensor }

// memory is all device memory of an engine. It only grows, before anything is
// timed, and is shared by the sessions one after the other.
type memory struct {
	full cache // full prefill: the baseline
	mode cache // the mode at hand; scratch between modes

	x, cut  gpu.Tensor   // residual stream of the active rows, [rows, hidden]; a cut goes from one to the other
	state   gpu.Tensor   // input of the check layer, all rows
	q, attn gpu.Tensor   // [rows, H, d]
	k, v    gpu.Tensor   // fresh K and V that cannot go straight to their rows, [rows, G, d]
	ck, cv  gpu.Tensor   // K before RoPE and V as loaded, a row a position
	near    gpu.Tensor   // cached rows that fresh ones are compared with, [rows, G, d]
	zero    gpu.Tensor   // [rows, G, d], never written
	dist    gpu.Tensor   // [rows]
	qFull   []gpu.Tensor // queries of the question rows of the baseline, a layer each
	qMode   []gpu.Tensor // the same of the mode at hand
	probs   [2]gpu.Tensor
	logits  gpu.Tensor // [forced, vocab]
	staging []byte
}

// reserve makes room for a prompt of so many rows with a question of suffix
// rows, and for so many rows of logits.
func (e *Engine) reserve(rows, suffix, logits int) error {
	c, m := e.m.Config, &e.mem
	g := grower{dev: e.m.Device}
	for _, kv := range []*cache{&m.full, &m.mode} {
		if kv.k == nil {
			kv.k, kv.v = make([]gpu.Tensor, c.Layers), make([]gpu.Tensor, c.Layers)
		}
		for l := range c.Layers {
			g.grow(&kv.k[l], rows, c.KVHeads, c.HeadDim)
			g.grow(&kv.v[l], rows, c.KVHeads, c.HeadDim)
		}
	}
	if m.qFull == nil {
		m.qFull, m.qMode = make([]gpu.Tensor, c.Layers), make([]gpu.Tensor, c.Layers)
	}
	for l := range c.Layers {
		g.grow(&m.qFull[l], suffix, c.Heads, c.HeadDim)
		g.grow(&m.qMode[l], suffix, c.Heads, c.HeadDim)
	}
	for _, t := range []*gpu.Tensor{&m.x, &m.cut, &m.state} {
		g.grow(t, rows, c.Hidden)
	}
	for _, t := range []*gpu.Tensor{&m.q, &m.attn} {
		g.grow(t, rows, c.Heads, c.HeadDim)
	}
	for _, t := range []*gpu.Tensor{&m.k, &m.v, &m.ck, &m.cv, &m.near, &m.zero} {
		g.grow(t, rows, c.KVHeads, c.HeadDim)
	}
	g.grow(&m.dist, rows)
	g.grow(&m.logits, logits, c.Vocab)
	for i := range m.probs {
		g.grow(&m.probs[i], c.Heads*suffix*rows)
	}
	if need := 4 * rows * c.KVDim(); len(m.staging) < need {
		m.staging = make([]byte, need)
	}
	return g.err
}

type grower struct {
	dev *gpu.Device
	err error
}

// grow makes t at least rows long; what it held is lost when it grows.
func (g *grower) grow(t *gpu.Tensor, rows int, width ...int) {
	if g.err != nil || (t.Defined() && t.Dim(0) >= rows) {
		return
	}
	*t, g.err = g.dev.New(gpu.F32, append([]int{max(rows, 1)}, width...)...)
}
