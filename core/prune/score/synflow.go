package score

import "math"

// conserved is how far the score sum of a cut layer may be from R: the
// products of 32-bit kernels, summed in float64.
const conserved = 1e-4

// synflow scores |w dR/dw| in steps, R the sum of the logits of the network
// with absolute weights. What is removed has score 0 and never returns, so that
// only what is left is looked at again.
func (p *pass) synflow() error {
	scores, f := make([]float64, p.n), newFlow(p)
	f.set(Full(p.n))
	left := make([]int32, p.n) // indices of what is kept, ascending
	for i := range left {
		left[i] = int32(i)
	}
	ranked := make([]float64, p.n)
	for t, k := range Exponential(p.n, p.Exponent, p.Steps) {
		total, err := f.run()
		if err != nil {
			return err
		}
		ranked = ranked[:len(left)]
		for r, i := range left {
			ranked[r] = float64(f.weights[i]) * float64(f.grad[i]) * f.scale
			scores[i] = ranked[r]
		}
		if f.scaled {
			f.restore(left)
		}
		if t == 0 || !allFinite(ranked) {
			if err := finite(p.layers, scores); err != nil {
				return err
			}
		}
		p.conservation(left, ranked, total*f.scale, t)
		p.flip(ranked)
		stay := Select(ranked, nil, k)
		next := left[:0]
		for r, i := range left {
			if stay[r] {
				next = append(next, i)
				continue
			}
			f.weights[i] = 0
			if t+1 < p.Steps {
				scores[i] = 0
			}
		}
		left = next
		p.step(t+1, p.Steps)
	}
	mask := make(Mask, p.n)
	for _, i := range left {
		mask[i] = true
	}
	p.flip(scores)
	p.result.Scores, p.result.Mask = scores, mask
	return nil
}

func allFinite(x []float64) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// conservation checks that the scores of each cut layer sum to R; left are the
// weights of the scores.
func (p *pass) conservation(left []int32, scores []float64, total float64, t int) {
	if total == 0 || p.Cuts == nil {
		return
	}
	r := 0
	for l, at := range p.layers {
		sum := 0.0
		for ; r < len(left) && int(left[r]) < at.Offset+at.Len; r++ {
			sum += scores[r]
		}
		if !p.Cuts[l] {
			continue
		}
		off := math.Abs(sum-total) / total
		p.result.Conservation = max(p.result.Conservation, off)
		if off > conserved {
			p.warn("synflow: the scores of layer %s do not sum to R, first at step %d", at.Name, t+1)
		}
	}
}

// flow keeps the memory of one SynFlow pass after the other.
type flow struct {
	*pass
	weights []float32 // absolute and masked
	grad    []float32
	scale   float64 // what weight times gradient is multiplied by
	scaled  bool    // the weights were divided layer by layer
}

func newFlow(p *pass) *flow { return &flow{pass: p, weights: make([]float32, p.n)} }

// set makes the weights those of a mask.
func (f *flow) set(mask Mask) {
	for i, w := range f.pass.weights {
		switch {
		case !mask[i]:
			w = 0
		case w < 0:
			w = -w
		}
		f.weights[i] = w
	}
}

// restore undoes a scaling of the weights that are left.
func (f *flow) restore(left []int32) {
	for _, i := range left {
		f.weights[i] = float32(math.Abs(float64(f.pass.weights[i])))
	}
}

// run computes R and dR/dw of the masked network. Where they leave the range of
// 32-bit numbers each layer is divided by the mean sum of its fan-in: R scales
// all scores alike, so that ranks stay what they are.
func (f *flow) run() (total float64, err error) {
	f.scale, f.scaled = 1, false
	total, f.grad, err = f.net.Flow(f.ctx, f.weights)
	if err != nil || total > 1e-20 && total < 1e30 {
		return total, err
	}
	log := 0.0
	factors := make([]float64, len(f.layers))
	for l, t := range f.layers {
		for _, x := range f.weights[t.Offset : t.Offset+t.Len] {
			factors[l] += float64(x)
		}
		if factors[l] == 0 {
			return total, nil // an empty layer: what passes through it is 0 as it is
		}
		factors[l] /= float64(t.Shape[0])
		log += math.Log(factors[l])
	}
	f.scaled = true
	for l, t := range f.layers {
		part := f.weights[t.Offset : t.Offset+t.Len]
		for i := range part {
			part[i] = float32(float64(part[i]) / factors[l])
		}
	}
	if total, f.grad, err = f.net.Flow(f.ctx, f.weights); err != nil {
		return 0, err
	}
	// Where the factor itself leaves the range of float64, scores stay as they are: their order counts.
	if log > -600 && log < 600 {
		f.scale = math.Exp(log)
	}
	f.warn("R left the range of 32-bit numbers: every layer was scaled, which changes no rank")
	return total, nil
}
