package oracle_test

import (
	"encoding/json"
	"math"
	"testing"

	"assay/core/fuzz"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/wire"
)

var strict = oracle.Settings{Variant: oracle.Strict, Eps: 1e-6, Reverse: "tape", Forward: "lisp"}

// observed makes the observation of f at x whose two modes claim the given Jacobians.
func observed(x []float64, f func([]float64) []float64, rev, fwd []float64) (*fuzz.Case, *wire.Observation) {
	t := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{len(x)}, Diff: true}
	t.SetFloats(x)
	c := &fuzz.Case{API: "test.f", Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: t}}}
	y := f(x)
	values := wire.NewBlock(1, len(y), y)
	o := &wire.Observation{N: len(x), M: len(y), Same: true, Out: []wire.Output{{DType: fuzz.F64, Shape: []int{len(y)}}},
		Values: map[wire.Stage]wire.Block{wire.Direct: values, wire.Rev: values, wire.Fwd: values},
		Jac:    map[wire.Stage]wire.Block{wire.Rev: wire.NewBlock(len(y), len(x), rev), wire.Fwd: wire.NewBlock(len(y), len(x), fwd)},
		Grads:  []wire.Grad{{DType: fuzz.F64, Shape: []int{len(x)}}}}
	around := func(h float64) wire.Block {
		var all []float64
		for i := range x {
			z := append([]float64{}, x...)
			z[i] += h
			all = append(all, f(z)...)
		}
		return wire.NewBlock(len(x), len(y), all)
	}
	o.ND = &wire.Stencil{Base: values, Plus: around(1e-6), Minus: around(-1e-6), Plus4: around(4e-6), Minus4: around(-4e-6)}
	return c, o
}

func each(f func(float64) float64) func([]float64) []float64 {
	return func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			y[i] = f(x[i])
		}
		return y
	}
}

// direction is that of a vector with the sign that Householder's reflections give it:
// plus on the axis, minus beside it.
func direction(x []float64) []float64 {
	n := math.Hypot(x[0], x[1])
	if x[1] != 0 {
		n = -n
	}
	return []float64{x[0] / n, x[1] / n}
}

func linear(x []float64) []float64 { return []float64{x[0] + 3*x[1], 5*x[0] + 7*x[1]} }

// The odd one out is named, with its pattern.
func TestTheOddOneOutIsNamed(t *testing.T) {
	square := each(func(x float64) float64 { return x * x })
	for _, tt := range []struct {
		name     string
		x        []float64
		f        func([]float64) []float64
		rev, fwd []float64
		category string
		wrong    fuzz.Wrong
		pattern  string
		verdict  fuzz.Verdict
	}{
		{"both right", []float64{0.3}, square, []float64{0.6}, []float64{0.6}, "", "", "", fuzz.Pass},
		{"half", []float64{0.3}, square, []float64{0.3}, []float64{0.6}, fuzz.GradRevND, fuzz.WrongReverse, "scaled by 0.5", fuzz.Candidate},
		{"forward", []float64{0.3}, square, []float64{0.6}, []float64{0.9}, fuzz.GradFwdND, fuzz.WrongForward, "scaled by 1.5", fuzz.Candidate},
		{"sign of both", []float64{0.3}, square, []float64{-0.6}, []float64{-0.6}, fuzz.GradRevND, fuzz.WrongBoth, "sign", fuzz.Candidate},
		{"transposed", []float64{0.3, 0.4}, linear, []float64{1, 5, 3, 7}, []float64{1, 3, 5, 7}, fuzz.GradRevND, fuzz.WrongReverse, "transposed", fuzz.Candidate},
		{"one entry", []float64{0.3, 0.4}, linear, []float64{1, 3, 5, 7}, []float64{1, 3, 0.5, 7.0}, fuzz.GradFwdND, fuzz.WrongForward, "scaled by 0.1", fuzz.Candidate},
		{"zero", []float64{0.3, 0.4}, linear, []float64{0, 0, 0, 0}, []float64{1, 3, 5, 7}, fuzz.GradRevND, fuzz.WrongReverse, "zero", fuzz.Candidate},
		{"NaN", []float64{0.3}, square, []float64{math.NaN()}, []float64{0.6}, fuzz.NaNMask, fuzz.WrongReverse, "NaN", fuzz.Candidate},
		{"kink within its slopes", []float64{0}, each(math.Abs), []float64{0}, []float64{1}, "", "", "", fuzz.Subgradient},
		{"a blunt kink and its right slope", []float64{0}, each(func(x float64) float64 { return math.Max(x, 0.97*x) }), []float64{1}, []float64{0.97}, "", "", "", fuzz.Subgradient},
		{"kink outside them", []float64{0}, each(math.Abs), []float64{3}, []float64{3}, fuzz.GradRevND, fuzz.WrongBoth, "scaled by 3", fuzz.Candidate},
		{"a jump", []float64{0.3}, each(func(x float64) float64 { return math.Floor(10*x) / 10 }), []float64{1}, []float64{1}, "", "", "", fuzz.NDUnreliable},
		{"no domain to the left", []float64{0}, each(math.Sqrt), []float64{math.Inf(1)}, []float64{math.Inf(1)}, "", "", "", fuzz.Domain},
		{"a jump beside the point", []float64{1, 0}, direction, []float64{0, 0, 0, 1}, []float64{0, 0, 0, 1}, "", "", "", fuzz.NDUnreliable},
		{"a large value", []float64{600}, each(math.Exp), []float64{math.Exp(600)}, []float64{math.Exp(600)}, "", "", "", fuzz.Pass},
	} {
		c, o := observed(tt.x, tt.f, tt.rev, tt.fwd)
		r := strict.First(c, o)
		if r.Verdict != tt.verdict {
			t.Errorf("%s: verdict %s, want %s", tt.name, r.Verdict, tt.verdict)
		}
		if tt.category == "" {
			if len(r.Suspicions) > 0 {
				t.Errorf("%s: raised %+v", tt.name, r.Suspicions[0])
			}
			continue
		}
		if len(r.Suspicions) != 1 {
			t.Errorf("%s: %d suspicions", tt.name, len(r.Suspicions))
			continue
		}
		if u := r.Suspicions[0]; u.Category != tt.category || u.Wrong != tt.wrong || u.Pattern != tt.pattern {
			t.Errorf("%s: %s %s %s, want %s %s %s", tt.name, u.Category, u.Wrong, u.Pattern, tt.category, tt.wrong, tt.pattern)
		}
		if r.Checks != 3 {
			t.Errorf("%s: %d checks, want R-W, R-N and W-N", tt.name, r.Checks)
		}
	}
}

func TestFailuresAreSorted(t *testing.T) {
	c, o := observed([]float64{0.3}, each(math.Sin), []float64{math.Cos(0.3)}, []float64{math.Cos(0.3)})
	delete(o.Jac, wire.Fwd)
	o.Fail = map[wire.Stage]wire.Fault{wire.Fwd: {Type: "NotImplementedError", Text: "no", Refused: true}}
	if r := strict.First(c, o); r.Verdict != fuzz.Pass || len(r.Refused) != 1 {
		t.Errorf("a refusal: %+v", r)
	}
	o.Fail[wire.Fwd] = wire.Fault{Type: "RuntimeError", Text: "size mismatch"}
	if r := strict.First(c, o); len(r.Suspicions) != 1 || r.Suspicions[0].Category != fuzz.Status || r.Suspicions[0].Mode != "lisp" {
		t.Errorf("a failure: %+v", r)
	}
	o.Fail[wire.Fwd] = wire.Fault{Type: "RuntimeError", Text: "x INTERNAL ASSERT FAILED at"}
	if r := strict.First(c, o); len(r.Suspicions) != 1 || r.Suspicions[0].Category != fuzz.Crash {
		t.Errorf("an assertion: %+v", r)
	}
	o.Fail = map[wire.Stage]wire.Fault{wire.Direct: {Type: "ValueError", Text: "bad shape"}}
	if r := strict.First(c, o); r.Verdict != fuzz.DirectFail || len(r.Suspicions) != 0 {
		t.Errorf("a refused input: %+v", r)
	}
}

// Second order: the composition that differs from differences of the gradient.
func TestSecondOrderNamesTheComposition(t *testing.T) {
	c, o := observed([]float64{0.7}, each(func(x float64) float64 { return x * x * x }), []float64{1.47}, []float64{1.47})
	g := func(x float64) float64 { return 3 * x * x }
	one := func(x float64) wire.Block { return wire.NewBlock(1, 1, []float64{x}) }
	o.NDG = &wire.Stencil{Base: one(g(0.7)), Plus: one(g(0.7 + 1e-6)), Minus: one(g(0.7 - 1e-6)), Plus4: one(g(0.7 + 4e-6)), Minus4: one(g(0.7 - 4e-6))}
	for _, s := range []wire.Stage{wire.RR, wire.WR, wire.RW} {
		o.Jac[s] = one(4.2)
	}
	o.Jac[wire.WW] = one(2.1)
	r := strict.Second(c, o, 2)
	if len(r.Suspicions) != 1 || r.Suspicions[0].Category != "higher-order:W over W" || r.Suspicions[0].Wrong != fuzz.WrongForward || r.Checks != 4 {
		t.Errorf("got %+v", r)
	}
	for _, s := range []wire.Stage{wire.RR, wire.WR, wire.RW, wire.WW} {
		o.Jac[s] = one(2.1) // all agree: the differences are at fault
	}
	if r := strict.Second(c, o, 2); len(r.Suspicions) != 0 || r.Verdict != fuzz.NonDiff {
		t.Errorf("all against the differences: %+v", r)
	}
}

// What grows in every round is a leak; what fills up once, or jumps once, is not.
func TestALeakGrowsInEveryRound(t *testing.T) {
	const kib = 1 << 10
	for _, tt := range []struct {
		name   string
		growth map[wire.Stage]wire.Growth
		wrong  fuzz.Wrong
	}{
		{"backward", map[wire.Stage]wire.Growth{wire.Direct: {Calls: 200, Bytes: []int64{0}}, wire.Rev: {Calls: 200, Bytes: []int64{1600 * kib, 1604 * kib, 1596 * kib}}}, fuzz.WrongReverse},
		{"every mode", map[wire.Stage]wire.Growth{wire.Direct: {Calls: 200, Bytes: []int64{100 * kib, 100 * kib, 104 * kib}}, wire.Rev: {Calls: 200, Bytes: []int64{200 * kib, 200 * kib, 204 * kib}}}, fuzz.WrongValue},
		{"a cache", map[wire.Stage]wire.Growth{wire.Fwd: {Calls: 200, Bytes: []int64{1600 * kib, 400 * kib, 0}}}, ""},
		{"one jump", map[wire.Stage]wire.Growth{wire.Fwd: {Calls: 200, Bytes: []int64{80 * kib, 9000 * kib, 80 * kib}}}, ""},
		{"pages of an allocator", map[wire.Stage]wire.Growth{wire.Fwd: {Calls: 200, Bytes: []int64{4 * kib, 8 * kib, 4 * kib}}}, ""},
	} {
		c, o := observed([]float64{0.3}, each(math.Sin), []float64{math.Cos(0.3)}, []float64{math.Cos(0.3)})
		o.Growth = tt.growth
		r := strict.First(c, o)
		if tt.wrong == "" {
			if r.Verdict != fuzz.Pass {
				t.Errorf("%s: %+v", tt.name, r)
			}
			continue
		}
		if len(r.Suspicions) != 1 || r.Suspicions[0].Category != fuzz.Leak || r.Suspicions[0].Wrong != tt.wrong || r.Suspicions[0].Text == "" {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

// Whatever a worker claims to have observed, the oracle comes to a verdict.
func FuzzObservation(f *testing.F) {
	c, o := observed([]float64{0.3, 0.4}, linear, []float64{1, 5, 3, 7}, []float64{1, 3, 5, 7})
	o.NDG = o.ND
	for _, s := range []wire.Stage{wire.RR, wire.WW, wire.Vmap, wire.Rev64} {
		o.Jac[s] = o.Jac[wire.Rev]
	}
	add := func() {
		data, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	add()
	o.Jac[wire.Rev] = wire.NewBlock(1, 1, []float64{math.NaN()})
	o.Grads = append(o.Grads, wire.Grad{None: true}, wire.Grad{})
	add()
	o.ND.Plus, o.N, o.M = wire.Block{}, 1<<40, 7
	add()
	f.Fuzz(func(t *testing.T, data []byte) {
		var o wire.Observation
		if json.Unmarshal(data, &o) != nil || !o.Whole() {
			return
		}
		for _, v := range oracle.Variants() {
			s := strict
			s.Variant = oracle.Variant(v)
			for _, r := range []oracle.Report{s.First(c, &o), s.Second(c, &o, 2)} {
				if r.Verdict == "" {
					t.Errorf("%s: no verdict", v)
				}
				for i := range r.Suspicions {
					s.Smooth(r, o.ND, &r.Suspicions[i])
				}
			}
		}
	})
}

// A NaN beside a gradient without bound is zero times infinity, and a second
// derivative that is not symmetric was taken of something that is no gradient.
func TestSecondOrderNeedsAGradient(t *testing.T) {
	c, o := observed([]float64{0.7, 0.2}, linear, []float64{1, 3, 5, 7}, []float64{1, 3, 5, 7})
	around := func(H []float64, h float64) wire.Block {
		x := make([]float64, 4)
		for i := range x {
			x[i] = 1 + h*H[i]
		}
		return wire.NewBlock(2, 2, x)
	}
	stencil := func(H []float64) *wire.Stencil {
		return &wire.Stencil{Base: wire.NewBlock(1, 2, []float64{1, 1}), Plus: around(H, 1e-6), Minus: around(H, -1e-6), Plus4: around(H, 4e-6), Minus4: around(H, -4e-6)}
	}
	nan := wire.NewBlock(2, 2, []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()})
	o.NDG, o.Jac[wire.WW] = stencil([]float64{1, 2, 2, 5}), nan
	if r := strict.Second(c, o, 2); len(r.Suspicions) != 1 || r.Suspicions[0].Pattern != "NaN" {
		t.Errorf("NaN at a regular point: %+v", r)
	}
	o.Unbounded = true
	if r := strict.Second(c, o, 2); len(r.Suspicions) != 0 {
		t.Errorf("NaN beside an infinite slope: %+v", r)
	}
	o.Unbounded, o.NDG, o.Jac[wire.WW] = false, stencil([]float64{1, 2, 3, 5}), wire.NewBlock(2, 2, []float64{1, 3, 2, 5})
	if r := strict.Second(c, o, 2); len(r.Suspicions) != 0 || r.Verdict != fuzz.NDUnreliable {
		t.Errorf("an asymmetric reference: %+v", r)
	}
}

// The error of a rule is the same beside the point, or gone there; rounding that a
// formula blows up is another one each time.
func TestAnErrorIsThatOfARule(t *testing.T) {
	square := each(func(x float64) float64 { return x * x })
	c, o := observed([]float64{0.3}, square, []float64{0.66}, []float64{0.6})
	r := strict.First(c, o)
	if len(r.Suspicions) != 1 {
		t.Fatalf("%+v", r)
	}
	for rev, want := range map[float64]bool{0.6602: true, 0.6002: true, 0.57: false, 0.9: false} {
		_, beside := observed([]float64{0.3001}, square, []float64{rev}, []float64{0.6002})
		if got := strict.Steady(r, beside, &r.Suspicions[0]); got != want {
			t.Errorf("0.66 for 0.6, and %g for 0.6002 beside it: a rule %t", rev, got)
		}
	}
}
