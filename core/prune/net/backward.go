package net

import (
	"fmt"

	"assay/core/prune"
	"assay/gpu"
)

// backward runs the steps in reverse from d, the gradient of the logits, and
// with tangents from td as well. It owns both buffers.
func (p *pass) backward(d, td gpu.Tensor) error {
	m := p.m
	p.grads, p.tgrad = map[int]gpu.Tensor{}, map[int]gpu.Tensor{}
	last := len(m.graph) - 1
	p.grads[last] = d
	if p.tangents {
		p.tgrad[last] = td
	}
	for i := len(m.steps) - 1; i >= 0; i-- {
		s := &m.steps[i]
		dy, ok := p.grads[s.out]
		if !ok {
			return fmt.Errorf("net: nothing reads layer %s", s.node.Name)
		}
		delete(p.grads, s.out)
		tdy := p.tgrad[s.out]
		delete(p.tgrad, s.out)
		// The tangent first: it reads dy, which the step may use up.
		if p.tangents {
			if err := p.pull(s, dy, tdy); err != nil {
				return fmt.Errorf("tangent of layer %s: %w", s.node.Name, err)
			}
		}
		if err := p.back(s, dy); err != nil {
			return fmt.Errorf("gradient of layer %s: %w", s.node.Name, err)
		}
	}
	for _, t := range p.tacts {
		m.give(t)
	}
	p.tacts = nil
	return nil
}

// place returns a buffer for the gradient of a node, and what to do once it is
// filled: keep it, or add it to what is there.
func (p *pass) place(grads map[int]gpu.Tensor, node int, shape []int) (gpu.Tensor, func() error, error) {
	t, err := p.m.take(shape)
	if err != nil {
		return t, nil, err
	}
	return t, func() error { return p.hand(grads, node, t) }, nil
}

// hand gives a buffer to a node as its gradient, or adds it to the one it has.
func (p *pass) hand(grads map[int]gpu.Tensor, node int, t gpu.Tensor) error {
	if node < 0 {
		p.m.give(t)
		return nil
	}
	t, err := t.View(p.m.output(node).Dims()...)
	if err != nil {
		return err
	}
	have, ok := grads[node]
	if !ok {
		grads[node] = t
		return nil
	}
	defer p.m.give(t)
	return p.sum(have, have, t)
}

// share gives a copy of t to a node.
func (p *pass) share(grads map[int]gpu.Tensor, node int, t gpu.Tensor) error {
	if node < 0 {
		return nil
	}
	if have, ok := grads[node]; ok {
		return p.sum(have, have, t)
	}
	c, err := p.m.take(p.m.output(node).Dims())
	if err != nil {
		return err
	}
	grads[node] = c
	return p.copy(c, t)
}

// back computes the gradients of one step from dy, which it owns.
func (p *pass) back(s *step, dy gpu.Tensor) error {
	m, g := p.m, p.m.s
	x, y := m.output(s.from), m.acts[s.out]
	switch s.node.Op {
	case prune.BatchNorm:
		return p.backNorm(s, x, y, dy)
	case prune.ReLU:
		if err := g.Gate(dy, y, dy); err != nil {
			return err
		}
		return p.hand(p.grads, s.from, dy)
	case prune.Flatten:
		return p.hand(p.grads, s.from, dy)
	case prune.Add:
		if err := p.share(p.grads, s.node.Inputs[1], dy); err != nil {
			return err
		}
		return p.hand(p.grads, s.from, dy)
	}
	defer m.give(dy)
	if s.gb.Defined() {
		if p.mode != flowing {
			if err := g.ChannelSum(s.gb, dy, false); err != nil {
				return err
			}
		}
	}
	switch s.node.Op {
	case prune.Conv:
		if err := g.ConvBackWeight(s.gw, x, dy, s.win, false); err != nil {
			return err
		}
	case prune.Linear:
		a, err := matrix(x)
		if err != nil {
			return err
		}
		if err := g.Product(s.gw, dy, a, gpu.ProductOpt{TransA: true}); err != nil {
			return err
		}
	}
	if s.from < 0 {
		return nil
	}
	return p.inputGradient(s, p.grads, x, dy, s.w, gpu.Tensor{}, gpu.Tensor{})
}

// inputGradient hands the gradient of a linear map to its input: from dy by w,
// and, for a product rule, from dy2 by w2.
func (p *pass) inputGradient(s *step, grads map[int]gpu.Tensor, x, dy, w, dy2, w2 gpu.Tensor) error {
	g := p.m.s
	dx, done, err := p.place(grads, s.from, x.Dims())
	if err != nil {
		return err
	}
	switch s.node.Op {
	case prune.Conv:
		err = g.ConvBackData(dx, dy, w, s.win, false)
		if err == nil && w2.Defined() {
			err = g.ConvBackData(dx, dy2, w2, s.win, true)
		}
	case prune.Linear:
		var flat gpu.Tensor
		if flat, err = matrix(dx); err != nil {
			break
		}
		err = g.Product(flat, dy, w, gpu.ProductOpt{})
		if err == nil && w2.Defined() {
			err = g.Product(flat, dy2, w2, gpu.ProductOpt{Accumulate: true})
		}
	case prune.MaxPool:
		err = g.MaxPoolBack(dx, dy, s.index, s.win)
	case prune.AvgPool:
		err = g.AvgPoolBack(dx, dy, s.win)
	case prune.GlobalAvg:
		var v gpu.Tensor
		if v, err = dy.View(dy.Dim(0), dy.Dim(1), 1, 1); err == nil {
			err = g.AvgPoolBack(dx, v, s.win)
		}
	case prune.Shortcut:
		err = g.ShortcutBack(dx, dy, s.win.Stride, false)
	}
	if err != nil {
		return err
	}
	return done()
}

func (p *pass) backNorm(s *step, x, y, dy gpu.Tensor) error {
	g := p.m.s
	var cut gpu.Tensor // the output, where a ReLU cut it
	if s.relu {
		cut = y
	}
	dx, done, err := p.place(p.grads, s.from, x.Dims())
	if err != nil {
		return err
	}
	if p.mode == training {
		err = g.BatchNormBack(dx, dy, s.gw, s.gb, x, cut, dy, s.norm())
	} else {
		if s.relu {
			err = g.Gate(dy, y, dy)
		}
		if err == nil {
			err = g.ChannelAffine(dx, dy, gpu.Affine{Scale: s.scale})
		}
	}
	if err != nil {
		return err
	}
	if err := done(); err != nil {
		return err
	}
	if s.add == none {
		p.m.give(dy)
		return nil
	}
	return p.hand(p.grads, s.add, dy)
}
