package control

import (
	"math"
	"math/rand/v2"
)

// Shapes lists the generated traces.
func Shapes() []string { return []string{"uniform", "step", "sawtooth", "markov"} }

// The bounds of generated traces in Gbit/s: the artifact's.
const (
	slowest  = 0.1
	quickest = 10
)

// Trace draws a bandwidth trace of n chunks in Gbit/s: uniform as the artifact's, a
// step down or up, a sawtooth, or a Markov chain between a slow and a fast state.
func Trace(r *rand.Rand, shape string, n int) []float64 {
	draw := func() float64 { return math.Exp(math.Log(slowest) + r.Float64()*math.Log(quickest/slowest)) }
	out := make([]float64, n)
	a, b := draw(), draw()
	switch shape {
	case "step":
		at := 1 + r.IntN(max(n-1, 1))
		for i := range out {
			out[i] = a
			if i >= at {
				out[i] = b
			}
		}
	case "sawtooth":
		period := 2 + r.IntN(max(n-1, 1))
		for i := range out {
			out[i] = a + (b-a)*float64(i%period)/float64(period-1)
		}
	case "markov":
		state := a
		for i := range out {
			if r.Float64() < 0.25 {
				state = a + b - state
			}
			out[i] = state
		}
	default:
		for i := range out {
			out[i] = slowest + r.Float64()*(quickest-slowest)
		}
	}
	return out
}
