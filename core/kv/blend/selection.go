package blend

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"assay/core/kv"
	"assay/core/prng"
	"assay/core/run"
	"assay/gpu"
)

// gradualSpread is b of the gradual schedule: how far the first layer lies above
// and the last below the ratio. The paper gives no number (kv.md 1.5).
const gradualSpread = 0.2

// selection is what a mode with a check layer goes by.
type selection struct {
	kv.Spec
	tail   int     // rows from here on are recomputed at every layer
	always []bool  // by position: at or behind tail, or without a cache
	picked []int32 // positions picked at the check layer, ascending
}

// plan prepares a selection. Under ref the candidates are all tokens but the
// last, the question's too, as the prototype's suffix length of 1 makes it.
func (s *Session) plan(spec kv.Spec) (*selection, error) {
	c := &selection{Spec: spec, tail: s.n, always: make([]bool, s.len)}
	if spec.Variant == kv.VariantRef && spec.Mode == kv.Blend && !spec.HasPicked && s.len > s.n {
		c.tail = s.len - 1
	}
	for i := range c.always {
		c.always[i] = i >= c.tail
	}
	for _, g := range s.segs {
		if g.cold {
			for i := g.Start; i < g.End; i++ {
				c.always[i] = true
			}
		}
	}
	for _, at := range spec.Picked {
		if at < 0 || at >= s.n {
			return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("picked %d: expected context positions from 0 to %d", at, s.n-1)}
		}
	}
	return c, nil
}

// count returns m, the tokens to pick at a layer from the check layer on.
//
// Single: m = floor(r*n). Gradual (arXiv 2405.16444, section 4.3, leaves the
// numbers open): r_l = r*(1 + b*(1 - 2*(l-1)/(L-2))) for l = 1..L-1, so that the
// mean is r; floored, at least 1 where floor(r*n) is. A ratio of 1 keeps all
// tokens at every layer: nothing else has the mean 1.
func (c *selection) count(layer, layers int) int {
	m := int(c.Ratio * float64(c.tail))
	if c.Filter != kv.FilterGradual || m == 0 || c.Ratio >= 1 {
		return m
	}
	r := c.Ratio
	if layers > 2 {
		r *= 1 + gradualSpread*(1-2*float64(layer-checkLayer)/float64(layers-2))
	}
	return max(1, int(min(r, 1)*float64(c.tail)))
}

// best returns the m candidates of the highest score, ascending; of equal ones
// the lowest positions. NaN counts as infinitely far.
func best(candidates []int32, score func(at int32) float64, m int) []int32 {
	type ranked struct {
		at    int32
		score float64
	}
	list := make([]ranked, len(candidates))
	for i, at := range candidates {
		x := score(at)
		if math.IsNaN(x) {
			x = math.Inf(1)
		}
		list[i] = ranked{at, x}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at))
	})
	out := make([]int32, min(m, len(list)))
	for i := range out {
		out[i] = list[i].at
	}
	slices.Sort(out)
	return out
}

// candidates returns the positions that may be picked.
func (c *selection) candidates() []int32 {
	out := make([]int32, 0, c.tail)
	for i := range c.tail {
		if !c.always[i] {
			out = append(out, int32(i))
		}
	}
	return out
}

// keep returns which of the active rows go on: those picked and those that
// always do, as indices into pos.
func (c *selection) keep(pos, picked []int32) []int32 {
	out := make([]int32, 0, len(pos))
	j := 0
	for i, at := range pos {
		for j < len(picked) && picked[j] < at {
			j++
		}
		if c.always[at] || (j < len(picked) && picked[j] == at) {
			out = append(out, int32(i))
		}
	}
	return out
}

// given returns the selection that needs no look at the check layer.
func (s *Session) given(c *selection, layers int) ([]int32, error) {
	switch {
	case c.HasPicked:
		out := make([]int32, 0, len(c.Picked))
		for _, at := range c.Picked {
			out = append(out, int32(at))
		}
		return out, nil
	case c.Mode == kv.Random:
		from := c.candidates()
		order := prng.Sample(prng.New(c.Seed, "kv/random"), len(from), c.count(checkLayer, layers))
		out := make([]int32, len(order))
		for i, j := range order {
			out[i] = from[j]
		}
		slices.Sort(out)
		return out, nil
	}
	score, err := s.oracleScores()
	if err != nil {
		return nil, err
	}
	return best(c.candidates(), func(at int32) float64 { return score[at] }, c.count(checkLayer, layers)), nil
}

// needsScore reports whether the selection looks at fresh rows.
func (c *selection) needsScore() bool { return c.Mode == kv.Blend && !c.HasPicked }

func (c *selection) usesK() bool { return c.needsScore() && c.Rule != kv.RuleV }
func (c *selection) usesV() bool { return c.needsScore() && c.Rule != kv.RuleK }

// rank picks among candidates by the squared distance of the active rows to the
// cached rows near, which come in the same order: the m farthest, or with a
// threshold all that lie farther than it, relative to the fresh row's norm. Rows
// at or behind tail come last and have none. Candidates that are not active have
// their exact rows, at distance 0. A tensor that the rule does not use may be
// absent.
func (p *pass) rank(c *selection, from []int32, nearK, nearV gpu.Tensor, m int) []int32 {
	count := p.below(c.tail)
	far, norm := make([]float64, c.tail), make([]float64, c.tail)
	add := func(sum []float64, fresh, near gpu.Tensor) {
		if count == 0 {
			return
		}
		d := make([]float32, count)
		p.dist2(d, p.e.mem.dist, p.rows(fresh, 0, count), p.rows(near, 0, count))
		for i, x := range d {
			sum[p.pos[i]] += float64(x)
		}
	}
	for _, t := range []struct {
		used        bool
		fresh, near gpu.Tensor
	}{{c.usesK(), p.k, nearK}, {c.usesV(), p.v, nearV}} {
		if !t.used {
			continue
		}
		add(far, t.fresh, t.near)
		if c.Threshold > 0 {
			add(norm, t.fresh, p.e.mem.zero)
		}
	}
	if c.Threshold > 0 {
		return above(from, far, norm, c.Threshold)
	}
	return best(from, func(at int32) float64 { return far[at] }, m)
}

// above returns the candidates whose squared distance is above the squared
// threshold times the squared norm. NaN counts as infinitely far.
func above(candidates []int32, far, norm []float64, threshold float64) []int32 {
	out := make([]int32, 0, len(candidates))
	for _, at := range candidates {
		if !(far[at] <= threshold*threshold*norm[at]) {
			out = append(out, at)
		}
	}
	return out
}

// below counts the active rows at positions below tail.
func (p *pass) below(tail int) int {
	n := 0
	for n < len(p.pos) && int(p.pos[n]) < tail {
		n++
	}
	return n
}
