package blend

import (
	"slices"
	"time"

	"assay/core/kv"
)

// outcome is what serving the prompt in a mode left behind, besides the KV
// cache in memory.mode.
type outcome struct {
	w      *watch
	log    []layerLog
	picked []int32
	share  float64 // of the candidates that were picked, mean over the layers from the check layer on
	logits []float32
	bytes  []int64         // loaded, by layer
	read   []time.Duration // of that by layer what reading took; nil where it is not told apart
	tail   int             // question rows whose queries were kept
}

// places is how segments are put at their rows in a mode.
func (s *Session) places(mode kv.Mode) (segs []*segment, turns []int32) {
	segs, turns = s.segs, positions(0, s.len)
	switch mode {
	case kv.PromptCache:
		segs = s.slots
	case kv.ReuseRaw:
		for _, g := range segs {
			for i := g.Start; i < g.End; i++ {
				turns[i] = int32(g.at + i - g.Start)
			}
		}
	}
	return segs, turns
}

// active returns the rows that a mode without a check layer computes at every
// layer, and which of them it picked in the context: the heads of LegoLink's
// chunks, as far as they have a cache that could have been used.
func (s *Session) active(spec kv.Spec) (pos, picked []int32) {
	on := make([]bool, s.len)
	for i := s.n; i < s.len; i++ {
		on[i] = true
	}
	mark := func(lo, hi int) {
		for i := lo; i < hi; i++ {
			on[i] = true
		}
	}
	chunk := 0
	for _, g := range s.segs {
		if g.cold {
			mark(g.Start, g.End)
		}
		if g.Kind != kv.SegmentChunk {
			continue
		}
		if spec.Mode == kv.LegoLink && chunk > 0 && !g.cold {
			end := min(g.End, g.Start+spec.LegoK)
			mark(g.Start, end)
			picked = append(picked, positions(g.Start, end)...)
		}
		chunk++
	}
	if spec.Mode == kv.Prefix {
		mark(s.exactPrefix(), s.n)
	}
	for i, o := range on {
		if o {
			pos = append(pos, int32(i))
		}
	}
	return pos, picked
}

// exactPrefix is the length of the longest cached run of tokens that begins the
// prompt: the prefix, and the first chunk where what it was computed behind is
// what precedes it.
func (s *Session) exactPrefix() int {
	end := 0
	for _, g := range s.segs {
		if g.cold || !slices.Equal(g.front, s.a.IDs[:g.Start]) {
			break
		}
		end = g.End
	}
	return end
}

// serve runs the modes without a check layer: cached rows for all but the active
// ones at every layer.
func (s *Session) serve(spec kv.Spec) (*outcome, error) {
	if spec.Mode == kv.PromptCache {
		if err := s.fillSlots(); err != nil {
			return nil, err
		}
	}
	segs, turns := s.places(spec.Mode)
	pos, picked := s.active(spec)
	out := &outcome{tail: s.len - s.n, picked: picked}
	w, d, err := s.timed(segs, turns, func(w *watch, d *loader) error {
		p := s.e.newPass(s.e.mem.mode, s.len, pos)
		p.queries, p.tail = s.e.mem.qMode, out.tail
		p.embed(s.a.IDs)
		w.lap(phaseRecompute, -1)
		need := outside(pos, s.len)
		d.ahead.begin(0, need, true, true)
		for l := range s.e.m.Config.Layers {
			if err := d.layer(p, l, need); err != nil {
				return err
			}
			d.ahead.begin(l+1, need, true, true)
			p.plain(l)
			w.lap(phaseRecompute, l)
		}
		return s.end(p, w, out)
	})
	if err != nil {
		return nil, err
	}
	out.w, out.bytes, out.read = w, d.bytes, d.ahead.times()
	return out, nil
}

// outside says of a row whether it is not among pos.
func outside(pos []int32, rows int) wanted {
	in := make([]bool, rows)
	for _, at := range pos {
		in[at] = true
	}
	return func(r int) bool { return !in[r] }
}

// end computes the logits of the last token, where there is a question.
func (s *Session) end(p *pass, w *watch, out *outcome) error {
	out.log = p.log
	if s.len > s.n {
		out.logits = make([]float32, s.e.m.Config.Vocab)
		p.head(out.logits, 1)
		argmax(out.logits)
		w.lap(phaseHead, -1)
	}
	return p.err
}

// blend runs the modes with a check layer. Warm, it begins at the check layer
// with what the baseline left: layer 0, K and V of the check layer and its input
// are the same in full prefill and in every blend, since nothing was left out
// before. The selection must then be given.
func (s *Session) blend(spec kv.Spec, warm bool) (*outcome, error) {
	c, err := s.plan(spec)
	if err != nil {
		return nil, err
	}
	layers := s.e.m.Config.Layers
	if !c.needsScore() {
		if c.picked, err = s.given(c, layers); err != nil {
			return nil, err
		}
	}
	segs, turns := s.places(spec.Mode)
	if c.tail > s.n { // the question's tokens compete: they need a cache too
		if err := s.fillQuestion(); err != nil {
			return nil, err
		}
		segs = append(slices.Clip(segs), s.question)
	}
	start := 0
	if s.prefix && len(s.segs) > 0 && s.segs[0].Kind == kv.SegmentPrefix && !s.segs[0].cold {
		start = s.segs[0].End
	}
	out := &outcome{tail: s.len - max(s.n, c.tail)}
	w, d, err := s.timed(segs, turns, func(w *watch, d *loader) error {
		b := &blending{s: s, c: c, w: w, d: d, picked: c.picked,
			p: s.e.newPass(s.e.mem.mode, s.len, positions(start, s.len))}
		b.p.queries, b.p.tail = s.e.mem.qMode, out.tail
		if err := b.run(warm); err != nil {
			return err
		}
		out.picked, out.share = b.picked, b.share()
		return s.end(b.p, w, out)
	})
	if err != nil {
		return nil, err
	}
	if warm {
		w.add(s.spent)
	}
	out.w, out.bytes, out.read = w, d.bytes, d.ahead.times()
	return out, nil
}

// blending is one pass of a mode with a check layer.
type blending struct {
	s      *Session
	c      *selection
	w      *watch
	d      *loader
	p      *pass
	picked []int32
	kept   int // sum of len(picked) over the layers from the check layer on
}

// share is the mean over those layers of what was picked of the candidates.
func (b *blending) share() float64 {
	layers := b.s.e.m.Config.Layers - checkLayer
	if b.c.tail == 0 {
		return 0
	}
	return float64(b.kept) / float64(layers*b.c.tail)
}

func (b *blending) run(warm bool) error {
	if warm {
		if err := b.recall(); err != nil {
			return err
		}
	} else {
		if err := b.lead(); err != nil {
			return err
		}
		b.s.spent = b.w.clone()
	}
	b.d.ahead.begin(checkLayer+1, b.needed(), true, true)
	b.p.attend(checkLayer)
	b.w.lap(phaseRecompute, checkLayer)
	b.kept = len(b.picked)
	for l := checkLayer + 1; l < b.s.e.m.Config.Layers; l++ {
		if err := b.d.layer(b.p, l, b.needed()); err != nil {
			return err
		}
		b.d.ahead.begin(l+1, b.needed(), true, true)
		if b.gradual() {
			b.thin(l)
		} else {
			b.p.fresh(l, true)
			b.p.settle(l)
		}
		b.p.attend(l)
		b.kept += len(b.picked)
		b.w.lap(phaseRecompute, l)
	}
	return b.p.err
}

// gradual reports whether fewer rows go on at every layer.
func (b *blending) gradual() bool { return b.c.needsScore() && b.c.Filter == kv.FilterGradual }

// needed says which cached rows a layer behind the check layer needs.
func (b *blending) needed() wanted {
	if b.gradual() { // fresh rows are compared with cached ones
		return everyRow
	}
	return outside(b.p.pos, b.s.len)
}

// lead computes the layers below the check layer for all rows, and the check
// layer's K and V, whose fresh rows stay for all tokens; then it selects.
func (b *blending) lead() error {
	p, c := b.p, b.c
	hit := outside(p.pos, b.s.len) // the rows of a prefix that is not computed
	if c.needsScore() {
		b.d.ahead.begin(checkLayer, everyRow, c.usesK(), c.usesV())
	}
	p.embed(b.s.a.IDs)
	b.w.lap(phaseCheck, 0)
	for l := range checkLayer {
		if err := b.d.layer(p, l, hit); err != nil {
			return err
		}
		p.plain(l)
		b.w.lap(phaseCheck, l)
	}
	if err := b.d.layer(p, checkLayer, hit); err != nil {
		return err
	}
	p.fresh(checkLayer, false)
	b.w.lap(phaseCheck, checkLayer)
	if c.needsScore() {
		m := c.count(checkLayer, b.s.e.m.Config.Layers)
		if err := b.d.scratch(p, checkLayer, c.usesK(), c.usesV()); err != nil {
			return err
		}
		lo, hi := b.start(), c.tail
		mem := &b.s.e.mem
		b.picked = p.rank(c, c.candidates(), p.rows(mem.ck, lo, hi), p.rows(mem.cv, lo, hi), m)
	}
	p.settle(checkLayer)
	b.cut()
	b.w.lap(phaseCheck, checkLayer)
	return p.err
}

// start is the first row that is computed.
func (b *blending) start() int { return b.s.len - len(b.p.pos) }

// cut goes on with the picked rows and those that are always recomputed.
func (b *blending) cut() {
	b.p.narrow(b.c.keep(b.p.pos, b.picked))
	b.p.rightAligned = b.c.Mask == kv.MaskBottomRight
}

// recall puts the pass where lead would have left it.
func (b *blending) recall() error {
	p, mem := b.p, &b.s.e.mem
	for l := 0; l <= checkLayer; l++ {
		p.copy(p.rows(mem.mode.k[l], 0, b.s.len), p.rows(mem.full.k[l], 0, b.s.len))
		p.copy(p.rows(mem.mode.v[l], 0, b.s.len), p.rows(mem.full.v[l], 0, b.s.len))
		p.log[l].fresh = p.pos
		p.log[l].through = len(p.pos)
	}
	if n := b.s.len - b.s.n; p.tail > 0 {
		p.copy(p.rows(p.queries[0], 0, p.tail), p.rows(mem.qFull[0], n-p.tail, n))
	}
	p.x = p.rows(mem.x, 0, len(p.pos))
	p.copy(p.x, p.rows(mem.state, b.start(), b.s.len))
	b.cut()
	b.w.lap(phaseRecompute, checkLayer)
	return p.err
}

// thin is a layer of gradual filtering: of the rows still active the fresh K and
// V are kept at this layer, and those that deviate most go on.
func (b *blending) thin(layer int) {
	p, c, mem := b.p, b.c, &b.s.e.mem
	count := p.below(c.tail)
	// Cached rows are set aside before fresh ones overwrite them; K as it was
	// loaded still lies where the loader put it.
	nearV, nearK := p.rows(mem.near, 0, count), p.rows(mem.cv, 0, count)
	if count > 0 && c.usesV() {
		p.gather(nearV, p.dst.v[layer], p.pos[:count])
	}
	if count > 0 && c.usesK() {
		p.gather(nearK, mem.ck, p.pos[:count])
		b.d.unturn(p, nearK, p.pos[:count])
	}
	p.fresh(layer, false)
	b.picked = p.rank(c, b.picked, nearK, nearV, c.count(layer, b.s.e.m.Config.Layers))
	p.settle(layer)
	b.cut()
}
