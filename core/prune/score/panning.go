package score

import (
	"math"
	"slices"

	"assay/core/prune"
)

// stage is a row of the schedule set by hand: the weights of the indices of
// SynFlow, SNIP and GraSP while the sparsity of a step is at most Upto.
type stage struct {
	upto float64
	add  [3]float64 // factors of the sum
	mul  [3]float64 // exponents of the product
}

// stages is the schedule of the released code of Panning.
var stages = [...]stage{
	{.80, [3]float64{.2, .5, .3}, [3]float64{.3, 1, .2}},
	{.90, [3]float64{.2, .4, .4}, [3]float64{.3, 1, .4}},
	{.98, [3]float64{.2, .3, .5}, [3]float64{.5, .5, .6}},
	{.99, [3]float64{.4, .2, .4}, [3]float64{.8, 0, 1}},
	{1, [3]float64{.5, .0, .5}, [3]float64{1, 0, 1}},
}

// panning combines three indices in steps; the mask is drawn anew from all
// weights at each. Syn is taken on the masked network, where removed weights
// have a derivative too and may come back; snip and grasp on the dense one, so
// that a step needs them again only with a new batch.
func (p *pass) panning() error {
	var indices [3][]float64
	mask, scores := Full(p.n), make([]float64, p.n)
	f, raw := newFlow(p), make([]float64, p.n)
	var last Batch
	at := 0
	for t, k := range Exponential(p.n, p.Exponent, p.Steps) {
		b, err := p.Batch(t)
		if err != nil {
			return err
		}
		if t == 0 || !same(b, last) {
			if indices[1], indices[2], err = p.denseIndices(b); err != nil {
				return err
			}
			last = b
		}
		f.set(mask)
		if _, err := f.run(); err != nil {
			return err
		}
		for i, g := range f.grad {
			raw[i] = float64(p.weights[i]) * float64(g)
		}
		if indices[0], err = p.unusual("synflow", indices[0], raw); err != nil {
			return err
		}
		sparsity := 1 - prune.Keep(p.Exponent, t+1, p.Steps)
		if at+1 < len(stages) && sparsity > stages[at].upto {
			at++ // at most one stage a step
		}
		weights := stages[at].add
		if p.Method.Name == prune.PanningMul {
			weights = stages[at].mul
		}
		combine(scores, indices, weights, p.Method.Name == prune.PanningMul)
		p.result.Trace = append(p.result.Trace, prune.Stage{Step: t + 1, Sparsity: sparsity, Weights: weights})
		p.flip(scores)
		mask = Select(scores, nil, k)
		p.step(t+1, p.Steps)
	}
	p.result.Scores, p.result.Mask = scores, mask
	return nil
}

// same reports whether two batches are the same memory.
func same(a, b Batch) bool {
	return len(a.X) == len(b.X) && len(a.X) > 0 && &a.X[0] == &b.X[0] && slices.Equal(a.Y, b.Y)
}

// denseIndices returns the indices of SNIP and of GraSP on the dense network.
func (p *pass) denseIndices(b Batch) (snip, grasp []float64, err error) {
	_, g, err := p.net.Gradient(p.ctx, p.weights, b, p.Temperature)
	if err != nil {
		return nil, nil, err
	}
	g = slices.Clone(g)
	hg, err := p.net.Product(p.ctx, p.weights, g, b, p.Temperature)
	if err != nil {
		return nil, nil, err
	}
	raw := make([]float64, p.n)
	for i, w := range p.weights {
		raw[i] = float64(w) * float64(g[i])
	}
	if snip, err = p.unusual("snip", nil, raw); err != nil {
		return nil, nil, err
	}
	for i, w := range p.weights {
		raw[i] = float64(w) * 2 * float64(hg[i]) // d(g.g)/dw = 2Hg
	}
	grasp, err = p.unusual("grasp", nil, raw)
	return snip, grasp, err
}

// unusual writes |s - mean| / deviation into dst: a score is high where it is
// far from the others. Equal scores give 0 and a warning.
func (p *pass) unusual(name string, dst, s []float64) ([]float64, error) {
	if err := finite(p.layers, s); err != nil {
		return nil, err
	}
	if dst == nil {
		dst = make([]float64, len(s))
	}
	if !Unusual(dst, s) {
		p.warn("panning: the scores of %s are all equal at a step and do not count there", name)
	}
	return dst, nil
}

// Unusual writes |s - mean(s)| / std(s), the deviation with n-1, into dst. It
// reports false, and writes zeros, where the deviation is 0.
func Unusual(dst, s []float64) bool {
	mean, scale := 0.0, 0.0
	for _, x := range s {
		scale = max(scale, math.Abs(x))
	}
	if scale == 0 || len(s) < 2 {
		clear(dst)
		return false
	}
	for _, x := range s {
		mean += x / scale // squares of R's scale would leave float64
	}
	mean /= float64(len(s))
	ss := 0.0
	for _, x := range s {
		ss += (x/scale - mean) * (x/scale - mean)
	}
	std := math.Sqrt(ss / float64(len(s)-1))
	if std == 0 {
		clear(dst)
		return false
	}
	for i, x := range s {
		dst[i] = math.Abs(x/scale-mean) / std
	}
	return true
}

// combine adds or multiplies the indices.
func combine(scores []float64, indices [3][]float64, w [3]float64, product bool) {
	for i := range scores {
		a, b, c := indices[0][i], indices[1][i], indices[2][i]
		if product {
			scores[i] = math.Pow(a, w[0]) * math.Pow(b, w[1]) * math.Pow(c, w[2])
		} else {
			scores[i] = w[0]*a + w[1]*b + w[2]*c
		}
	}
}
