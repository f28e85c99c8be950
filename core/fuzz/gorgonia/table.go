package gorgonia

import (
	"strings"

	G "gorgonia.org/gorgonia"

	"assay/core/fuzz"
)

// callable is a function that is an argument of another, and its Go source.
type callable struct {
	fn     any
	source string
}

// functions are what a KindName value may name.
var functions = map[string]callable{
	"gorgonia.BroadcastAdd":          {G.BroadcastAdd, "G.BroadcastAdd"},
	"gorgonia.BroadcastSub":          {G.BroadcastSub, "G.BroadcastSub"},
	"gorgonia.BroadcastHadamardProd": {G.BroadcastHadamardProd, "G.BroadcastHadamardProd"},
	"gorgonia.BroadcastHadamardDiv":  {G.BroadcastHadamardDiv, "G.BroadcastHadamardDiv"},
	"gorgonia.BroadcastPow":          {G.BroadcastPow, "G.BroadcastPow"},
	"gorgonia.Sum along 1": {
		func(a *G.Node) (*G.Node, error) { return G.Sum(a, 1) },
		"func(a *G.Node) (*G.Node, error) { return G.Sum(a, 1) }",
	},
	"gorgonia.Max along 0": {
		func(a *G.Node) (*G.Node, error) { return G.Max(a, 0) },
		"func(a *G.Node) (*G.Node, error) { return G.Max(a, 0) }",
	},
	"gorgonia.Mean along 1": {
		func(a *G.Node) (*G.Node, error) { return G.Mean(a, 1) },
		"func(a *G.Node) (*G.Node, error) { return G.Mean(a, 1) }",
	},
}

// all lists the public differentiable functions of Gorgonia v0.9.18, each with
// cases that are known to run. What the library refuses to differentiate (Sign,
// comparisons, At) is listed too: the refusal is a result.
func all() []*api {
	var out []*api
	add := func(list ...[]*api) {
		for _, l := range list {
			out = append(out, l...)
		}
	}
	add(unary(), pairs(), broadcast(), reductions(), linear(), shapes(), networks(), losses())
	for _, a := range out {
		for i := range a.seeds {
			a.seeds[i].API = a.public()
		}
	}
	return out
}

func unary() []*api {
	one := func(name string, fn func(*G.Node) (*G.Node, error), x func(...int) fuzz.Value) *api {
		return &api{name: name, family: "unary", fn: fn, seeds: []fuzz.Case{args(x(3)), args(x(2, 3)), args(x()), args(x(2, 1, 2))}}
	}
	all := []*api{
		one("Abs", G.Abs, mixed), one("Sign", G.Sign, mixed), one("Ceil", G.Ceil, mixed), one("Floor", G.Floor, mixed),
		one("Sin", G.Sin, mixed), one("Cos", G.Cos, mixed), one("Exp", G.Exp, mixed), one("Log", G.Log, positive),
		one("Log2", G.Log2, positive), one("Neg", G.Neg, mixed), one("Square", G.Square, mixed), one("Sqrt", G.Sqrt, positive),
		one("Inverse", G.Inverse, mixed), one("InverseSqrt", G.InverseSqrt, positive), one("Cube", G.Cube, mixed),
		one("Tanh", G.Tanh, mixed), one("Sigmoid", G.Sigmoid, mixed), one("Log1p", G.Log1p, positive), one("Expm1", G.Expm1, mixed),
		one("Softplus", G.Softplus, mixed), one("Mish", G.Mish, mixed), one("Rectify", G.Rectify, mixed),
	}
	return append(all, &api{name: "LeakyRelu", family: "unary", fn: G.LeakyRelu, seeds: []fuzz.Case{
		args(mixed(4), decimal(0.1)), args(mixed(2, 3), decimal(0.25)),
	}})
}

func pairs() []*api {
	type two = func(a, b *G.Node) (*G.Node, error)
	pair := func(name string, fn two, x, y func(...int) fuzz.Value) *api {
		return &api{name: name, family: "binary", fn: fn, seeds: []fuzz.Case{
			args(x(3), y(3)), args(x(2, 3), y(2, 3)), args(x(), y()), args(x(3), y()), args(x(), y(2, 2)),
		}}
	}
	all := []*api{
		pair("Add", G.Add, mixed, other), pair("Sub", G.Sub, mixed, other), pair("HadamardProd", G.HadamardProd, mixed, other),
		pair("HadamardDiv", G.HadamardDiv, mixed, positive2), pair("Pow", G.Pow, positive, other),
		pair("Div", G.Div, mixed, positive2), pair("MinBetween", G.MinBetween, mixed, other), pair("MaxBetween", G.MaxBetween, mixed, other),
	}
	for _, a := range all[6:] {
		a.seeds, a.cause = a.seeds[:2], "MinMaxBetween" // no scalars; one rule for both
	}
	all[5].cause = "HadamardDiv"
	type compare = func(a, b *G.Node, same bool) (*G.Node, error)
	for _, c := range []struct {
		name string
		fn   compare
	}{{"Lt", G.Lt}, {"Gt", G.Gt}, {"Lte", G.Lte}, {"Gte", G.Gte}, {"Eq", G.Eq}, {"Ne", G.Ne}} {
		all = append(all, &api{name: c.name, family: "comparison", fn: c.fn, seeds: []fuzz.Case{
			args(mixed(3), other(3), boolean(true)), args(mixed(2, 2), other(2, 2), boolean(true)),
		}})
	}
	return all
}

func broadcast() []*api {
	var all []*api
	patterns := func(x, y func(...int) fuzz.Value) []fuzz.Case {
		return []fuzz.Case{
			args(x(2, 3), y(1, 3), integers(), integers(0)), args(x(2, 1), y(2, 3), integers(1), integers()),
			args(x(2, 1), y(1, 3), integers(1), integers(0)), args(x(2, 3), y(2, 1), integers(), integers(1)),
			args(x(2, 1, 2), y(2, 3, 2), integers(1), integers()),
		}
	}
	auto := func(name, below string, x, y func(...int) fuzz.Value) *api {
		op := named("gorgonia." + name)
		return &api{name: "Auto", suffix: name, family: "broadcast", cause: below, fn: G.Auto, seeds: []fuzz.Case{
			args(op, x(2, 3), y(1, 3)), args(op, x(2, 1), y(2, 3)),
		}}
	}
	for _, b := range []struct {
		name string
		fn   func(a, b *G.Node, left, right []byte) (*G.Node, error)
		x, y func(...int) fuzz.Value
	}{
		{"BroadcastAdd", G.BroadcastAdd, mixed, other}, {"BroadcastSub", G.BroadcastSub, mixed, other},
		{"BroadcastHadamardProd", G.BroadcastHadamardProd, mixed, other},
		{"BroadcastHadamardDiv", G.BroadcastHadamardDiv, mixed, positive2}, {"BroadcastPow", G.BroadcastPow, positive, other},
	} {
		below := strings.TrimPrefix(b.name, "Broadcast") // broadcasts repeat, then apply it
		all = append(all, &api{name: b.name, family: "broadcast", cause: below, fn: b.fn, seeds: patterns(b.x, b.y), known: broadcastIssues()},
			auto(b.name, below, b.x, b.y))
	}
	for _, c := range []struct {
		name string
		fn   func(a, b *G.Node, same bool, left, right []byte) (*G.Node, error)
	}{
		{"BroadcastLt", G.BroadcastLt}, {"BroadcastGt", G.BroadcastGt}, {"BroadcastLte", G.BroadcastLte},
		{"BroadcastGte", G.BroadcastGte}, {"BroadcastEq", G.BroadcastEq}, {"BroadcastNe", G.BroadcastNe},
	} {
		all = append(all, &api{name: c.name, family: "comparison", fn: c.fn, seeds: []fuzz.Case{
			args(mixed(2, 3), other(1, 3), boolean(true), integers(), integers(0)),
		}})
	}
	return all
}

// broadcastIssues are public: gradients through broadcasts and reductions of some
// shapes crash or fail.
func broadcastIssues() []fuzz.Known {
	return []fuzz.Known{
		{Ref: "gorgonia 383", Category: fuzz.Crash}, {Ref: "gorgonia 383", Category: fuzz.Status}, {Ref: "gorgonia 217", Category: fuzz.ShapeDType},
	}
}
