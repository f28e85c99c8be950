package prune

import (
	"fmt"
	"math"

	"assay/core/prng"
)

// Scheme is how weights are drawn.
type Scheme string

// The schemes. Biases are 0, batch norms 1 and 0 in both.
const (
	FanIn  Scheme = "fanin"  // Kaiming normal by fan-in everywhere, as SynFlow's code
	FanOut Scheme = "fanout" // Kaiming normal by fan-out; linear layers N(0, 0.01), as GraSP's and Panning's code
)

// Schemes lists the schemes, the default first.
func Schemes() []string { return []string{string(FanIn), string(FanOut)} }

// Init draws the parameters and running statistics of a network. The same seed
// and scheme give the same values; each tensor has a stream of its own, so the
// values of one do not depend on the other layers.
func (l *Layout) Init(seed uint64, scheme Scheme) (params, running []float32, err error) {
	if scheme != FanIn && scheme != FanOut {
		return nil, nil, fmt.Errorf("initialiser %q is unknown; known are %s, %s", scheme, FanIn, FanOut)
	}
	params, running = make([]float32, l.Params), make([]float32, l.Running)
	for _, t := range l.Tensors {
		at := params[t.Offset : t.Offset+t.Len]
		switch t.Role {
		case Weight:
			r := prng.New(seed, "prune/init/"+t.Name)
			std := deviation(t, scheme)
			for i := range at {
				at[i] = float32(r.NormFloat64() * std)
			}
		case Gamma:
			fill(at, 1)
		}
	}
	for _, t := range l.Stats {
		if t.Role == Var {
			fill(running[t.Offset:t.Offset+t.Len], 1)
		}
	}
	return params, running, nil
}

func deviation(t Tensor, scheme Scheme) float64 {
	out, in := t.Shape[0], t.Len/t.Shape[0]
	if scheme == FanIn {
		return math.Sqrt(2 / float64(in))
	}
	if len(t.Shape) == 2 {
		return 0.01
	}
	return math.Sqrt(2 / float64(out*product(t.Shape[2:])))
}

func fill(v []float32, x float32) {
	for i := range v {
		v[i] = x
	}
}
