package net_test

import (
	"context"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"assay/core/prune/net"
	"assay/gpu"
)

// TestGradientsEqualGorgoniaInFloat64 builds a LeNet in Gorgonia, in float64,
// with nothing but operations that are sound there, and compares every gradient.
func TestGradientsEqualGorgoniaInFloat64(t *testing.T) {
	m := build(t, open(t, gpu.Options{}), `{"input":[2,12,12],"layers":[{"op":"conv","name":"a","out":5,"kernel":3,"padding":1},{"op":"relu"},{"op":"maxpool"},{"op":"conv","name":"b","out":6,"kernel":3},{"op":"relu"},{"op":"flatten"},{"op":"linear","name":"c","out":7},{"op":"relu"},{"op":"linear","name":"d","out":4}]}`)
	const n = 8
	b, p := batch(m, n, 4), draw(m.Layout().Params, 0.3, 9)
	grad := make([]float32, len(p))
	loss, err := m.Gradient(context.Background(), p, b, net.Options{}, grad)
	if err != nil {
		t.Fatal(err)
	}

	g := gorgonia.NewGraph()
	node := func(name string, v []float32, shape ...int) *gorgonia.Node {
		wide := make([]float64, len(v))
		for i, x := range v {
			wide[i] = float64(x)
		}
		return gorgonia.NodeFromAny(g, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(wide)), gorgonia.WithName(name))
	}
	must := func(x *gorgonia.Node, err error) *gorgonia.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	var weights gorgonia.Nodes
	for _, w := range m.Layout().Weights() {
		shape := w.Shape
		v := p[w.Offset : w.Offset+w.Len]
		weights = append(weights, node(w.Name, v, shape...))
	}
	hot := make([]float32, n*4)
	for i, y := range b.Y {
		hot[i*4+int(y)] = -1.0 / n
	}
	x := node("x", b.X, n, 2, 12, 12)
	x = must(gorgonia.Conv2d(x, weights[0], tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	x = must(gorgonia.Rectify(x))
	x = must(gorgonia.MaxPool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	x = must(gorgonia.Conv2d(x, weights[1], tensor.Shape{3, 3}, []int{0, 0}, []int{1, 1}, []int{1, 1}))
	x = must(gorgonia.Rectify(x))
	x = must(gorgonia.Reshape(x, tensor.Shape{n, 6 * 16}))
	x = must(gorgonia.Mul(x, must(gorgonia.Transpose(weights[2], 1, 0))))
	x = must(gorgonia.Rectify(x))
	x = must(gorgonia.Mul(x, must(gorgonia.Transpose(weights[3], 1, 0))))
	// The logarithm of a softmax, out of parts: exp, sums and a division.
	e := must(gorgonia.Exp(x))
	sum := must(gorgonia.Sum(e, 1))
	logs := must(gorgonia.Log(sum))
	fit := must(gorgonia.Sum(must(gorgonia.HadamardProd(x, node("hot", hot, n, 4)))))
	total := must(gorgonia.Add(fit, must(gorgonia.Mean(logs))))
	var value gorgonia.Value
	gorgonia.Read(total, &value)
	grads, err := gorgonia.Grad(total, weights...)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]gorgonia.Value, len(grads))
	for i, d := range grads {
		gorgonia.Read(d, &values[i])
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	if l := value.Data().(float64); l-loss.Mean > 1e-6 || loss.Mean-l > 1e-6 {
		t.Errorf("loss %g, in Gorgonia %g", loss.Mean, l)
	}
	for i, w := range m.Layout().Weights() {
		want := values[i].Data().([]float64)
		got := make([]float64, w.Len)
		for k := range got {
			got[k] = float64(grad[w.Offset+k])
		}
		if d := gap(got, want); d > 2e-6 {
			t.Errorf("%s is off by %.1e", w.Name, d)
		}
	}
}
