package net_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"assay/core/prune"
	"assay/core/prune/net"
	"assay/gpu"
)

// zoo holds small networks that have every operation in every position.
var zoo = map[string]string{
	"mlp":      `{"input":[5],"layers":[{"op":"linear","name":"a","out":4,"bias":true},{"op":"relu"},{"op":"linear","name":"b","out":3}]}`,
	"conv":     `{"input":[2,7,7],"layers":[{"op":"conv","name":"a","out":3,"kernel":3,"bias":true},{"op":"maxpool"},{"op":"relu"},{"op":"flatten"},{"op":"linear","name":"b","out":3,"bias":true}]}`,
	"strided":  `{"input":[2,6,6],"layers":[{"op":"conv","name":"a","out":4,"kernel":3,"stride":2,"padding":1},{"op":"batchnorm","name":"n"},{"op":"relu"},{"op":"avgpool","kernel":2,"stride":1},{"op":"conv","name":"c","out":3,"kernel":2,"stride":2},{"op":"globalavg"}]}`,
	"residual": `{"input":[2,5,5],"layers":[{"op":"conv","name":"a","out":2,"kernel":3,"padding":1},{"op":"batchnorm","name":"an"},{"op":"relu","name":"r"},{"op":"shortcut","name":"s","out":4,"stride":2},{"op":"conv","name":"b","from":"r","out":4,"kernel":3,"stride":2,"padding":1},{"op":"batchnorm","name":"bn"},{"op":"add","name":"t","with":"s"},{"op":"relu","name":"u"},{"op":"conv","name":"c","out":4,"kernel":3,"padding":1},{"op":"add","name":"v","with":"u"},{"op":"batchnorm","name":"cn"},{"op":"add","with":"t"},{"op":"globalavg"},{"op":"linear","name":"d","out":3,"bias":true}]}`,
}

func open(t *testing.T, o gpu.Options) *gpu.Device {
	t.Helper()
	d, err := gpu.Open("cpu", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func build(t *testing.T, d *gpu.Device, text string) *net.Model {
	t.Helper()
	s, err := prune.ParseSpec([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m, err := net.New(d, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func draw(n int, scale float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 7))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64() * scale)
	}
	return v
}

func batch(m *net.Model, n int, seed uint64) net.Batch {
	b := net.Batch{X: draw(n*m.Spec().InputLen(), 1, seed), Y: make([]int32, n)}
	for i := range b.Y {
		b.Y[i] = int32(i % m.Classes())
	}
	return b
}

// weights draws parameters, a third of the prunable ones exactly zero.
func weights(m *net.Model) []float32 {
	p := draw(m.Layout().Params, 0.5, 3)
	for i := 0; i < m.Layout().Prunable; i += 3 {
		p[i] = 0
	}
	return p
}

func gap(a, b []float64) float64 {
	var num, den float64
	for i := range a {
		num += (a[i] - b[i]) * (a[i] - b[i])
		den += b[i] * b[i]
	}
	return math.Sqrt(num / den)
}

// TestGradientAndHessianProductEqualTheOracle compares every component with
// exact float64 derivatives. The bound is that of f32 arithmetic.
func TestGradientAndHessianProductEqualTheOracle(t *testing.T) {
	d := open(t, gpu.Options{})
	for name, text := range zoo {
		for _, temp := range []float64{1, 20} {
			m := build(t, d, text)
			b, p, v := batch(m, 6, 1), weights(m), draw(m.Layout().Params, 0.3, 5)
			grad, hv := make([]float32, len(p)), make([]float32, len(p))
			loss, err := m.HVP(context.Background(), p, b, net.Options{Temperature: temp}, v, grad, hv)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			g, _ := m.Spec().Graph()
			o := &oracle{graph: g, layout: m.Layout(), params: make([]hyper, len(p)), temp: temp}
			wantG, wantH := make([]float64, len(p)), make([]float64, len(p))
			gotG, gotH := make([]float64, len(p)), make([]float64, len(p))
			for i := range p {
				for k := range p {
					o.params[k] = hyper{a: float64(p[k]), c: float64(v[k])}
				}
				o.params[i].b = 1
				l := o.loss(b.X, b.Y)
				wantG[i], wantH[i] = l.b, l.d
				gotG[i], gotH[i] = float64(grad[i]), float64(hv[i])
				if i == 0 && math.Abs(loss.Mean-l.a) > 1e-5 {
					t.Errorf("%s: loss %g, expected %g", name, loss.Mean, l.a)
				}
			}
			if e := gap(gotG, wantG); e > 3e-6 {
				t.Errorf("%s at temperature %g: gradient off by %.1e", name, temp, e)
			}
			if e := gap(gotH, wantH); e > 2e-5 {
				t.Errorf("%s at temperature %g: Hessian product off by %.1e", name, temp, e)
			}
			plain := make([]float32, len(p))
			if _, err := m.Gradient(context.Background(), p, b, net.Options{Temperature: temp}, plain); err != nil {
				t.Fatal(err)
			}
			for i := range plain {
				if plain[i] != grad[i] {
					t.Fatalf("%s: gradient %d is %g alone and %g beside a Hessian product", name, i, plain[i], grad[i])
				}
			}
		}
	}
}

// TestEveryVariantAndThreadCountGivesTheSameBits runs gradients, products and
// flows on all instruction sets of this machine.
func TestEveryVariantAndThreadCountGivesTheSameBits(t *testing.T) {
	infos, _ := gpu.List()
	for name, text := range zoo {
		var first [][]float32
		for _, isa := range infos[0].ISAs {
			for _, threads := range []int{1, 3} {
				m := build(t, open(t, gpu.Options{ISA: isa, Threads: threads}), text)
				b, p := batch(m, 9, 2), weights(m)
				got := [][]float32{make([]float32, len(p)), make([]float32, len(p)), make([]float32, m.Layout().Prunable)}
				if _, err := m.HVP(context.Background(), p, b, net.Options{}, p, got[0], got[1]); err != nil {
					t.Fatal(err)
				}
				running := make([]float32, m.Layout().Running)
				for i := range running {
					running[i] = 1
				}
				if _, err := m.Flow(context.Background(), p, running, got[2]); err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = got
					continue
				}
				for k := range got {
					for i := range got[k] {
						if math.Float32bits(got[k][i]) != math.Float32bits(first[k][i]) {
							t.Fatalf("%s with %s and %d threads: output %d differs at %d", name, isa, threads, k, i)
						}
					}
				}
			}
		}
	}
}

// TestFlowKeepsItsConservationLaw: without ties between summands, every layer's
// sum of score is R (arXiv 2006.05467, section 4).
func TestFlowKeepsItsConservationLaw(t *testing.T) {
	d := open(t, gpu.Options{})
	for _, name := range []string{"lenet5", "tiny-vgg", "lenet300"} {
		spec, err := prune.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := net.New(d, spec)
		if err != nil {
			t.Fatal(err)
		}
		p, running, err := m.Layout().Init(1, prune.FanOut)
		if err != nil {
			t.Fatal(err)
		}
		grad := make([]float32, m.Layout().Prunable)
		r, err := m.Flow(context.Background(), p, running, grad)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range m.Layout().Weights() {
			var sum float64
			for i := w.Offset; i < w.Offset+w.Len; i++ {
				sum += math.Abs(float64(p[i])) * float64(grad[i])
			}
			if math.Abs(sum/r-1) > 1e-4 {
				t.Errorf("%s: %s sums to %g of R %g", name, w.Name, sum, r)
			}
		}
	}
}

func TestRunningStatisticsMoveAndAreUsed(t *testing.T) {
	m := build(t, open(t, gpu.Options{}), `{"input":[1,2,2],"layers":[{"op":"batchnorm","name":"n"},{"op":"flatten"}]}`)
	p := []float32{2, 1} // gamma, beta
	if err := m.Load(p, []float32{0, 1}); err != nil {
		t.Fatal(err)
	}
	b := net.Batch{X: []float32{1, 2, 3, 4, 5, 6, 7, 8}, Y: []int32{0, 1}}
	if _, err := m.Backward(context.Background(), b, net.Options{Track: true}); err != nil {
		t.Fatal(err)
	}
	running := make([]float32, 2)
	if err := m.Save(nil, running); err != nil {
		t.Fatal(err)
	}
	// Mean 4.5, unbiased variance 6, a tenth of the way from 0 and 1.
	if math.Abs(float64(running[0])-0.45) > 1e-6 || math.Abs(float64(running[1])-1.5) > 1e-6 {
		t.Fatalf("running %v, expected [0.45 1.5]", running)
	}
	z, err := m.Logits(context.Background(), b.X)
	if err != nil {
		t.Fatal(err)
	}
	if want := (1-0.45)/math.Sqrt(1.5+1e-5)*2 + 1; math.Abs(float64(z[0])-want) > 1e-6 {
		t.Errorf("logit %g, expected %g", z[0], want)
	}
}

func TestCancelAndWrongSizes(t *testing.T) {
	m := build(t, open(t, gpu.Options{}), zoo["mlp"])
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Backward(ctx, batch(m, 4, 1), net.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := m.Backward(context.Background(), batch(m, 4, 1), net.Options{}); err != nil {
		t.Errorf("after a cancelled pass: %v", err)
	}
	for _, b := range []net.Batch{{}, {X: make([]float32, 7), Y: []int32{0}}, {X: make([]float32, 5), Y: []int32{3}}, {X: make([]float32, 5), Y: []int32{0, 1}}} {
		if _, err := m.Backward(context.Background(), b, net.Options{}); err == nil {
			t.Errorf("a batch of %d values and labels %v was accepted", len(b.X), b.Y)
		}
	}
	if err := m.Load(make([]float32, 3), nil); err == nil {
		t.Error("too few parameters were accepted")
	}
}
