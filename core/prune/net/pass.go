package net

import (
	"fmt"
	"math"

	"assay/core/prune"
	"assay/gpu"
)

// mode says what a batch norm does.
type mode int

const (
	training   mode = iota // by the statistics of the batch
	evaluating             // by the running statistics
	flowing                // SynFlow: a positive scale; no bias anywhere
)

// pass is one forward pass and the backward pass behind it.
type pass struct {
	m        *Model
	mode     mode
	track    bool
	tangents bool
	// With tangents: those of every output, and of the gradients.
	tacts        map[int]gpu.Tensor
	grads, tgrad map[int]gpu.Tensor
}

func (p *pass) logits() gpu.Tensor { return p.m.acts[len(p.m.graph)-1] }

// forward runs every step.
func (p *pass) forward() error {
	m := p.m
	if p.tangents {
		p.tacts = map[int]gpu.Tensor{}
		for i := range m.steps {
			if err := m.steps[i].bindTangents(m); err != nil {
				return err
			}
		}
	}
	for i := range m.steps {
		s := &m.steps[i]
		if err := p.run(s); err != nil {
			return fmt.Errorf("layer %s: %w", s.node.Name, err)
		}
		if p.tangents {
			if err := p.push(s); err != nil {
				return fmt.Errorf("tangent of layer %s: %w", s.node.Name, err)
			}
		}
	}
	return nil
}

// matrix views a batch as rows.
func matrix(t gpu.Tensor) (gpu.Tensor, error) {
	n := t.Dim(0)
	return t.View(n, t.Len()/n)
}

func (p *pass) run(s *step) error {
	m, g := p.m, p.m.s
	x, y := m.output(s.from), m.acts[s.out]
	bias := s.b
	if p.mode == flowing {
		bias = gpu.Tensor{}
	}
	switch s.node.Op {
	case prune.Conv:
		return g.Conv(y, x, s.w, bias, s.win, false)
	case prune.Linear:
		a, err := matrix(x)
		if err != nil {
			return err
		}
		return g.Product(y, a, s.w, gpu.ProductOpt{TransB: true, Bias: bias})
	case prune.BatchNorm:
		return p.runNorm(s, x, y)
	case prune.ReLU:
		return g.ReLU(y, x)
	case prune.MaxPool:
		return g.MaxPool(y, s.index, x, s.win)
	case prune.AvgPool:
		return g.AvgPool(y, x, s.win)
	case prune.GlobalAvg:
		v, err := y.View(x.Dim(0), s.node.Out[0], 1, 1)
		if err != nil {
			return err
		}
		return g.AvgPool(v, x, s.win)
	case prune.Shortcut:
		return g.Shortcut(y, x, s.win.Stride)
	case prune.Add:
		return p.sum(y, x, m.output(s.node.Inputs[1]))
	}
	return nil // flatten is a view
}

// sum adds tensors of any rank.
func (p *pass) sum(dst, a, b gpu.Tensor) error {
	var flat [3]gpu.Tensor
	for i, t := range []gpu.Tensor{dst, a, b} {
		var err error
		if flat[i], err = t.View(t.Len()); err != nil {
			return err
		}
	}
	return p.m.s.Add(flat[0], flat[1], flat[2])
}

// copy copies tensors of any rank.
func (p *pass) copy(dst, src gpu.Tensor) error {
	d, err := dst.View(dst.Len())
	if err != nil {
		return err
	}
	v, err := src.View(src.Len())
	if err != nil {
		return err
	}
	return p.m.s.Copy(d, v)
}

func (p *pass) runNorm(s *step, x, y gpu.Tensor) error {
	g := p.m.s
	var add gpu.Tensor
	if s.add != none {
		add = p.m.output(s.add)
	}
	if p.mode == training {
		o := s.norm()
		o.Add, o.ReLU = add, s.relu
		if p.track {
			o.Running = s.running
		}
		return g.BatchNorm(y, x, o)
	}
	// A scale for each channel, from the running variance.
	c := s.w.Len()
	stats, gamma := make([]float32, 2*c), make([]float32, c)
	if err := g.Download(stats, s.running); err != nil {
		return err
	}
	if err := g.Download(gamma, s.w); err != nil {
		return err
	}
	for i := range gamma {
		v := float64(gamma[i])
		if p.mode == flowing {
			v = math.Abs(v)
		}
		gamma[i] = float32(v / math.Sqrt(float64(stats[c+i])+Eps))
	}
	if err := g.Upload(s.scale, gamma); err != nil {
		return err
	}
	o := gpu.Affine{Scale: s.scale, Add: add, ReLU: s.relu}
	if p.mode == evaluating {
		mean, err := s.running.Slice(0, 0, 1)
		if err != nil {
			return err
		}
		if o.Mean, err = mean.View(c); err != nil {
			return err
		}
		o.Shift = s.b
	}
	return g.ChannelAffine(y, x, o)
}

// entropy computes loss, hits and the gradient of the logits, a buffer that the
// caller gives back. With tangents of the logits, td receives its tangent.
func (p *pass) entropy(labels []int32, inverse float64, td gpu.Tensor) (Loss, gpu.Tensor, error) {
	m, z := p.m, p.logits()
	n, c := z.Dim(0), z.Dim(1)
	if len(labels) != n {
		return Loss{}, gpu.Tensor{}, fmt.Errorf("net: %d labels for %d inputs", len(labels), n)
	}
	d, err := m.take(z.Dims())
	if err != nil {
		return Loss{}, d, err
	}
	scale := inverse / float64(n)
	if err := m.s.CrossEntropy(m.loss, m.probs, d, z, labels, float32(inverse), float32(scale)); err != nil {
		return Loss{}, d, err
	}
	if cap(m.host) < n*(c+1) {
		m.host = make([]float32, n*(c+1))
	}
	losses, logits := m.host[:n], m.host[n:n*(c+1)]
	if err := m.s.Download(losses, m.loss); err != nil {
		return Loss{}, d, err
	}
	if err := m.s.Download(logits, z); err != nil {
		return Loss{}, d, err
	}
	l := Loss{N: n}
	for i, v := range losses {
		l.Mean += float64(v)
		if best(logits[i*c:(i+1)*c]) == int(labels[i]) {
			l.Correct++
		}
	}
	l.Mean /= float64(n)
	if td.Defined() {
		err = p.entropyTangent(td, inverse, scale)
	}
	return l, d, err
}

// entropyTangent stores scale * (p (t - sum p t)), t the tangent of z * inverse.
func (p *pass) entropyTangent(td gpu.Tensor, inverse, scale float64) error {
	m := p.m
	tz := p.tacts[len(m.graph)-1]
	n, c := tz.Dim(0), tz.Dim(1)
	t, q := make([]float32, n*c), make([]float32, n*c)
	if err := m.s.Download(t, tz); err != nil {
		return err
	}
	if err := m.s.Download(q, m.probs); err != nil {
		return err
	}
	for i := range n {
		var mean float64
		for j := i * c; j < (i+1)*c; j++ {
			mean += float64(q[j]) * float64(t[j])
		}
		for j := i * c; j < (i+1)*c; j++ {
			t[j] = float32(scale * inverse * float64(q[j]) * (float64(t[j]) - mean))
		}
	}
	return m.s.Upload(td, t)
}

// best is the index of the largest value, the first of equals; NaN never wins.
func best(v []float32) int {
	at := -1
	for i, x := range v {
		if x == x && (at < 0 || x > v[at]) {
			at = i
		}
	}
	return at
}

func (p *pass) lossAndGradients(labels []int32, o Options) (Loss, error) {
	if err := p.forward(); err != nil {
		return Loss{}, err
	}
	inverse := 1.0
	if o.Temperature != 0 {
		inverse = 1 / o.Temperature
	}
	var td gpu.Tensor
	if p.tangents {
		var err error
		if td, err = p.m.take(p.logits().Dims()); err != nil {
			return Loss{}, err
		}
	}
	loss, d, err := p.entropy(labels, inverse, td)
	if err != nil {
		return loss, err
	}
	return loss, p.backward(d, td)
}
