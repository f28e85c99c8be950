package score

import (
	"context"
	"math"

	"assay/core/prune/net"
)

// Engine is a Net on the kernels of a device.
type Engine struct {
	model         *net.Model
	params        []float32 // weights of the call at hand, then everything else
	running       []float32
	grad, product []float32
	vector        []float32
}

var _ Net = (*Engine)(nil)

// NewEngine makes a Net of a model, with the biases, normalisations and
// statistics given; params and running are copied.
func NewEngine(m *net.Model, params, running []float32) *Engine {
	l := m.Layout()
	return &Engine{model: m, params: append([]float32(nil), params...), running: append([]float32(nil), running...), grad: make([]float32, l.Params)}
}

// load puts weights in place.
func (e *Engine) load(weights []float32) []float32 {
	copy(e.params[:e.model.Layout().Prunable], weights)
	return e.params
}

// Gradient implements Net.
func (e *Engine) Gradient(ctx context.Context, weights []float32, b Batch, temperature float64) (float64, []float32, error) {
	loss, err := e.model.Gradient(ctx, e.load(weights), net.Batch(b), net.Options{Temperature: temperature}, e.grad)
	return loss.Mean, e.grad[:len(weights)], err
}

// Product implements Net.
func (e *Engine) Product(ctx context.Context, weights, vector []float32, b Batch, temperature float64) ([]float32, error) {
	if e.product == nil {
		e.product, e.vector = make([]float32, len(e.params)), make([]float32, len(e.params))
	}
	// A gradient at a temperature of 200 is small, its products smaller: the
	// vector is brought to norm 1 and the result back, which is exact for powers of 2.
	scale := power(vector)
	for i, v := range vector {
		e.vector[i] = v * float32(1/scale)
	}
	_, err := e.model.HVP(ctx, e.load(weights), net.Batch(b), net.Options{Temperature: temperature}, e.vector, nil, e.product)
	out := e.product[:len(weights)]
	for i := range out {
		out[i] *= float32(scale)
	}
	return out, err
}

// power returns the power of 2 near the norm of v, 1 where there is none.
func power(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if !(sum > 1e-60) || sum > 1e60 {
		return 1
	}
	_, exp := math.Frexp(math.Sqrt(sum))
	return math.Ldexp(1, exp)
}

// Flow implements Net.
func (e *Engine) Flow(ctx context.Context, weights []float32) (float64, []float32, error) {
	total, err := e.model.Flow(ctx, e.load(weights), e.running, e.grad)
	return total, e.grad[:len(weights)], err
}
