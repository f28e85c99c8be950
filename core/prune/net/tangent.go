package net

import (
	"assay/core/prune"
	"assay/gpu"
)

// bindTangents finds the tangents of a step's parameters once they exist.
func (s *step) bindTangents(m *Model) error {
	if s.tgw.Defined() || !s.w.Defined() {
		return nil
	}
	return s.bind(m)
}

// push computes the tangent of a step's output along the tangents of its
// parameters and of its input.
func (p *pass) push(s *step) error {
	m, g := p.m, p.m.s
	x, y := m.output(s.from), m.acts[s.out]
	tx, moved := p.tacts[s.from] // the input of the net has no tangent
	if s.node.Op == prune.Flatten {
		if !moved {
			return nil
		}
		// A copy, so that every tangent has an owner.
		return p.share(p.tacts, s.out, tx)
	}
	ty, err := m.take(y.Dims())
	if err != nil {
		return err
	}
	p.tacts[s.out] = ty
	if !moved && s.node.Op != prune.Conv && s.node.Op != prune.Linear {
		if tx, err = p.still(s.from, x); err != nil {
			return err
		}
	}
	switch s.node.Op {
	case prune.Conv:
		if err := g.Conv(ty, x, s.tw, s.tb, s.win, false); err != nil || !moved {
			return err
		}
		return g.Conv(ty, tx, s.w, gpu.Tensor{}, s.win, true)
	case prune.Linear:
		a, err := matrix(x)
		if err != nil {
			return err
		}
		if err := g.Product(ty, a, s.tw, gpu.ProductOpt{TransB: true, Bias: s.tb}); err != nil || !moved {
			return err
		}
		b, err := matrix(tx)
		if err != nil {
			return err
		}
		return g.Product(ty, b, s.w, gpu.ProductOpt{TransB: true, Accumulate: true})
	case prune.BatchNorm:
		if err := g.BatchNormTangent(ty, x, tx, s.norm(), s.normTangent()); err != nil {
			return err
		}
		if s.add != none {
			ta, err := p.still(s.add, m.output(s.add))
			if err != nil {
				return err
			}
			if err := p.sum(ty, ty, ta); err != nil {
				return err
			}
		}
		if s.relu {
			return g.Gate(ty, y, ty)
		}
		return nil
	case prune.ReLU:
		return g.Gate(ty, y, tx)
	case prune.MaxPool:
		return g.MaxPoolPick(ty, s.index, tx, s.win)
	case prune.AvgPool:
		return g.AvgPool(ty, tx, s.win)
	case prune.GlobalAvg:
		v, err := ty.View(ty.Dim(0), ty.Dim(1), 1, 1)
		if err != nil {
			return err
		}
		return g.AvgPool(v, tx, s.win)
	case prune.Shortcut:
		return g.Shortcut(ty, tx, s.win.Stride)
	case prune.Add:
		tb, err := p.still(s.node.Inputs[1], m.output(s.node.Inputs[1]))
		if err != nil {
			return err
		}
		return p.sum(ty, tx, tb)
	}
	return nil
}

// still returns the tangent of a node, zero where nothing moved it.
func (p *pass) still(node int, like gpu.Tensor) (gpu.Tensor, error) {
	if t, ok := p.tacts[node]; ok {
		return t, nil
	}
	t, err := p.m.take(like.Dims())
	if err != nil {
		return t, err
	}
	p.tacts[node] = t
	flat, err := t.View(t.Len())
	if err != nil {
		return t, err
	}
	return t, p.m.s.Upload(flat, make([]float32, t.Len()))
}

// pull computes the tangents of a step's gradients: the derivative of what back
// computes. It reads dy and owns tdy.
func (p *pass) pull(s *step, dy, tdy gpu.Tensor) error {
	m, g := p.m, p.m.s
	x, y := m.output(s.from), m.acts[s.out]
	tx, moved := p.tacts[s.from]
	switch s.node.Op {
	case prune.BatchNorm:
		return p.pullNorm(s, x, y, dy, tdy)
	case prune.ReLU:
		if err := g.Gate(tdy, y, tdy); err != nil {
			return err
		}
		return p.hand(p.tgrad, s.from, tdy)
	case prune.Flatten:
		return p.hand(p.tgrad, s.from, tdy)
	case prune.Add:
		if err := p.share(p.tgrad, s.node.Inputs[1], tdy); err != nil {
			return err
		}
		return p.hand(p.tgrad, s.from, tdy)
	}
	defer m.give(tdy)
	if s.tgb.Defined() {
		if err := g.ChannelSum(s.tgb, tdy, false); err != nil {
			return err
		}
	}
	switch s.node.Op {
	case prune.Conv:
		if err := g.ConvBackWeight(s.tgw, x, tdy, s.win, false); err != nil {
			return err
		}
		if moved {
			if err := g.ConvBackWeight(s.tgw, tx, dy, s.win, true); err != nil {
				return err
			}
		}
	case prune.Linear:
		a, err := matrix(x)
		if err != nil {
			return err
		}
		if err := g.Product(s.tgw, tdy, a, gpu.ProductOpt{TransA: true}); err != nil {
			return err
		}
		if moved {
			b, err := matrix(tx)
			if err != nil {
				return err
			}
			if err := g.Product(s.tgw, dy, b, gpu.ProductOpt{TransA: true, Accumulate: true}); err != nil {
				return err
			}
		}
	}
	if s.from < 0 {
		return nil
	}
	return p.inputGradient(s, p.tgrad, x, tdy, s.w, dy, s.tw)
}

func (p *pass) pullNorm(s *step, x, y, dy, tdy gpu.Tensor) error {
	m, g := p.m, p.m.s
	gated := dy
	if s.relu {
		if err := g.Gate(tdy, y, tdy); err != nil {
			return err
		}
		var err error
		if gated, err = m.take(dy.Dims()); err != nil {
			return err
		}
		defer m.give(gated)
		if err := g.Gate(gated, y, dy); err != nil {
			return err
		}
	}
	tx, err := p.still(s.from, x)
	if err != nil {
		return err
	}
	tdx, done, err := p.place(p.tgrad, s.from, x.Dims())
	if err != nil {
		return err
	}
	if err := g.BatchNormTangentBack(tdx, s.tgw, s.tgb, x, tx, gated, tdy, s.norm(), s.normTangent()); err != nil {
		return err
	}
	if err := done(); err != nil {
		return err
	}
	if s.add == none {
		m.give(tdy)
		return nil
	}
	return p.hand(p.tgrad, s.add, tdy)
}
