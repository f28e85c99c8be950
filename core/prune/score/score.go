package score

import (
	"context"
	"fmt"
	"math"
	"slices"

	"assay/core/prng"
	"assay/core/prune"
)

// Options say how to score. Zero values take what the method has by default.
type Options struct {
	Method      prune.Method
	Exponent    float64
	Steps       int     // of methods that score more than once
	Temperature float64 // divides the logits
	Seed        uint64  // of every random choice
	Classes     int     // for random labels
	// Batch returns what step t of a method is scored on. It may return the same
	// batch every time; nil is for methods without data.
	Batch func(t int) (Batch, error)
	// Cuts are the layers whose scores SynFlow conserves; nil checks none.
	Cuts []bool
	// Step, where not nil, is told that so many of all steps are done.
	Step func(done, of int)
}

// Result is what a method found.
type Result struct {
	Scores   []float64 // of the last step, by which the mask was drawn
	Mask     Mask
	Warnings []string
	// Conservation is the largest relative difference between the score sum of a
	// cut layer and R over the steps of SynFlow; 0 for other methods.
	Conservation float64
	// Trace is one line a step of Panning.
	Trace []prune.Stage
}

// pass is one call of Run.
type pass struct {
	Options
	ctx     context.Context
	net     Net
	layers  []prune.Tensor
	weights []float32 // dense
	n       int
	result  *Result
}

// Run scores the weights of a network and draws the mask. Layers are those of
// prune.Layout.Weights, weights the dense values of all of them. Methods that
// look at nothing but weights need no net.
func Run(ctx context.Context, net Net, layers []prune.Tensor, weights []float32, o Options) (*Result, error) {
	p := &pass{Options: o, ctx: ctx, net: net, layers: layers, weights: weights, n: len(weights), result: &Result{}}
	if err := prune.CheckExponent(o.Exponent, p.n); err != nil {
		return nil, err
	}
	if p.Steps <= 0 {
		p.Steps = o.Method.Steps()
	}
	if p.Temperature == 0 {
		p.Temperature = o.Method.Temperature()
	}
	if o.Method.NeedsData() && o.Batch == nil {
		return nil, fmt.Errorf("method %s needs a batch", o.Method)
	}
	if o.Batch != nil && o.Method.Control == prune.RandLabel {
		p.Batch = p.relabel(o.Batch)
	}
	if err := p.score(); err != nil {
		return nil, err
	}
	if err := finite(p.layers, p.result.Scores); err != nil {
		return nil, err
	}
	if allEqual(p.result.Scores) {
		p.warn("all scores are equal: the order of layers and indices decides")
	}
	if o.Method.Control == prune.Shuffle {
		shuffle(p.layers, p.result.Mask, o.Seed)
	}
	return p.result, nil
}

func (p *pass) warn(format string, a ...any) {
	text := fmt.Sprintf(format, a...)
	if slices.Contains(p.result.Warnings, text) {
		return
	}
	p.result.Warnings = append(p.result.Warnings, text)
}

func (p *pass) score() error {
	k := Kept(p.n, p.Exponent)
	switch p.Method.Name {
	case prune.Random:
		return p.once(p.random(), k)
	case prune.RandomLayer:
		return p.layered(p.random(), Uniform(p.layers, k))
	case prune.ERK:
		return p.layered(p.random(), ERK(p.layers, k))
	case prune.Magnitude:
		return p.once(p.magnitude(), k)
	case prune.LAMP:
		return p.once(p.lamp(), k)
	case prune.SNIP:
		s, err := p.snip()
		return p.onceOr(s, k, err)
	case prune.GraSP, prune.GraSPAbs:
		s, err := p.grasp()
		return p.onceOr(s, k, err)
	case prune.IterSNIP, prune.FORCE, prune.GraSPIt:
		return p.progressive()
	case prune.SynFlow:
		return p.synflow()
	case prune.Panning, prune.PanningMul:
		return p.panning()
	}
	return fmt.Errorf("method %s has no scores", p.Method.Name)
}

func (p *pass) once(scores []float64, k int) error {
	p.result.Scores = scores
	if err := finite(p.layers, scores); err != nil {
		return err
	}
	p.flip(scores)
	p.result.Mask = Select(scores, nil, k)
	p.step(1, 1)
	return nil
}

func (p *pass) onceOr(scores []float64, k int, err error) error {
	if err != nil {
		return err
	}
	return p.once(scores, k)
}

func (p *pass) layered(scores []float64, counts []int) error {
	p.flip(scores)
	p.result.Scores, p.result.Mask = scores, selectLayers(p.layers, scores, counts)
	p.step(1, 1)
	return nil
}

func (p *pass) step(done, of int) {
	if p.Step != nil {
		p.Step(done, of)
	}
}

// flip turns scores round where the lowest are to stay.
func (p *pass) flip(scores []float64) {
	if p.Method.Control != prune.Invert {
		return
	}
	for i := range scores {
		scores[i] = -scores[i]
	}
}

func (p *pass) random() []float64 {
	r := prng.New(p.Seed, "prune/score/random")
	out := make([]float64, p.n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

func (p *pass) magnitude() []float64 {
	out := make([]float64, p.n)
	for i, w := range p.weights {
		out[i] = math.Abs(float64(w))
	}
	return out
}

// relabel replaces the labels of every batch by random ones.
func (p *pass) relabel(batch func(int) (Batch, error)) func(int) (Batch, error) {
	return func(t int) (Batch, error) {
		b, err := batch(t)
		if err != nil {
			return b, err
		}
		classes := p.Classes
		for _, y := range b.Y {
			classes = max(classes, int(y)+1)
		}
		r := prng.New(p.Seed, fmt.Sprintf("prune/score/labels/%d", t))
		y := make([]int32, len(b.Y))
		for i := range y {
			y[i] = int32(r.IntN(classes))
		}
		return Batch{X: b.X, Y: y}, nil
	}
}

// shuffle permutes the mask of each layer.
func shuffle(layers []prune.Tensor, m Mask, seed uint64) {
	r := prng.New(seed, "prune/score/shuffle")
	for _, t := range layers {
		part := m[t.Offset : t.Offset+t.Len]
		r.Shuffle(len(part), func(i, k int) { part[i], part[k] = part[k], part[i] })
	}
}

func allEqual(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}
