package gorgonia

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// This file is also part of every reproducer, word for word but for the name of
// its package: what a campaign has seen is what people run. It imports nothing of ours.

// array holds the elements of a tensor, row-major, as float64 whatever their kind:
// "f64", "f32", "i64" or "bool". Rank 0 has an empty shape.
type array struct {
	kind  string
	shape []int
	data  []float64
}

// input is a tensor of a function. One with diff has a column of the Jacobian for
// each of its elements.
type input struct {
	array
	diff bool
}

// function adds what is tested to a graph. Nodes are its tensors in their order.
type function func(in []*G.Node) (G.Nodes, error)

// panicked is a panic of the library, as an error.
type panicked struct{ text string }

func (p *panicked) Error() string { return "panic: " + p.text }

// result is one run of a function: its values, and for each differentiable input
// the gradient of one output element, nil where the library has none.
type result struct {
	values []array
	grads  []*array
}

// evaluation is a graph with its inputs and outputs, and places for what is read.
type evaluation struct {
	g    *G.ExprGraph
	wrt  G.Nodes
	outs G.Nodes
	read []G.Value
}

// build makes a fresh graph: nodes that have run once may hold data of others.
func build(f function, in []input) (*evaluation, error) {
	e := &evaluation{g: G.NewGraph()}
	nodes := make([]*G.Node, len(in))
	for i, x := range in {
		value, err := x.value()
		if err != nil {
			return nil, err
		}
		name := G.WithName(fmt.Sprintf("x%d", i))
		if len(x.shape) == 0 {
			nodes[i] = G.NewScalar(e.g, value.Dtype(), name, G.WithValue(value))
		} else {
			nodes[i] = G.NewTensor(e.g, value.Dtype(), len(x.shape), G.WithShape(x.shape...), name, G.WithValue(value))
		}
		if x.diff {
			e.wrt = append(e.wrt, nodes[i])
		}
	}
	outs, err := f(nodes)
	if err != nil {
		return nil, err
	}
	for _, out := range outs {
		if out == nil {
			return nil, fmt.Errorf("no node and no error")
		}
		for _, n := range nodes {
			if out != n {
				continue
			}
			unit, err := array{kind: kindOf(out.Dtype()), data: []float64{1}}.value()
			if err != nil {
				return nil, err
			}
			if out, err = G.HadamardProd(out, G.NewConstant(unit)); err != nil { // an input cannot be a cost
				return nil, err
			}
		}
		e.outs = append(e.outs, out)
	}
	e.read = make([]G.Value, len(e.outs))
	for i, out := range e.outs {
		G.Read(out, &e.read[i]) // a register may be used again: Value() of the node is not safe
	}
	return e, nil
}

// cost adds the sum of all outputs weighted by 1 at the element of the row, counted
// through all outputs, and by 0 elsewhere. like holds the values of a direct run.
func (e *evaluation) cost(like []array, row int) (*G.Node, error) {
	if len(e.outs) == 1 && e.outs[0].IsScalar() {
		return e.outs[0], nil
	}
	var cost *G.Node
	if len(smooth(like)) < len(like) {
		return nil, fmt.Errorf("an output is not of floating type")
	}
	for i, out := range e.outs {
		size := len(like[i].data)
		w := array{kind: like[i].kind, shape: like[i].shape, data: make([]float64, size)}
		if out.Shape().TotalSize() == size {
			w.shape = out.Shape() // as the graph knows it: one of one element may come out as a scalar
		}
		if 0 <= row && row < size {
			w.data[row] = 1
		}
		row -= size
		value, err := w.value()
		if err != nil {
			return nil, err
		}
		part, err := G.HadamardProd(out, G.NewConstant(value))
		if err != nil {
			return nil, err
		}
		if part, err = G.Sum(part); err != nil {
			return nil, err
		}
		if cost == nil {
			cost = part
		} else if cost, err = G.Add(cost, part); err != nil {
			return nil, err
		}
	}
	return cost, nil
}

// smooth returns the arrays whose elements can have a derivative.
func smooth(list []array) []array {
	var out []array
	for _, a := range list {
		if a.kind == "f64" || a.kind == "f32" {
			out = append(out, a)
		}
	}
	return out
}

// direct runs a function on the tape machine, without derivatives.
func direct(f function, in []input) (r result, err error) {
	defer contain(&err)
	e, err := build(f, in)
	if err != nil {
		return r, err
	}
	m := G.NewTapeMachine(e.g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return r, err
	}
	return e.result()
}

// tape runs a function and the symbolic gradient of one output element.
func tape(f function, in []input, like []array, row int) (r result, err error) {
	defer contain(&err)
	e, err := build(f, in)
	if err != nil {
		return r, err
	}
	cost, err := e.cost(like, row)
	if err != nil {
		return r, err
	}
	nodes, err := G.Grad(cost, e.wrt...)
	if err != nil {
		return r, err
	}
	grads := make([]G.Value, len(e.wrt))
	for i, n := range nodes {
		if n != nil {
			G.Read(n, &grads[i])
		}
	}
	m := G.NewTapeMachine(e.g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return r, err
	}
	if r, err = e.result(); err != nil {
		return r, err
	}
	for _, v := range grads {
		r.grads = append(r.grads, gradient(v))
	}
	return r, nil
}

// lisp runs a function on the LispMachine, which differentiates while it runs. A
// panic of the library happens in a goroutine of its own and ends the process.
func lisp(f function, in []input, like []array, row int) (r result, err error) {
	defer contain(&err)
	e, err := build(f, in)
	if err != nil {
		return r, err
	}
	if _, err := e.cost(like, row); err != nil {
		return r, err
	}
	m := G.NewLispMachine(e.g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return r, err
	}
	if r, err = e.result(); err != nil {
		return r, err
	}
	for _, x := range e.wrt {
		grad, err := x.Grad()
		if err != nil {
			grad = nil // no gradient has been computed
		}
		r.grads = append(r.grads, gradient(grad))
	}
	return r, nil
}

func (e *evaluation) result() (result, error) {
	var r result
	for i, v := range e.read {
		if v == nil {
			return result{}, fmt.Errorf("output %d has no value after the run", i)
		}
		r.values = append(r.values, arrayOf(v))
	}
	return r, nil
}

func gradient(v G.Value) *array {
	if v == nil {
		return nil
	}
	a := arrayOf(v)
	return &a
}

// moved returns the inputs with one element of the differentiable ones moved by h.
func moved(in []input, col int, h float64) []input {
	out := append([]input(nil), in...)
	for i := range out {
		if !out[i].diff {
			continue
		}
		if n := len(out[i].data); col >= n {
			col -= n
			continue
		}
		out[i].data = append([]float64(nil), out[i].data...)
		out[i].data[col] += h
		break
	}
	return out
}

// widened returns the inputs with f64 in place of f32.
func widened(in []input) []input {
	out := append([]input(nil), in...)
	for i := range out {
		if out[i].kind == "f32" {
			out[i].kind = "f64"
		}
	}
	return out
}

// value makes a value of the library.
func (a array) value() (G.Value, error) {
	size := 1
	for _, d := range a.shape {
		if d <= 0 {
			return nil, fmt.Errorf("shape %v has an empty dimension", a.shape)
		}
		size *= d
	}
	if size != len(a.data) {
		return nil, fmt.Errorf("shape %v holds %d elements, not %d", a.shape, size, len(a.data))
	}
	var data any
	switch a.kind {
	case "f64":
		data = append([]float64(nil), a.data...)
	case "f32":
		data = converted(a.data, func(v float64) float32 { return float32(v) })
	case "i64":
		data = converted(a.data, func(v float64) int { return int(v) })
	case "bool":
		data = converted(a.data, func(v float64) bool { return v != 0 })
	default:
		return nil, fmt.Errorf("no tensors of %s: f64, f32, i64 or bool", a.kind)
	}
	if len(a.shape) > 0 {
		return tensor.New(tensor.WithShape(a.shape...), tensor.WithBacking(data)), nil
	}
	switch a.kind {
	case "f64":
		return G.NewF64(a.data[0]), nil
	case "f32":
		return G.NewF32(float32(a.data[0])), nil
	case "i64":
		return G.NewI(int(a.data[0])), nil
	}
	return G.NewB(a.data[0] != 0), nil
}

func converted[T any](data []float64, as func(float64) T) []T {
	out := make([]T, len(data))
	for i, v := range data {
		out[i] = as(v)
	}
	return out
}

// arrayOf copies a value of the library. Elements are fetched by their coordinates,
// as a transposed or sliced tensor keeps its data in the order of another.
func arrayOf(v G.Value) array {
	a := array{kind: kindOf(v.Dtype()), shape: append([]int{}, v.Shape()...)}
	t, ok := v.(tensor.Tensor)
	if !ok || len(a.shape) == 0 {
		x := v.Data()
		a.data = []float64{number(x)}
		return a
	}
	at := make([]int, len(a.shape))
	for range a.shape[0] * tensor.ProdInts(a.shape[1:]) {
		x, err := t.At(at...)
		if err != nil {
			panic(err) // a value that does not hold what its shape says
		}
		a.data = append(a.data, number(x))
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < a.shape[i] {
				break
			}
			at[i] = 0
		}
	}
	return a
}

func number(x any) float64 {
	switch x := x.(type) {
	case float64:
		return x
	case float32:
		return float64(x)
	case int:
		return float64(x)
	case bool:
		if x {
			return 1
		}
	case []float64:
		return x[0]
	case []float32:
		return float64(x[0])
	case []int:
		return float64(x[0])
	case []bool:
		if x[0] {
			return 1
		}
	}
	return 0
}

func kindOf(t tensor.Dtype) string {
	switch t {
	case tensor.Float64:
		return "f64"
	case tensor.Float32:
		return "f32"
	case tensor.Int:
		return "i64"
	case tensor.Bool:
		return "bool"
	}
	return t.String()
}

// contain makes an error of a panic.
func contain(err *error) {
	if p := recover(); p != nil {
		*err = &panicked{fmt.Sprint(p)}
	}
}
