package score

import "math"

// conserved is how far the score sum of a cut layer may be from R: the
// products of 32-bit kernels, summed in float64.
const conserved = 1e-4

// synflow scores |w dR/dw| in steps, R the sum of the logits of the network
// with absolute weights. What is removed has score 0 and never returns.
func (p *pass) synflow() error {
	mask, scores := Full(p.n), make([]float64, p.n)
	f := newFlow(p)
	for t, k := range Exponential(p.n, p.Exponent, p.Steps) {
		total, err := f.run(mask)
		if err != nil {
			return err
		}
		for i, w := range f.weights {
			scores[i] = float64(w) * float64(f.grad[i]) * f.scale
		}
		if err := finite(p.layers, scores); err != nil {
			return err
		}
		p.conservation(scores, total*f.scale, t)
		p.flip(scores)
		mask = Select(scores, mask, k)
		p.step(t+1, p.Steps)
	}
	p.result.Scores, p.result.Mask = scores, mask
	return nil
}

// conservation checks that the scores of each cut layer sum to R.
func (p *pass) conservation(scores []float64, total float64, t int) {
	if total == 0 || p.Cuts == nil {
		return
	}
	for l, at := range p.layers {
		if !p.Cuts[l] {
			continue
		}
		sum := 0.0
		for _, x := range scores[at.Offset : at.Offset+at.Len] {
			sum += x
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
}

func newFlow(p *pass) *flow { return &flow{pass: p, weights: make([]float32, p.n)} }

// run computes R and dR/dw of the masked network. Where they leave the range of
// 32-bit numbers each layer is divided by the mean of its fan-in's sum: R scales
// all scores alike, so that ranks stay what they are.
func (f *flow) run(mask Mask) (total float64, err error) {
	for i, w := range f.pass.weights {
		switch {
		case !mask[i]:
			w = 0
		case w < 0:
			w = -w
		}
		f.weights[i] = w
	}
	f.scale = 1
	total, f.grad, err = f.net.Flow(f.ctx, f.weights)
	if err != nil || ranged(total, f.grad) {
		return total, err
	}
	log := 0.0
	for _, t := range f.layers {
		part := f.weights[t.Offset : t.Offset+t.Len]
		sum := 0.0
		for _, x := range part {
			sum += float64(x)
		}
		if sum == 0 {
			return total, nil // no path lives: every score is 0 as it is
		}
		factor := sum / float64(t.Shape[0])
		log += math.Log(factor)
		for i := range part {
			part[i] = float32(float64(part[i]) / factor)
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

// ranged reports whether R and its gradients are numbers that 32 bits hold well.
func ranged(total float64, grad []float32) bool {
	if !(total > 1e-20) || total > 1e30 {
		return false
	}
	for _, g := range grad {
		if g-g != 0 { // NaN or infinite
			return false
		}
	}
	return true
}
