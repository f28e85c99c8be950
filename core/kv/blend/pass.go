package blend

import "assay/gpu"

// pass carries rows of a prompt through the layers, one layer at a time, so that
// modes can step in between: load cached rows before a layer, compare fresh rows
// with them, or go on with fewer rows.
//
// A layer is: fresh (K and V of the active rows, before RoPE), settle (they take
// their places in the cache), perhaps narrow (fewer rows go on), attend.
type pass struct {
	ops
	e    *Engine
	dst  cache
	keys int     // rows of dst that attention sees: every position below
	pos  []int32 // positions of the active rows, ascending

	x    gpu.Tensor // their residual stream
	k, v gpu.Tensor // their K and V at this layer, K before RoPE until settle
	q    gpu.Tensor // their queries, where fresh made them

	log []layerLog

	// rightAligned switches to the bottom-right mask; set once rows were cut.
	rightAligned bool
	tap          func(layer int, k, v gpu.Tensor) // sees K before RoPE and V
	queries      []gpu.Tensor                     // where given: receives the queries of the last rows, rotated
	tail         int                              // how many rows that is
}

// layerLog says what a pass computed at a layer.
type layerLog struct {
	fresh   []int32 // positions whose K and V were computed
	through int     // rows that went on through attention and MLP
}

func (e *Engine) newPass(dst cache, keys int, pos []int32) *pass {
	return &pass{ops: ops{m: e.m, s: e.s, ws: e.ws}, e: e, dst: dst, keys: keys, pos: pos, log: make([]layerLog, e.m.Config.Layers)}
}

// embed starts the residual stream; ids are those of the whole prompt.
func (p *pass) embed(ids []int32) {
	mine := make([]int32, len(p.pos))
	for i, at := range p.pos {
		mine[i] = ids[at]
	}
	p.x = p.rows(p.e.mem.x, 0, len(p.pos))
	if len(p.pos) > 0 {
		p.ops.embed(p.x, mine)
	}
}

// run reports whether the active rows are one run of positions, and where it begins.
func (p *pass) run() (lo int, ok bool) {
	n := len(p.pos)
	return int(p.pos[0]), int(p.pos[n-1]-p.pos[0]) == n-1
}

// fresh computes K and V of the active rows, with queries their Q too. Rows that
// lie side by side are written where they belong; settle moves the others.
func (p *pass) fresh(layer int, queries bool) {
	n := len(p.pos)
	p.log[layer].fresh = p.pos
	if n == 0 {
		return
	}
	if lo, ok := p.run(); ok {
		p.k, p.v = p.rows(p.dst.k[layer], lo, lo+n), p.rows(p.dst.v[layer], lo, lo+n)
	} else {
		p.k, p.v = p.rows(p.e.mem.k, 0, n), p.rows(p.e.mem.v, 0, n)
	}
	p.q = gpu.Tensor{}
	if queries {
		p.q = p.rows(p.e.mem.q, 0, n)
	}
	p.qkv(layer, p.q, p.k, p.v, p.x)
	if p.tap != nil && p.err == nil {
		p.tap(layer, p.k, p.v)
	}
}

// settle rotates fresh K to its positions and puts K and V in the cache.
func (p *pass) settle(layer int) {
	if len(p.pos) == 0 {
		return
	}
	p.rotate(p.k, p.k, p.pos)
	if _, ok := p.run(); !ok {
		p.scatter(p.dst.k[layer], p.k, p.pos)
		p.scatter(p.dst.v[layer], p.v, p.pos)
	}
}

// narrow goes on with some of the active rows: keep holds their indices among
// them, ascending. Queries must not have been made yet.
func (p *pass) narrow(keep []int32) {
	if len(keep) == len(p.pos) {
		return
	}
	pos := make([]int32, len(keep))
	for i, j := range keep {
		pos[i] = p.pos[j]
	}
	p.pos = pos
	from := p.x
	// The two buffers take turns, since a gather cannot work in place.
	p.e.mem.x, p.e.mem.cut = p.e.mem.cut, p.e.mem.x
	p.x = p.rows(p.e.mem.x, 0, len(keep))
	if len(keep) > 0 {
		p.gather(p.x, from, keep)
	}
}

// attend computes queries where fresh has not, attention over all keys, and the
// rest of the layer.
func (p *pass) attend(layer int) {
	n := len(p.pos)
	p.log[layer].through = n
	if n == 0 {
		return
	}
	if !p.q.Defined() {
		p.q = p.rows(p.e.mem.q, 0, n)
		p.qkv(layer, p.q, gpu.Tensor{}, gpu.Tensor{}, p.x)
	}
	p.rotate(p.q, p.q, p.pos)
	if p.queries != nil && p.tail > 0 {
		p.copy(p.rows(p.queries[layer], 0, p.tail), p.rows(p.q, n-p.tail, n))
	}
	o := p.m.AttentionOpt()
	o.QPos = p.pos
	if p.rightAligned {
		o.Mask = gpu.BottomRight
	}
	attn := p.rows(p.e.mem.attn, 0, n)
	p.attention(attn, p.q, p.rows(p.dst.k[layer], 0, p.keys), p.rows(p.dst.v[layer], 0, p.keys), o)
	p.finish(layer, p.x, attn)
	p.q = gpu.Tensor{}
}

// plain runs a whole layer on fresh rows.
func (p *pass) plain(layer int) {
	p.fresh(layer, true)
	p.settle(layer)
	p.attend(layer)
}

// head computes the logits of the last rows of the residual stream.
func (p *pass) head(host []float32, rows int) {
	n := len(p.pos)
	out := p.rows(p.e.mem.logits, 0, rows)
	p.ops.logits(out, p.rows(p.x, n-rows, n))
	p.download(host, out)
}

// positions returns lo to hi-1.
func positions(lo, hi int) []int32 {
	pos := make([]int32, hi-lo)
	for i := range pos {
		pos[i] = int32(lo + i)
	}
	return pos
}
