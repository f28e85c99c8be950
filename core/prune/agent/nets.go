package agent

import (
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"
)

// mlp is a network of two hidden layers with ReLU. Its first layer may be split:
// a critic reads the state and the action by a matrix each, so that the graph of
// the actor can feed its own action in.
type mlp struct {
	in      []int // widths of the inputs
	hidden  int
	out     int
	tensors []*tensor.Dense // a matrix [in, hidden] for every input, [1, hidden], [hidden, hidden], [1, hidden], [hidden, out], [1, out]
}

func newMLP(r *rand.Rand, in []int, hidden, out int) *mlp {
	m := &mlp{in: in, hidden: hidden, out: out}
	total := 0
	for _, n := range in {
		total += n
	}
	// Uniform in 1/sqrt(fan-in), as PyTorch's linear layers.
	add := func(rows, cols, fan int) {
		v := make([]float32, rows*cols)
		bound := 1 / math.Sqrt(float64(fan))
		for i := range v {
			v[i] = float32((2*r.Float64() - 1) * bound)
		}
		m.tensors = append(m.tensors, tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(v)))
	}
	for _, n := range in {
		add(n, hidden, total)
	}
	add(1, hidden, total)
	add(hidden, hidden, hidden)
	add(1, hidden, hidden)
	add(hidden, out, hidden)
	add(1, out, hidden)
	return m
}

func (m *mlp) clone() *mlp {
	c := &mlp{in: m.in, hidden: m.hidden, out: m.out}
	for _, t := range m.tensors {
		c.tensors = append(c.tensors, tensor.New(tensor.WithShape(t.Shape()...), tensor.WithBacking(append([]float32(nil), values(t)...))))
	}
	return c
}

// values returns the memory of a tensor.
func values(t *tensor.Dense) []float32 {
	v, _ := t.Data().([]float32) // newMLP makes no others
	return v
}

// flat copies all parameters out, and set takes them up.
func (m *mlp) flat() []float32 {
	var out []float32
	for _, t := range m.tensors {
		out = append(out, values(t)...)
	}
	return out
}

func (m *mlp) size() int {
	n := 0
	for _, t := range m.tensors {
		n += len(values(t))
	}
	return n
}

func (m *mlp) set(v []float32) {
	for _, t := range m.tensors {
		v = v[copy(values(t), v):]
	}
}

// follow moves the parameters by a share tau towards others.
func (m *mlp) follow(to *mlp, tau float32) {
	for i, t := range m.tensors {
		mine, other := values(t), values(to.tensors[i])
		for k := range mine {
			mine[k] += tau * (other[k] - mine[k])
		}
	}
}

// forward computes one input, given in as many parts as the first layer has.
func (m *mlp) forward(parts ...[]float32) []float32 {
	k := len(m.in)
	h := append([]float32(nil), values(m.tensors[k])...)
	for i, x := range parts {
		accumulate(h, x, values(m.tensors[i]))
	}
	relu(h)
	h2 := append([]float32(nil), values(m.tensors[k+2])...)
	accumulate(h2, h, values(m.tensors[k+1]))
	relu(h2)
	out := append([]float32(nil), values(m.tensors[k+4])...)
	accumulate(out, h2, values(m.tensors[k+3]))
	return out
}

// accumulate adds x times w, [len(x), len(y)], to y.
func accumulate(y, x, w []float32) {
	for i, v := range x {
		if v == 0 {
			continue
		}
		row := w[i*len(y) : (i+1)*len(y)]
		for k, c := range row {
			y[k] += v * c
		}
	}
}

func relu(h []float32) {
	for i, v := range h {
		if v < 0 {
			h[i] = 0
		}
	}
}

// adam is Kingma and Ba's rule for the tensors of some networks.
type adam struct {
	rate float64
	step int
	m, v [][]float32
}

func newAdam(rate float64, tensors []*tensor.Dense) *adam {
	a := &adam{rate: rate}
	for _, t := range tensors {
		a.m = append(a.m, make([]float32, len(values(t))))
		a.v = append(a.v, make([]float32, len(values(t))))
	}
	return a
}

func (a *adam) apply(tensors []*tensor.Dense, grads [][]float32) {
	const b1, b2, eps = 0.9, 0.999, 1e-8
	a.step++
	c1, c2 := 1-math.Pow(b1, float64(a.step)), 1-math.Pow(b2, float64(a.step))
	for i, t := range tensors {
		w, m, v := values(t), a.m[i], a.v[i]
		for k, g := range grads[i] {
			m[k] = float32(b1*float64(m[k]) + (1-b1)*float64(g))
			v[k] = float32(b2*float64(v[k]) + (1-b2)*float64(g)*float64(g))
			w[k] -= float32(a.rate * (float64(m[k]) / c1) / (math.Sqrt(float64(v[k])/c2) + eps))
		}
	}
}

// Actor says how to weight the indices in a state. It is safe for concurrent use
// while nobody trains it.
type Actor struct{ net *mlp }

// Act returns the action in [-1,1].
func (a *Actor) Act(s [States]float64) [Actions]float64 {
	x := make([]float32, States)
	for i, v := range s {
		x[i] = float32(v)
	}
	var out [Actions]float64
	for i, v := range a.net.forward(x) {
		out[i] = math.Tanh(float64(v))
	}
	return out
}

func dense(shape []int, v []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))
}
