package blend

import (
	"math"
	"slices"

	"assay/core/kv"
	"assay/core/stat"
	"assay/gpu"
)

// compare measures the KV cache and the attention of a mode against the
// baseline, outside of any timing.
func (s *Session) compare(r *Result, out *outcome) error {
	p := s.e.newPass(s.e.mem.mode, s.len, nil)
	mem := &s.e.mem
	for l := range s.e.m.Config.Layers {
		dk, dv := r.DK[l*s.n:(l+1)*s.n], r.DV[l*s.n:(l+1)*s.n]
		if s.n > 0 {
			p.dist2(dk, mem.dist, p.rows(mem.mode.k[l], 0, s.n), p.rows(mem.full.k[l], 0, s.n))
			p.dist2(dv, mem.dist, p.rows(mem.mode.v[l], 0, s.n), p.rows(mem.full.v[l], 0, s.n))
			root(dk)
			root(dv)
		}
		d := &r.Doc.Layers[l]
		summarise(d, dk, dv)
		if l > 0 {
			d.Spearman = stat.Spearman(widen(dv), widen(r.DV[(l-1)*s.n:l*s.n]))
		}
		d.AttnDev, d.AttnDevRel = s.attention(p, l, out.tail, r.Attn[l*s.n:(l+1)*s.n])
	}
	return p.err
}

func root(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Sqrt(float64(v)))
	}
}

// attention measures A - A_full at a layer over heads, the last tail question
// rows and the context columns, after the softmax over all visible keys; share
// gets each column's part of the squared norm.
func (s *Session) attention(p *pass, layer, tail int, share []float32) (norm, relative float64) {
	if tail == 0 || s.n == 0 {
		return 0, 0
	}
	mem, heads := &s.e.mem, s.e.m.Config.Heads
	q := [2]gpu.Tensor{p.rows(mem.qMode[layer], 0, tail), p.rows(mem.qFull[layer], s.len-s.n-tail, s.len-s.n)}
	k := [2]gpu.Tensor{p.rows(mem.mode.k[layer], 0, s.len), p.rows(mem.full.k[layer], 0, s.len)}
	var a [2][]float32
	o := p.m.AttentionOpt()
	o.QPos = positions(s.len-tail, s.len)
	for i := range a {
		flat := p.rows(mem.probs[i], 0, heads*tail*s.len)
		p.do(func() error {
			t, err := flat.View(heads, tail, s.len)
			if err != nil {
				return err
			}
			return s.e.s.AttentionProbs(t, q[i], k[i], o)
		})
		a[i] = make([]float32, heads*tail*s.len)
		p.download(a[i], flat)
	}
	column := make([]float64, s.n)
	var square, whole float64
	for row := range heads * tail {
		for j := range s.n {
			x, y := float64(a[0][row*s.len+j]), float64(a[1][row*s.len+j])
			column[j] += (x - y) * (x - y)
			whole += y * y
		}
	}
	for _, c := range column {
		square += c
	}
	if square > 0 {
		for j, c := range column {
			share[j] = float32(c / square)
		}
	}
	norm = math.Sqrt(square)
	if whole > 0 {
		relative = norm / math.Sqrt(whole)
	}
	return norm, relative
}

// answer measures the next-token distributions against the baseline, first at
// the last prompt token and then along the baseline's greedy continuation, and
// writes the mode's own greedy answer.
func (s *Session) answer(r *Result, spec kv.Spec, out *outcome) error {
	d, text := &r.Doc, s.base.text
	rows := [][]float32{out.logits}
	if len(text) > 1 {
		more, err := s.extend(s.e.mem.mode, text[:len(text)-1], s.len, len(text)-1)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	agree := 0
	for i, row := range rows {
		if !finite(row) {
			break // the mean is over what can be compared
		}
		kl := divergence(s.base.forced[i], row)
		same := argmax(row) == argmax(s.base.forced[i])
		if i == 0 {
			d.KL, d.Top1 = kl, same
		}
		d.KLMean += kl / float64(len(rows))
		if same {
			agree++
		}
	}
	d.Top1Mean = float64(agree) / float64(len(rows))

	// As long as the mode's own choices are the baseline's, the rows above are
	// also those of its own greedy answer; from the first other choice on it goes
	// its own way.
	at := 0
	for at < len(text) && argmax(rows[at]) == int(text[at]) {
		at++
	}
	own := slices.Clone(text[:at])
	d.FirstDivergence = -1
	if at < len(text) {
		d.FirstDivergence = at
		rest, err := s.greedy(s.e.mem.mode, s.len+at, rows[at], s.maxNew-at, func([]float32) {})
		if err != nil {
			return err
		}
		own = append(own, rest...)
	}
	s.spell(r, spec, own)
	return nil
}

// Norms returns the L2 norms of K (at final positions) and V of full prefill,
// [layers, n].
func (s *Session) Norms() (k, v []float32, err error) {
	if err := s.mine(); err != nil {
		return nil, nil, err
	}
	mem, layers := &s.e.mem, s.e.m.Config.Layers
	k, v = make([]float32, layers*s.n), make([]float32, layers*s.n)
	p := s.e.newPass(mem.full, s.len, nil)
	for l := 0; l < layers && s.n > 0; l++ {
		zero := p.rows(mem.zero, 0, s.n)
		p.dist2(k[l*s.n:(l+1)*s.n], mem.dist, p.rows(mem.full.k[l], 0, s.n), zero)
		p.dist2(v[l*s.n:(l+1)*s.n], mem.dist, p.rows(mem.full.v[l], 0, s.n), zero)
	}
	root(k)
	root(v)
	return k, v, p.err
}

// oracleScores is the squared V deviation of the caches from full prefill,
// summed over all layers, by position.
func (s *Session) oracleScores() ([]float64, error) {
	if s.oracle != nil {
		return s.oracle, nil
	}
	mem := &s.e.mem
	var score []float64
	_, _, err := s.timed(s.segs, positions(0, s.len), func(_ *watch, d *loader) error {
		score = make([]float64, s.n)
		far := make([]float32, s.n)
		p := s.e.newPass(mem.mode, s.len, nil)
		for l := 0; l < s.e.m.Config.Layers && s.n > 0; l++ {
			if err := d.scratch(p, l, false, true); err != nil {
				return err
			}
			p.dist2(far, mem.dist, p.rows(mem.cv, 0, s.n), p.rows(mem.full.v[l], 0, s.n))
			for i, x := range far {
				score[i] += float64(x)
			}
		}
		return p.err
	})
	if err != nil {
		return nil, err
	}
	s.oracle = score
	return score, nil
}
