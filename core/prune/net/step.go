package net

import (
	"assay/core/prune"
	"assay/gpu"
)

// step is one node, or a batch norm with the addition and the ReLU behind it.
type step struct {
	node prune.Node // the node, or the batch norm
	at   int        // its index
	from int        // node that it reads; -1 the input
	add  int        // fused addition: the other summand, else none
	out  int        // node whose output it gives
	relu bool       // fused

	win                    gpu.Window
	w, b, gw, gb, tw, tb   gpu.Tensor // parameters, gradients; b and gb of a norm are beta
	tgw, tgb               gpu.Tensor
	running                gpu.Tensor
	mean, inv, tmean, tinv gpu.Tensor
	scale                  gpu.Tensor // of a norm outside training
	index                  gpu.Tensor // maxima
}

const none = -2

// compile turns the graph into steps.
func (m *Model) compile() ([]step, error) {
	uses := make([]int, len(m.graph))
	for _, n := range m.graph {
		for _, in := range n.Inputs {
			if in >= 0 {
				uses[in]++
			}
		}
	}
	var steps []step
	for i := 0; i < len(m.graph); i++ {
		n := m.graph[i]
		s := step{node: n, at: i, from: n.Inputs[0], add: none, out: i}
		if n.Op == prune.BatchNorm {
			if j := s.out + 1; j < len(m.graph) && uses[s.out] == 1 && m.graph[j].Op == prune.Add && m.graph[j].Inputs[0] == s.out && m.graph[j].Inputs[1] != s.out {
				s.add, s.out = m.graph[j].Inputs[1], j
			}
			if j := s.out + 1; j < len(m.graph) && uses[s.out] == 1 && m.graph[j].Op == prune.ReLU && m.graph[j].Inputs[0] == s.out {
				s.relu, s.out = true, j
			}
		}
		if err := s.bind(m); err != nil {
			return nil, err
		}
		steps = append(steps, s)
		i = s.out
	}
	return steps, nil
}

// bind finds the parameters of a step.
func (s *step) bind(m *Model) error {
	n := s.node
	var err error
	view := func(flat gpu.Tensor, role prune.Role) gpu.Tensor {
		t, ok := m.layout.Find(s.at, role)
		if !ok || err != nil || !flat.Defined() {
			return gpu.Tensor{}
		}
		var v gpu.Tensor
		if v, err = flat.Slice(0, t.Offset, t.Offset+t.Len); err == nil {
			v, err = v.View(t.Shape...)
		}
		return v
	}
	weight, bias := prune.Weight, prune.Bias
	if n.Op == prune.BatchNorm {
		weight, bias = prune.Gamma, prune.Beta
		t, _ := m.layout.Find(s.at, prune.Mean)
		if s.running, err = m.running.Slice(0, t.Offset, t.Offset+2*t.Len); err != nil {
			return err
		}
		if s.running, err = s.running.View(2, t.Len); err != nil {
			return err
		}
		for _, v := range []*gpu.Tensor{&s.mean, &s.inv, &s.tmean, &s.tinv, &s.scale} {
			if *v, err = m.dev.New(gpu.F32, t.Len); err != nil {
				return err
			}
		}
	}
	s.w, s.b = view(m.params, weight), view(m.params, bias)
	s.gw, s.gb = view(m.grads, weight), view(m.grads, bias)
	s.tw, s.tb = view(m.tangent, weight), view(m.tangent, bias)
	s.tgw, s.tgb = view(m.tgrads, weight), view(m.tgrads, bias)
	s.win = gpu.Square(max(n.Kernel, 1), max(n.Stride, 1), n.Padding)
	if n.Op == prune.GlobalAvg {
		s.win = gpu.Window{KH: n.In[1], KW: n.In[2], Stride: 1}
	}
	return err
}

// resize makes the step's output and what it keeps for n inputs.
func (s *step) resize(m *Model, n int) error {
	out := m.graph[s.out].Out
	var err error
	if s.node.Op == prune.Flatten {
		m.acts[s.out], err = m.output(s.from).View(dims(n, out)...)
		return err
	}
	if m.acts[s.out], err = m.dev.New(gpu.F32, dims(n, out)...); err != nil {
		return err
	}
	if s.node.Op == prune.MaxPool {
		s.index, err = m.dev.New(gpu.I32, dims(n, out)...)
	}
	return err
}

// output returns what a node gives, -1 being the batch.
func (m *Model) output(node int) gpu.Tensor {
	if node < 0 {
		return m.x
	}
	return m.acts[node]
}

// norm returns what the kernels of a batch norm need.
func (s *step) norm() gpu.Norm {
	return gpu.Norm{Gamma: s.w, Beta: s.b, Mean: s.mean, Inv: s.inv, Eps: Eps, Momentum: Momentum}
}

func (s *step) normTangent() gpu.NormTangent {
	return gpu.NormTangent{Gamma: s.tw, Beta: s.tb, Mean: s.tmean, Slope: s.tinv}
}
