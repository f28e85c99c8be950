package score

import (
	"cmp"
	"math"
	"slices"

	"assay/core/prune"
)

// snip is |w g| on the dense network, normalised to a sum of 1.
func (p *pass) snip() ([]float64, error) {
	b, err := p.Batch(0)
	if err != nil {
		return nil, err
	}
	_, g, err := p.net.Gradient(p.ctx, p.weights, b, p.Temperature)
	if err != nil {
		return nil, err
	}
	out, sum := make([]float64, p.n), 0.0
	for i, w := range p.weights {
		out[i] = math.Abs(float64(w) * float64(g[i]))
		sum += out[i]
	}
	if sum > 0 && !math.IsInf(sum, 0) { // what is wrong otherwise is told from the scores themselves
		for i := range out {
			out[i] /= sum
		}
	}
	return out, nil
}

// grasp is w Hg on the dense network: removing w changes the squared norm of the
// gradient by -2 w Hg to first order, so that the largest stay.
func (p *pass) grasp() ([]float64, error) {
	b, err := p.Batch(0)
	if err != nil {
		return nil, err
	}
	_, g, err := p.net.Gradient(p.ctx, p.weights, b, p.Temperature)
	if err != nil {
		return nil, err
	}
	hg, err := p.net.Product(p.ctx, p.weights, slices.Clone(g), b, p.Temperature)
	if err != nil {
		return nil, err
	}
	out := make([]float64, p.n)
	for i, w := range p.weights {
		out[i] = float64(w) * float64(hg[i])
		if p.Method.Name == prune.GraSPAbs {
			out[i] = math.Abs(out[i])
		}
	}
	return out, nil
}

// progressive is FORCE, iterative SNIP and GraSP-It: gradients of the masked
// network, in steps. FORCE scores the dense weights and lets removed ones back.
func (p *pass) progressive() error {
	returns := p.Method.Name == prune.FORCE
	mask, scores, weights := Full(p.n), make([]float64, p.n), make([]float32, p.n)
	for t, k := range Exponential(p.n, p.Exponent, p.Steps) {
		b, err := p.Batch(t)
		if err != nil {
			return err
		}
		mask.Apply(weights, p.weights)
		_, g, err := p.net.Gradient(p.ctx, weights, b, p.Temperature)
		if err != nil {
			return err
		}
		for i, gi := range g {
			switch {
			case returns:
				scores[i] = math.Abs(float64(p.weights[i]) * float64(gi))
			case !mask[i]:
				scores[i] = 0
			case p.Method.Name == prune.IterSNIP:
				scores[i] = math.Abs(float64(weights[i]) * float64(gi))
			default:
				scores[i] = float64(gi) * float64(gi)
			}
		}
		if err := finite(p.layers, scores); err != nil {
			return err
		}
		p.flip(scores)
		if returns {
			mask = Select(scores, nil, k)
		} else {
			mask = Select(scores, mask, k)
		}
		p.step(t+1, p.Steps)
	}
	p.result.Scores, p.result.Mask = scores, mask
	return nil
}

// lamp is w^2 over the sum of the squares of its layer that are not smaller.
func (p *pass) lamp() []float64 {
	out := make([]float64, p.n)
	for _, t := range p.layers {
		w := p.weights[t.Offset : t.Offset+t.Len]
		size := func(i int) float64 { return math.Abs(float64(w[i])) }
		order := make([]int, len(w))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size(b), size(a)) })
		sum := 0.0
		for lo := 0; lo < len(order); {
			hi, square := lo, size(order[lo])*size(order[lo])
			for hi < len(order) && size(order[hi]) == size(order[lo]) {
				sum += square
				hi++
			}
			for _, i := range order[lo:hi] {
				if sum > 0 {
					out[t.Offset+i] = square / sum
				}
			}
			lo = hi
		}
	}
	return out
}
