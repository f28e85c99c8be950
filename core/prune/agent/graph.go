package agent

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// layers is a network as nodes of a graph; the nodes hold the tensors of the
// network itself, so that a machine sees every change of them.
type layers struct {
	m     *mlp
	nodes []*G.Node
}

func place(g *G.ExprGraph, name string, m *mlp) layers {
	l := layers{m: m}
	for i, t := range m.tensors {
		l.nodes = append(l.nodes, G.NewMatrix(g, tensor.Float32, G.WithShape(t.Shape()...), G.WithName(fmt.Sprintf("%s%d", name, i)), G.WithValue(t)))
	}
	return l
}

// apply computes the network on parts, rows of a batch; ones is a column of ones
// of as many rows, which spreads biases over the batch.
func (l layers) apply(ones *G.Node, parts ...*G.Node) (*G.Node, error) {
	k := len(l.m.in)
	h, err := G.Mul(ones, l.nodes[k])
	if err != nil {
		return nil, err
	}
	for i, x := range parts {
		y, err := G.Mul(x, l.nodes[i])
		if err != nil {
			return nil, err
		}
		if h, err = G.Add(h, y); err != nil {
			return nil, err
		}
	}
	for at := k + 1; at < len(l.nodes); at += 2 {
		if h, err = G.Rectify(h); err != nil {
			return nil, err
		}
		y, err := G.Mul(h, l.nodes[at])
		if err != nil {
			return nil, err
		}
		b, err := G.Mul(ones, l.nodes[at+1])
		if err != nil {
			return nil, err
		}
		if h, err = G.Add(y, b); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// machine computes a loss and its gradient for some tensors. Its graph has one
// Grad: a second would add to the first without a word.
type machine struct {
	vm      G.VM
	inputs  []*G.Node
	tensors []*tensor.Dense
	grads   []*G.Value
	loss    *G.Value
}

func compile(g *G.ExprGraph, loss *G.Node, inputs []*G.Node, of ...layers) (*machine, error) {
	m := &machine{inputs: inputs}
	var wrt []*G.Node
	for _, l := range of {
		wrt = append(wrt, l.nodes...)
		m.tensors = append(m.tensors, l.m.tensors...)
	}
	grads, err := G.Grad(loss, wrt...)
	if err != nil {
		return nil, err
	}
	read := func(n *G.Node) *G.Value {
		v := new(G.Value)
		G.Read(n, v) // copies: later operations may use the node's memory again
		return v
	}
	m.loss = read(loss)
	for _, n := range grads {
		m.grads = append(m.grads, read(n))
	}
	m.vm = G.NewTapeMachine(g)
	return m, nil
}

// run computes the gradient at inputs, one slice for each.
func (m *machine) run(inputs ...[]float32) ([][]float32, error) {
	for i, v := range inputs {
		t := tensor.New(tensor.WithShape(m.inputs[i].Shape()...), tensor.WithBacking(v))
		if err := G.Let(m.inputs[i], t); err != nil {
			return nil, err
		}
	}
	defer m.vm.Reset()
	if err := m.vm.RunAll(); err != nil {
		return nil, err
	}
	out := make([][]float32, len(m.grads))
	for i, v := range m.grads {
		data, ok := (*v).Data().([]float32)
		if !ok {
			return nil, fmt.Errorf("gradient %d of the agent is %T", i, (*v).Data())
		}
		out[i] = data
	}
	return out, nil
}

func matrix(g *G.ExprGraph, name string, rows, cols int) *G.Node {
	return G.NewMatrix(g, tensor.Float32, G.WithShape(rows, cols), G.WithName(name))
}

// criticMachine minimises the squared distances of both critics from a target.
func criticMachine(batch int, one, two *mlp) (*machine, error) {
	g := G.NewGraph()
	s, a, y, ones := matrix(g, "state", batch, States), matrix(g, "action", batch, Actions), matrix(g, "target", batch, 1), matrix(g, "ones", batch, 1)
	var sum *G.Node
	var nets []layers
	for i, m := range []*mlp{one, two} {
		l := place(g, fmt.Sprintf("q%d.", i), m)
		nets = append(nets, l)
		q, err := l.apply(ones, s, a)
		if err != nil {
			return nil, err
		}
		d, err := G.Sub(q, y)
		if err != nil {
			return nil, err
		}
		if d, err = G.Square(d); err != nil {
			return nil, err
		}
		if d, err = G.Mean(d); err != nil {
			return nil, err
		}
		if sum == nil {
			sum = d
		} else if sum, err = G.Add(sum, d); err != nil {
			return nil, err
		}
	}
	return compile(g, sum, []*G.Node{s, a, y, ones}, nets...)
}

// actorMachine maximises what the first critic says of the actor's actions.
func actorMachine(batch int, actor, critic *mlp) (*machine, error) {
	g := G.NewGraph()
	s, ones := matrix(g, "state", batch, States), matrix(g, "ones", batch, 1)
	pi, q := place(g, "pi.", actor), place(g, "q.", critic)
	a, err := pi.apply(ones, s)
	if err != nil {
		return nil, err
	}
	if a, err = G.Tanh(a); err != nil {
		return nil, err
	}
	value, err := q.apply(ones, s, a)
	if err != nil {
		return nil, err
	}
	if value, err = G.Mean(value); err != nil {
		return nil, err
	}
	loss, err := G.Neg(value)
	if err != nil {
		return nil, err
	}
	return compile(g, loss, []*G.Node{s, ones}, pi)
}
