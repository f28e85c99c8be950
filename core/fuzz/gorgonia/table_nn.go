package gorgonia

import (
	"fmt"
	"math"
	"strings"

	G "gorgonia.org/gorgonia"

	"assay/core/fuzz"
)

func reductions() []*api {
	axes := func(name string, fn func(*G.Node, ...int) (*G.Node, error), suffix string, along ...[]int) *api {
		a := &api{name: name, suffix: suffix, family: "reduction", fn: fn, known: broadcastIssues()}
		for _, l := range along {
			v := []fuzz.Value{mixed(2, 3)}
			if len(l) > 0 && l[len(l)-1] > 1 {
				v[0] = mixed(2, 3, 2)
			}
			for _, axis := range l {
				v = append(v, integer(axis))
			}
			a.seeds = append(a.seeds, args(v...))
		}
		return a
	}
	var all []*api
	for _, r := range []struct {
		name string
		fn   func(*G.Node, ...int) (*G.Node, error)
	}{{"Sum", G.Sum}, {"Mean", G.Mean}, {"Max", G.Max}} {
		whole := axes(r.name, r.fn, "", []int{})
		whole.seeds = append(whole.seeds, args(mixed(4)), args(mixed(2, 2, 2)))
		all = append(all, whole, axes(r.name, r.fn, "along", []int{0}, []int{1}, []int{2}, []int{0, 2}, []int{1, 2}))
	}
	for _, s := range []struct {
		name string
		fn   func(*G.Node, ...int) (*G.Node, error)
	}{{"SoftMax", G.SoftMax}, {"LogSoftMax", G.LogSoftMax}, {"Sparsemax", G.Sparsemax}} {
		cause := strings.TrimPrefix(s.name, "Log") // one operation with a switch
		all = append(all, &api{name: s.name, family: "softmax", cause: cause, fn: s.fn, check: counted, known: []fuzz.Known{{Ref: "gorgonia 286", Category: fuzz.Crash}}, seeds: []fuzz.Case{
			args(mixed(2, 3)), args(mixed(4)), args(mixed(2, 3), integer(1)), args(mixed(2, 3), integer(0)),
		}})
	}
	return append(all,
		&api{name: "Norm", family: "reduction", cause: "Pow", fn: G.Norm, seeds: []fuzz.Case{
			args(positive(2, 3), integer(1), integer(2)), args(positive(2, 3), integer(0), integer(1)), args(positive(2, 3), integer(1), integer(3)), args(positive(4), integer(0), integer(2)),
		}},
		&api{name: "LogSumExp", family: "reduction", fn: G.LogSumExp, seeds: []fuzz.Case{
			args(mixed(3), integer(0)), args(positive(4), integer(0)),
		}},
		&api{name: "ReduceAdd", family: "reduction", fn: func(n G.Nodes) (*G.Node, error) { return G.ReduceAdd(n) }, seeds: []fuzz.Case{
			args(list(mixed(3), other(3), third(3))), args(list(mixed(2, 2), other(2, 2))),
		}},
		&api{name: "ReduceMul", family: "reduction", fn: func(n G.Nodes) (*G.Node, error) { return G.ReduceMul(n) }, seeds: []fuzz.Case{
			args(list(mixed(3), other(3), third(3))), args(list(mixed(2, 2), other(2, 2))), args(list(mixed(), other(), third())),
		}},
	)
}

func linear() []*api {
	mul := func(suffix string, seeds ...fuzz.Case) *api {
		return &api{name: "Mul", suffix: suffix, family: "linalg", cause: "Mul." + suffix, fn: G.Mul, seeds: seeds}
	}
	return []*api{
		mul("matmul", args(mixed(2, 3), other(3, 2)), args(mixed(2, 2), other(2, 2)), args(mixed(1, 3), other(3, 1))),
		mul("matvec", args(mixed(2, 3), other(3)), args(mixed(3, 3), other(3))),
		mul("vecmat", args(mixed(2), other(2, 3)), args(mixed(3), other(3, 3))),
		mul("dot", args(mixed(3), other(3)), args(mixed(2), other(2))),
		{name: "OuterProd", family: "linalg", fn: G.OuterProd, seeds: []fuzz.Case{args(mixed(2), other(3)), args(mixed(2), other(2))}},
		{name: "BatchedMatMul", family: "linalg", fn: G.BatchedMatMul, known: []fuzz.Known{{Ref: "gorgonia 404"}}, seeds: []fuzz.Case{
			args(mixed(2, 2, 3), other(2, 3, 2)), args(mixed(2, 3, 2), other(2, 3, 2), boolean(true)),
			args(mixed(2, 2, 3), other(2, 2, 3), boolean(false), boolean(true)), args(mixed(2, 3, 2), other(2, 2, 3), boolean(true), boolean(true)),
			args(mixed(1, 2, 2, 2), other(1, 2, 2, 2)),
		}},
		{name: "Tensordot", family: "linalg", fn: G.Tensordot, seeds: []fuzz.Case{
			args(integers(1), integers(0), mixed(2, 3), other(3, 2)), args(integers(0), integers(0), mixed(3), other(3)),
			args(integers(0, 1), integers(0, 1), mixed(2, 2), other(2, 2)), args(integers(0), integers(0), mixed(2, 3), other(2, 2)),
			args(integers(1), integers(1), mixed(2, 3), other(2, 3)), args(integers(0), integers(1), mixed(2, 2), other(3, 2)),
			args(integers(2), integers(0), mixed(2, 2, 2), other(2, 3)),
		}},
	}
}

func shapes() []*api {
	cut := func(a, b, step int) fuzz.Value { return integers(a, b, step) }
	all := fuzz.Value{Kind: fuzz.KindNone}
	return []*api{
		{name: "Reshape", family: "shape", fn: G.Reshape, seeds: []fuzz.Case{
			args(mixed(2, 3), integers(3, 2)), args(mixed(2, 3), integers(6)), args(mixed(4), integers(2, 2)), args(mixed(2, 3), integers(-1, 2)),
		}},
		{name: "Ravel", family: "shape", cause: "Reshape", fn: G.Ravel, seeds: []fuzz.Case{args(mixed(2, 3)), args(mixed(2, 1, 2))}},
		{name: "Transpose", family: "shape", fn: G.Transpose, check: permuted, seeds: []fuzz.Case{
			args(mixed(2, 3)), args(mixed(2, 3), integer(1), integer(0)), args(mixed(2, 3, 2), integer(1), integer(2), integer(0)), args(mixed(2, 3, 2), integer(0), integer(2), integer(1)),
		}},
		{name: "Slice", family: "shape", fn: G.Slice, seeds: []fuzz.Case{
			args(mixed(4), cut(1, 3, 1)), args(mixed(3, 4), cut(0, 2, 1), cut(1, 3, 1)), args(mixed(3, 4), all, cut(1, 2, 1)), args(mixed(4, 2), cut(1, 3, 1)), args(mixed(3, 2), cut(1, 2, 1)),
		}},
		{name: "Slice", suffix: "step", family: "shape", cause: "Slice.step", fn: G.Slice, seeds: []fuzz.Case{
			args(mixed(5), cut(0, 5, 2)), args(mixed(4, 3), cut(0, 4, 2)), args(mixed(4, 4), all, cut(0, 4, 2)),
		}},
		{name: "Concat", family: "shape", fn: G.Concat, check: counted, seeds: []fuzz.Case{
			args(integer(0), mixed(2), other(3)), args(integer(0), mixed(2, 2), other(1, 2)), args(integer(1), mixed(2, 2), other(2, 3)), args(integer(1), mixed(2, 1), other(2, 1), third(2, 2)),
		}},
		{name: "Unconcat", family: "shape", fn: G.Unconcat, seeds: []fuzz.Case{
			args(mixed(4), integer(0), integer(2)), args(mixed(2, 4), integer(1), integer(2)), args(mixed(4, 2), integer(0), integer(2)),
		}},
		{name: "At", family: "shape", noLisp: true, fn: G.At, seeds: []fuzz.Case{args(mixed(3), integer(1)), args(mixed(2, 3), integer(1), integer(2))}},
		{name: "ByIndices", family: "shape", fn: G.ByIndices, seeds: []fuzz.Case{
			args(mixed(3, 2), indices(0, 2), integer(0)), args(mixed(3, 2), indices(1, 1, 0), integer(0)), args(mixed(2, 3), indices(2, 0), integer(1)), args(mixed(4), indices(3, 1), integer(0)),
		}},
		{name: "KeepDims", suffix: "Sum", family: "shape", fn: G.KeepDims, cause: "Sum", seeds: []fuzz.Case{args(mixed(2, 3), boolean(false), named("gorgonia.Sum along 1")), args(mixed(2, 3), boolean(true), named("gorgonia.Sum along 1"))}},
		{name: "KeepDims", suffix: "Mean", family: "shape", fn: G.KeepDims, cause: "Mean", seeds: []fuzz.Case{args(mixed(2, 3), boolean(false), named("gorgonia.Mean along 1"))}},
		{name: "KeepDims", suffix: "Max", family: "shape", fn: G.KeepDims, cause: "Max", seeds: []fuzz.Case{args(mixed(2, 3), boolean(true), named("gorgonia.Max along 0"))}},
	}
}

func networks() []*api {
	return []*api{
		{name: "Conv2d", family: "nn", cause: "Im2Col", fn: G.Conv2d, seeds: []fuzz.Case{
			args(mixed(1, 1, 3, 3), other(1, 1, 2, 2), integers(2, 2), integers(0, 0), integers(1, 1), integers(1, 1)),
			args(mixed(1, 1, 3, 3), other(2, 1, 2, 2), integers(2, 2), integers(1, 1), integers(2, 2), integers(1, 1)),
			args(mixed(1, 2, 2, 3), other(1, 2, 1, 2), integers(1, 2), integers(0, 0), integers(1, 1), integers(1, 1)),
			args(mixed(1, 1, 4, 4), other(1, 1, 2, 2), integers(2, 2), integers(0, 0), integers(1, 1), integers(2, 2)),
			args(mixed(2, 1, 2, 3), other(1, 1, 2, 2), integers(2, 2), integers(0, 1), integers(1, 1), integers(1, 1)),
		}},
		{name: "Conv1d", family: "nn", cause: "Im2Col", fn: G.Conv1d, seeds: []fuzz.Case{
			args(mixed(1, 1, 1, 5), other(1, 1, 1, 2), integer(2), integer(0), integer(1), integer(1)), args(mixed(1, 1, 1, 5), other(1, 1, 1, 3), integer(3), integer(1), integer(2), integer(1)),
		}},
		{name: "Im2Col", family: "nn", fn: G.Im2Col, seeds: []fuzz.Case{
			args(mixed(1, 1, 3, 3), integers(2, 2), integers(0, 0), integers(1, 1), integers(1, 1)),
			args(mixed(1, 2, 2, 3), integers(1, 2), integers(1, 1), integers(2, 1), integers(1, 1)),
		}},
		{name: "MaxPool2D", family: "nn", fn: G.MaxPool2D, check: windows, seeds: []fuzz.Case{
			args(mixed(1, 1, 4, 4), integers(2, 2), integers(0, 0), integers(2, 2)), args(mixed(1, 2, 3, 3), integers(2, 2), integers(0, 0), integers(1, 1)),
			args(mixed(1, 1, 3, 3), integers(2, 2), integers(1, 1), integers(2, 2)), args(mixed(1, 1, 2, 4), integers(1, 2), integers(0, 0), integers(1, 2)),
			args(mixed(2, 1, 2, 2), integers(2, 2), integers(0, 0), integers(1, 1)),
		}},
		{name: "MaxPool1D", family: "nn", cause: "MaxPool2D", fn: G.MaxPool1D, check: windows, seeds: []fuzz.Case{
			args(mixed(1, 1, 1, 6), integer(2), integer(0), integer(2)), args(mixed(1, 1, 1, 5), integer(3), integer(1), integer(1)),
		}},
		{name: "AveragePool2D", family: "nn", fn: G.AveragePool2D, check: windows, seeds: []fuzz.Case{
			args(mixed(1, 1, 4, 4), integers(2, 2), integers(0, 0), integers(2, 2)), args(mixed(1, 2, 3, 3), integers(2, 2), integers(0, 0), integers(1, 1)),
			args(mixed(1, 1, 3, 3), integers(2, 2), integers(1, 1), integers(2, 2)), args(mixed(2, 1, 2, 2), integers(2, 2), integers(0, 0), integers(1, 1)),
		}},
		{name: "AveragePool1D", family: "nn", cause: "AveragePool2D", fn: G.AveragePool1D, check: windows, seeds: []fuzz.Case{
			args(mixed(1, 1, 1, 6), integer(2), integer(0), integer(2)), args(mixed(1, 1, 1, 5), integer(3), integer(1), integer(1)),
		}},
		{name: "GlobalAveragePool2D", family: "nn", fn: G.GlobalAveragePool2D, seeds: []fuzz.Case{args(mixed(1, 2, 2, 2)), args(mixed(2, 1, 2, 3))}},
		{name: "Upsample2D", family: "nn", fn: G.Upsample2D, seeds: []fuzz.Case{args(mixed(1, 1, 2, 2), integer(1)), args(mixed(1, 2, 1, 2), integer(2)), args(mixed(1, 1, 2, 2), integer(3))}},
		{name: "BatchNorm", family: "nn", fn: G.BatchNorm, seeds: []fuzz.Case{
			args(mixed(3, 2), other(3, 2), third(3, 2), decimal(0.9), decimal(1e-3)), args(mixed(2, 1, 2, 2), other(2, 1, 2, 2), third(2, 1, 2, 2), decimal(0.9), decimal(1e-3)),
			args(mixed(4, 2), other(1, 2), third(1, 2), decimal(0.5), decimal(1e-2)), args(mixed(1, 2, 2, 2), other(1, 2, 1, 1), third(1, 2, 1, 1), decimal(0.9), decimal(1e-3)),
		}},
		{name: "GroupNorm", family: "nn", fn: G.GroupNorm, check: wholeGroups, seeds: []fuzz.Case{
			args(mixed(1, 2, 2, 2), other(1, 2, 1, 1), third(1, 2, 1, 1), integer(1), integer(2), decimal(1e-3)),
			args(mixed(1, 4, 2, 2), other(1, 4, 1, 1), third(1, 4, 1, 1), integer(2), integer(4), decimal(1e-3)),
		}},
		{name: "Dropout", family: "nn", fn: G.Dropout, check: keepsAll, seeds: []fuzz.Case{args(mixed(4), decimal(0)), args(mixed(2, 3), decimal(0))}},
	}
}

// wholeGroups asks for the number of channels that there are, in groups of one size.
func wholeGroups(c *fuzz.Case) error {
	shape, groups, channels := c.Args[0].Tensor.Shape, c.Args[3].Int, c.Args[4].Int
	if len(shape) != 4 || channels != int64(shape[1]) || groups < 1 || channels%groups != 0 {
		return fmt.Errorf("%d groups of %d channels for shape %v", groups, channels, shape)
	}
	return nil
}

// windows asks for kernels, paddings and strides that a window can have: the library
// takes an empty or negative kernel and goes on.
func windows(c *fuzz.Case) error {
	least := []int64{1, 0, 1}
	smallest := int64(math.MaxInt64) // side of the kernel
	for i, v := range c.Args[1:] {
		if v.Kind == fuzz.KindInt {
			v.List = []fuzz.Value{v}
		}
		for _, n := range v.List {
			if n.Int < least[i] {
				return fmt.Errorf("argument %d of a window is %d", i+1, n.Int)
			}
			if i == 0 {
				smallest = min(smallest, n.Int)
			}
			if i == 1 && n.Int >= smallest {
				return fmt.Errorf("padding of %d makes windows without an element", n.Int)
			}
		}
	}
	return nil
}

// keepsAll asks for a dropout of nothing: any other draws a mask from the clock at
// each run, and nothing can be compared.
func keepsAll(c *fuzz.Case) error {
	if p := c.Args[1]; p.Float != 0 || p.Int != 0 {
		return fmt.Errorf("a dropout of %v is another one at each run", float64(p.Float))
	}
	return nil
}

// counted asks for axes that the first tensor has, counted from 0.
func counted(c *fuzz.Case) error {
	in := c.Tensors()
	for _, v := range c.Args {
		if v.Kind == fuzz.KindInt && (v.Int < 0 || len(in) > 0 && v.Int >= int64(max(1, len(in[0].Shape)))) {
			return fmt.Errorf("axis %d", v.Int)
		}
	}
	return nil
}

// permuted asks for each axis once where axes are named.
func permuted(c *fuzz.Case) error {
	seen := map[int64]bool{}
	for _, v := range c.Args[1:] {
		seen[v.Int] = true
	}
	for i := range int64(len(c.Args) - 1) {
		if !seen[i] {
			return fmt.Errorf("axis %d is not among %d axes", i, len(c.Args)-1)
		}
	}
	return nil
}

// labels asks for classes that there are, and for lengths within the tensors.
func labels(c *fuzz.Case) error {
	in := c.Tensors()
	if len(in) != 4 || len(in[0].Shape) != 3 {
		return fmt.Errorf("%d tensors", len(in))
	}
	for i, most := range []int{in[0].Shape[2] - 1, in[0].Shape[0], in[1].Elements()} {
		for _, n := range integersOf(in[i+1]) {
			if n < 0 || n > most {
				return fmt.Errorf("tensor %d holds %d", i+1, n)
			}
		}
	}
	return nil
}

func losses() []*api {
	ctc := func(reduction int) fuzz.Case {
		return args(spread(-2.5, -0.3, 0, 4, 1, 3), shaped([]int{1, 2}, 1, 2), indices(4), indices(2), integer(reduction))
	}
	return []*api{
		{name: "BinaryXent", family: "loss", fn: G.BinaryXent, seeds: []fuzz.Case{args(share(3), share2(3)), args(share(2, 2), share2(2, 2))}},
		{name: "CTCLoss", family: "loss", byDesign: "its gradient is that of a log-softmax in front of it, as in warp-ctc", fn: G.CTCLoss, check: labels, seeds: []fuzz.Case{ctc(0), ctc(1)}},
	}
}
