package score

import (
	"slices"

	"assay/core/prune"
)

// Paths answers which weights of a masked network lie on a live path from the
// input to the logits: unit by unit, in booleans. Batch norms, activations and
// shortcuts pass everything; so do pools from each place of their window.
type Paths struct {
	graph  []prune.Node
	input  []int
	layers []prune.Tensor
	weight []int // graph node -> index in layers, -1
	cuts   []bool
}

// NewPaths prepares the walk over a network.
func NewPaths(spec prune.Spec) (*Paths, error) {
	g, err := spec.Graph()
	if err != nil {
		return nil, err
	}
	l, err := spec.Layout()
	if err != nil {
		return nil, err
	}
	p := &Paths{graph: g, input: spec.Input, layers: l.Weights(), weight: make([]int, len(g))}
	for i := range p.weight {
		p.weight[i] = -1
	}
	for k, t := range p.layers {
		p.weight[t.Layer] = k
	}
	p.cuts = make([]bool, len(p.layers))
	for k, t := range p.layers {
		m := Full(l.Prunable)
		clear(m[t.Offset : t.Offset+t.Len])
		p.cuts[k] = !p.lives(m)
	}
	return p, nil
}

// Cuts tells of each prunable layer whether every path runs through it.
func (p *Paths) Cuts() []bool { return p.cuts }

// Effect is what a mask is worth.
type Effect struct {
	Nominal   float64  // share of weights that the mask removes
	Sparsity  float64  // share of weights on no live path; 1 where none lives
	Live      int      // weights on a live path
	Layers    []int    // the same, layer by layer
	Collapsed []string // cut layers without a weight
	Bypassed  []string // other layers without a weight: a residual branch is dead, its shortcut is not
}

// Effect walks the masked network.
func (p *Paths) Effect(m Mask) Effect {
	e := Effect{Layers: make([]int, len(p.layers)), Collapsed: []string{}, Bypassed: []string{}}
	kept := m.Layers(p.layers)
	total := 0
	for l, n := range kept {
		total += n
		if n > 0 {
			continue
		}
		name := p.graph[p.layers[l].Layer].Name
		if p.cuts[l] {
			e.Collapsed = append(e.Collapsed, name)
		} else {
			e.Bypassed = append(e.Bypassed, name)
		}
	}
	forward := p.forward(m)
	backward := p.backward(m)
	for i, n := range p.graph {
		l := p.weight[i]
		if l < 0 {
			continue
		}
		t := p.layers[l]
		each := windowOf(n)
		e.Layers[l] = each.live(m[t.Offset:t.Offset+t.Len], forward[n.Inputs[0]+1], backward[i+1])
		e.Live += e.Layers[l]
	}
	e.Nominal, e.Sparsity = 1-float64(total)/float64(len(m)), 1-float64(e.Live)/float64(len(m))
	return e
}

// lives reports whether any path lives.
func (p *Paths) lives(m Mask) bool {
	f := p.forward(m)
	for _, unit := range f[len(f)-1] {
		if unit {
			return true
		}
	}
	return false
}

// forward returns for the input (first) and every node which units the input reaches.
func (p *Paths) forward(m Mask) [][]bool {
	out := make([][]bool, len(p.graph)+1)
	out[0] = Full(size(p.input))
	for i, n := range p.graph {
		to := make([]bool, size(n.Out))
		from := out[n.Inputs[0]+1]
		if l := p.weight[i]; l >= 0 {
			t := p.layers[l]
			windowOf(n).spread(m[t.Offset:t.Offset+t.Len], from, to)
		} else {
			moves(n, func(a, b int) { to[b] = to[b] || from[a] })
			if n.Op == prune.Add {
				for u, live := range out[n.Inputs[1]+1] {
					to[u] = to[u] || live
				}
			}
		}
		out[i+1] = to
	}
	return out
}

// backward returns for the input (first) and every node which units reach the logits.
func (p *Paths) backward(m Mask) [][]bool {
	out := make([][]bool, len(p.graph)+1)
	out[0] = make([]bool, size(p.input))
	for i, n := range p.graph {
		out[i+1] = make([]bool, size(n.Out))
	}
	last := out[len(p.graph)]
	for u := range last {
		last[u] = true
	}
	for i, n := range slices.Backward(p.graph) {
		from := out[i+1]
		to := out[n.Inputs[0]+1]
		if l := p.weight[i]; l >= 0 {
			t := p.layers[l]
			windowOf(n).gather(m[t.Offset:t.Offset+t.Len], to, from)
			continue
		}
		moves(n, func(a, b int) { to[a] = to[a] || from[b] })
		if n.Op == prune.Add {
			for u, live := range from {
				out[n.Inputs[1]+1][u] = out[n.Inputs[1]+1][u] || live
			}
		}
	}
	return out
}

// moves visits the pairs of units, in and out, that a node without weights joins.
func moves(n prune.Node, visit func(in, out int)) {
	switch n.Op {
	case prune.MaxPool, prune.AvgPool:
		w := window{c: 1, h: n.In[1], w: n.In[2], o: 1, oh: n.Out[1], ow: n.Out[2], k: n.Kernel, stride: n.Stride, pad: n.Padding}
		for c := range n.In[0] {
			for at := range w.k * w.k {
				w.pairs(at, func(in, out int) bool {
					visit(c*w.h*w.w+in, c*w.oh*w.ow+out)
					return true
				})
			}
		}
	case prune.GlobalAvg:
		plane := n.In[1] * n.In[2]
		for u := range size(n.In) {
			visit(u, u/plane)
		}
	case prune.Shortcut:
		first := (n.Out[0] - n.In[0]) / 2
		for c := range n.In[0] {
			for y := range n.Out[1] {
				for x := range n.Out[2] {
					visit((c*n.In[1]+y*n.Stride)*n.In[2]+x*n.Stride, ((c+first)*n.Out[1]+y)*n.Out[2]+x)
				}
			}
		}
	default: // relu, batch norm, flatten, the first summand of add
		for u := range size(n.Out) {
			visit(u, u)
		}
	}
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
