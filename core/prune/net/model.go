package net

import (
	"context"
	"errors"
	"fmt"
	"math"

	"assay/core/prune"
	"assay/gpu"
)

// Constants of batch norms, those of PyTorch.
const (
	Eps      = 1e-5
	Momentum = 0.1
)

// Model is a network on a device, with parameters, gradients and buffers for
// batches. It grows to the largest batch that it has seen.
type Model struct {
	dev    *gpu.Device
	s      *gpu.Stream
	spec   prune.Spec
	graph  []prune.Node
	layout *prune.Layout
	steps  []step

	params, grads, running gpu.Tensor // flat
	tangent, tgrads        gpu.Tensor // flat, made by the first HVP
	x                      gpu.Tensor // the batch
	n                      int
	acts                   []gpu.Tensor // output of every node, absent inside a fused step
	pool                   map[int][]gpu.Tensor
	loss, probs            gpu.Tensor
	host                   []float32
}

// New builds a network on a device. The parameters are zero until Load.
func New(dev *gpu.Device, spec prune.Spec) (*Model, error) {
	g, err := spec.Graph()
	if err != nil {
		return nil, err
	}
	l, err := spec.Layout()
	if err != nil {
		return nil, err
	}
	m := &Model{dev: dev, s: dev.NewStream(), spec: spec, graph: g, layout: l, pool: map[int][]gpu.Tensor{}}
	for _, x := range []struct {
		t *gpu.Tensor
		n int
	}{{&m.params, l.Params}, {&m.grads, l.Params}, {&m.running, l.Running}} {
		if *x.t, err = dev.New(gpu.F32, max(x.n, 1)); err != nil {
			return nil, err
		}
	}
	m.steps, err = m.compile()
	return m, err
}

// Spec returns the description that the network was built from.
func (m *Model) Spec() prune.Spec { return m.spec }

// Layout returns where parameters lie. It is shared: do not change it.
func (m *Model) Layout() *prune.Layout { return m.layout }

// Classes returns the number of logits.
func (m *Model) Classes() int { return m.graph[len(m.graph)-1].Out[0] }

// Load sets all parameters and running statistics; a nil slice is left alone.
func (m *Model) Load(params, running []float32) error {
	if params != nil {
		if err := m.put(m.params, params, m.layout.Params, "parameters"); err != nil {
			return err
		}
	}
	if running != nil && m.layout.Running > 0 {
		return m.put(m.running, running, m.layout.Running, "running statistics")
	}
	return nil
}

func (m *Model) put(t gpu.Tensor, v []float32, n int, what string) error {
	if len(v) != n {
		return fmt.Errorf("net: %d %s, expected %d", len(v), what, n)
	}
	if n == 0 {
		return nil
	}
	return m.s.Upload(t, v)
}

// Save copies parameters and running statistics out; a nil slice is not filled.
func (m *Model) Save(params, running []float32) error {
	if params != nil {
		if err := m.s.Download(params, m.params); err != nil {
			return err
		}
	}
	if running != nil && m.layout.Running > 0 {
		return m.s.Download(running, m.running)
	}
	return nil
}

// Params returns the parameters as one flat tensor: training writes to it.
func (m *Model) Params() gpu.Tensor { return m.params }

// Grads returns the gradients of the last backward pass, laid out as the
// parameters.
func (m *Model) Grads() gpu.Tensor { return m.grads }

// Stream returns the stream that the model computes on.
func (m *Model) Stream() *gpu.Stream { return m.s }

// Device returns the device of the model.
func (m *Model) Device() *gpu.Device { return m.dev }

// Batch is n inputs, normalised, [n, C, H, W], and their classes.
type Batch struct {
	X []float32
	Y []int32
}

// Options are those of a gradient.
type Options struct {
	// Temperature divides the logits; 0 means 1.
	Temperature float64
	// Track moves the running statistics of batch norms, as training does.
	Track bool
}

// Loss is the outcome of a pass over a batch.
type Loss struct {
	Mean    float64 // cross-entropy, may be NaN or infinite
	Correct int
	N       int
}

// Finite reports whether the loss is a number.
func (l Loss) Finite() bool { return !math.IsNaN(l.Mean) && !math.IsInf(l.Mean, 0) }

// Backward computes loss and gradients of the loaded parameters in training
// mode; the gradients stay on the device, see Grads.
func (m *Model) Backward(ctx context.Context, b Batch, o Options) (Loss, error) {
	defer m.guard(ctx)()
	if err := m.feed(b.X); err != nil {
		return Loss{}, m.ended(ctx, err)
	}
	p := &pass{m: m, mode: training, track: o.Track}
	loss, err := p.lossAndGradients(b.Y, o)
	return loss, m.ended(ctx, err)
}

// Gradient loads parameters and stores their gradient, of the same layout.
func (m *Model) Gradient(ctx context.Context, params []float32, b Batch, o Options, grad []float32) (Loss, error) {
	if err := m.Load(params, nil); err != nil {
		return Loss{}, err
	}
	loss, err := m.Backward(ctx, b, o)
	if err != nil {
		return loss, err
	}
	return loss, m.s.Download(grad, m.grads)
}

// Logits computes [n, classes] with the loaded parameters, batch norms by their
// running statistics.
func (m *Model) Logits(ctx context.Context, x []float32) ([]float32, error) {
	defer m.guard(ctx)()
	if err := m.feed(x); err != nil {
		return nil, m.ended(ctx, err)
	}
	p := &pass{m: m, mode: evaluating}
	if err := p.forward(); err != nil {
		return nil, m.ended(ctx, err)
	}
	out := make([]float32, m.n*m.Classes())
	return out, m.s.Download(out, p.logits())
}

// Evaluate computes loss and hits with the loaded parameters, batch norms by
// their running statistics.
func (m *Model) Evaluate(ctx context.Context, b Batch) (Loss, error) {
	defer m.guard(ctx)()
	if err := m.feed(b.X); err != nil {
		return Loss{}, m.ended(ctx, err)
	}
	p := &pass{m: m, mode: evaluating}
	if err := p.forward(); err != nil {
		return Loss{}, m.ended(ctx, err)
	}
	loss, d, err := p.entropy(b.Y, 1, gpu.Tensor{})
	m.give(d)
	return loss, m.ended(ctx, err)
}

// Flow computes R, the sum of the logits of an input of ones through |params|,
// and stores dR/d|w| of the prunable weights in grad (of their number, or of all
// parameters).
func (m *Model) Flow(ctx context.Context, params, running, grad []float32) (float64, error) {
	defer m.guard(ctx)()
	if len(params) != m.layout.Params || len(grad) < m.layout.Prunable {
		return 0, fmt.Errorf("net: %d parameters and room for %d gradients, expected %d and %d", len(params), len(grad), m.layout.Params, m.layout.Prunable)
	}
	abs := make([]float32, len(params))
	for i, v := range params {
		abs[i] = float32(math.Abs(float64(v)))
	}
	if err := m.Load(abs, running); err != nil {
		return 0, err
	}
	ones := make([]float32, m.spec.InputLen())
	for i := range ones {
		ones[i] = 1
	}
	if err := m.feed(ones); err != nil {
		return 0, err
	}
	p := &pass{m: m, mode: flowing}
	if err := p.forward(); err != nil {
		return 0, m.ended(ctx, err)
	}
	logits := make([]float32, m.Classes())
	if err := m.s.Download(logits, p.logits()); err != nil {
		return 0, err
	}
	var r float64
	for _, v := range logits {
		r += float64(v)
	}
	d, err := m.take(p.logits().Dims())
	if err != nil {
		return 0, err
	}
	if err := m.s.Upload(d, ones1(len(logits))); err != nil {
		return 0, err
	}
	if err := p.backward(d, gpu.Tensor{}); err != nil {
		return 0, m.ended(ctx, err)
	}
	flat, err := m.grads.Slice(0, 0, m.layout.Prunable)
	if err != nil {
		return 0, err
	}
	return r, m.s.Download(grad[:m.layout.Prunable], flat)
}

func ones1(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// HVP stores the gradient of the loss and hv, the Hessian times v, both of the
// layout of the parameters. Grad may be nil.
func (m *Model) HVP(ctx context.Context, params []float32, b Batch, o Options, v, grad, hv []float32) (Loss, error) {
	defer m.guard(ctx)()
	if err := m.Load(params, nil); err != nil {
		return Loss{}, err
	}
	if !m.tangent.Defined() {
		var err error
		if m.tangent, err = m.dev.New(gpu.F32, m.layout.Params); err != nil {
			return Loss{}, err
		}
		if m.tgrads, err = m.dev.New(gpu.F32, m.layout.Params); err != nil {
			return Loss{}, err
		}
	}
	if err := m.put(m.tangent, v, m.layout.Params, "components of v"); err != nil {
		return Loss{}, err
	}
	if err := m.feed(b.X); err != nil {
		return Loss{}, m.ended(ctx, err)
	}
	p := &pass{m: m, mode: training, tangents: true}
	loss, err := p.lossAndGradients(b.Y, o)
	if err != nil {
		return loss, m.ended(ctx, err)
	}
	if grad != nil {
		if err := m.s.Download(grad, m.grads); err != nil {
			return loss, err
		}
	}
	return loss, m.s.Download(hv, m.tgrads)
}

// guard lets ctx stop the stream until the returned function is called.
func (m *Model) guard(ctx context.Context) func() {
	if ctx.Err() != nil {
		m.s.Cancel()
		return m.s.Reset
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		m.s.Cancel()
		close(stopped)
	})
	return func() {
		if !stop() {
			<-stopped
			m.s.Reset()
		}
	}
}

// ended returns the context's error where that is why the stream stopped.
func (m *Model) ended(ctx context.Context, err error) error {
	if err != nil && errors.Is(err, gpu.ErrCanceled) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// feed uploads a batch and makes the buffers fit it.
func (m *Model) feed(x []float32) error {
	size := m.spec.InputLen()
	if len(x) == 0 || len(x)%size != 0 {
		return fmt.Errorf("net: a batch of %d values, expected a multiple of %d", len(x), size)
	}
	n := len(x) / size
	if err := m.resize(n); err != nil {
		return err
	}
	flat, err := m.x.View(n, size)
	if err != nil {
		return err
	}
	return m.s.Upload(flat, x)
}

func dims(n int, shape []int) []int { return append([]int{n}, shape...) }

// resize makes the activations those of n inputs.
func (m *Model) resize(n int) error {
	if n == m.n {
		return nil
	}
	m.pool = map[int][]gpu.Tensor{}
	var err error
	if m.x, err = m.dev.New(gpu.F32, dims(n, m.spec.Input)...); err != nil {
		return err
	}
	if m.loss, err = m.dev.New(gpu.F32, n); err != nil {
		return err
	}
	if m.probs, err = m.dev.New(gpu.F32, n, m.Classes()); err != nil {
		return err
	}
	m.acts = make([]gpu.Tensor, len(m.graph))
	for i := range m.steps {
		if err := m.steps[i].resize(m, n); err != nil {
			return err
		}
	}
	m.n = n
	return nil
}

// take returns a buffer of a shape, unspecified inside, and give takes it back.
func (m *Model) take(shape []int) (gpu.Tensor, error) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if free := m.pool[n]; len(free) > 0 {
		t := free[len(free)-1]
		m.pool[n] = free[:len(free)-1]
		return t.View(shape...)
	}
	return m.dev.New(gpu.F32, shape...)
}

func (m *Model) give(t gpu.Tensor) {
	if t.Defined() {
		m.pool[t.Len()] = append(m.pool[t.Len()], t)
	}
}
