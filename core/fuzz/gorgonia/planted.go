package gorgonia

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// rule maps a point and the cotangents of the outputs to the gradient of the inputs.
type rule func(x, g []float64) []float64

// plantedOp is a function of one vector of f64 with a rule for either machine.
type plantedOp struct {
	name       string
	do         func(x []float64) []float64
	tape, lisp rule
	bent       bool // the tape's gradient has shape (1, n)
}

func (op *plantedOp) call(x *G.Node) (*G.Node, error) {
	if !x.IsVector() || x.Dtype() != tensor.Float64 {
		return nil, fmt.Errorf("%s takes a vector of f64", op.name)
	}
	return G.ApplyOp(op, x)
}

// Arity is 1.
func (op *plantedOp) Arity() int { return 1 }

// Type is that of a function of a type to itself.
func (op *plantedOp) Type() hm.Type {
	return hm.NewFnType(hm.TypeVariable('a'), hm.TypeVariable('a'))
}

// InferShape keeps the shape.
func (op *plantedOp) InferShape(in ...G.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}

// Do evaluates the function.
func (op *plantedOp) Do(v ...G.Value) (G.Value, error) { return vector(op.do(elements(v[0]))), nil }

// DiffWRT says that the function has a derivative.
func (op *plantedOp) DiffWRT(int) []bool { return []bool{true} }

// SymDiff is the rule of the tape.
func (op *plantedOp) SymDiff(in G.Nodes, _, grad *G.Node) (G.Nodes, error) {
	n, err := G.ApplyOp(&plantedRule{op}, in[0], grad)
	if err == nil && op.bent {
		n, err = G.Reshape(n, tensor.Shape{1, n.Shape().TotalSize()})
	}
	return G.Nodes{n}, err
}

// DoDiff is the rule of the LispMachine: it adds to the gradient of the input.
func (op *plantedOp) DoDiff(_ G.ExecutionContext, in G.Nodes, out *G.Node) error {
	g, err := out.Grad()
	if err != nil {
		return err
	}
	sum, err := in[0].Grad()
	if err != nil {
		return err
	}
	total := sum.Data().([]float64)
	for i, v := range op.lisp(elements(in[0].Value()), elements(g)) {
		total[i] += v
	}
	return nil
}

// ReturnsPtr is false: the result is a new vector.
func (op *plantedOp) ReturnsPtr() bool { return false }

// CallsExtern is false.
func (op *plantedOp) CallsExtern() bool { return false }

// OverwritesInput is -1: it does not.
func (op *plantedOp) OverwritesInput() int { return -1 }

// WriteHash writes the name.
func (op *plantedOp) WriteHash(h hash.Hash) { fmt.Fprint(h, op.String()) }

// Hashcode is of the name.
func (op *plantedOp) Hashcode() uint32 { return hashed(op.String()) }

// String is the name.
func (op *plantedOp) String() string { return "planted " + op.name }

// plantedRule is the derivative of a planted function as an operation of the tape.
type plantedRule struct{ of *plantedOp }

// Arity is 2: the point and the cotangents.
func (r *plantedRule) Arity() int { return 2 }

// Type has both of one type.
func (r *plantedRule) Type() hm.Type {
	a := hm.TypeVariable('a')
	return hm.NewFnType(a, a, a)
}

// InferShape is that of the point.
func (r *plantedRule) InferShape(in ...G.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}

// Do evaluates the rule.
func (r *plantedRule) Do(v ...G.Value) (G.Value, error) {
	return vector(r.of.tape(elements(v[0]), elements(v[1]))), nil
}

// ReturnsPtr is false.
func (r *plantedRule) ReturnsPtr() bool { return false }

// CallsExtern is false.
func (r *plantedRule) CallsExtern() bool { return false }

// OverwritesInput is -1.
func (r *plantedRule) OverwritesInput() int { return -1 }

// WriteHash writes the name.
func (r *plantedRule) WriteHash(h hash.Hash) { fmt.Fprint(h, r.String()) }

// Hashcode is of the name.
func (r *plantedRule) Hashcode() uint32 { return hashed(r.String()) }

// String is the name.
func (r *plantedRule) String() string { return "rule of " + r.of.name }

func hashed(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum32()
}

func vector(x []float64) G.Value {
	return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))
}

func elements(v G.Value) []float64 { return arrayOf(v).data }
