package oracle_test

import (
	"math"
	"testing"

	"assay/core/fuzz"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/wire"
)

// The variants differ where they say so.
func TestVariants(t *testing.T) {
	square := each(func(x float64) float64 { return x * x })
	abs := each(math.Abs)
	up := func(x float64) []float64 { return []float64{math.Nextafter(x, 2)} }
	for _, tt := range []struct {
		name     string
		x        float64
		f        func([]float64) []float64
		rev, fwd float64
		tracked  []float64 // value of the reverse run, where it is another one
		variant  oracle.Variant
		verdict  fuzz.Verdict
		category string
	}{
		{"an error below a tenth", 0.3, square, 0.65, 0.6, nil, oracle.Ref, fuzz.Pass, ""},
		{"an error below a tenth", 0.3, square, 0.65, 0.6, nil, oracle.Strict, fuzz.Candidate, fuzz.GradRevND},
		{"the modes differ: one verdict", 0.3, square, 0.3, 0.6, nil, oracle.Ref, fuzz.Candidate, fuzz.GradRevFwd},
		{"the modes agree", 0.3, square, 0.3, 0.3, nil, oracle.Ref, fuzz.Candidate, fuzz.GradRevND},
		{"a value without end", 0.3, each(func(float64) float64 { return math.NaN() }), 0, 0, nil, oracle.Ref, fuzz.NaN, ""},
		{"NaN in both", 0.3, square, math.NaN(), math.NaN(), nil, oracle.Ref, fuzz.NaN, ""},
		{"NaN in one", 0.3, square, math.NaN(), 0.6, nil, oracle.Ref, fuzz.Candidate, fuzz.NaNMask},
		{"a kink, between its slopes", 0, abs, 1, 1, nil, oracle.Ref, fuzz.Candidate, fuzz.GradRevND}, // left to the neighbours
		{"a kink, between its slopes", 0, abs, 1, 1, nil, oracle.Strict, fuzz.Subgradient, ""},
		{"a kink, between its slopes", 0, abs, 1, 1, nil, oracle.Exact, fuzz.Subgradient, ""},
		{"a kink, a rounding outside", 0, abs, 1.0005, 1, nil, oracle.Strict, fuzz.Subgradient, ""},
		{"a kink, a rounding outside", 0, abs, 1.0005, 1, nil, oracle.Exact, fuzz.Candidate, fuzz.GradRevND},
		{"the last bit of a value", 0.3, square, 0.6, 0.6, up(0.09), oracle.Strict, fuzz.Pass, ""},
		{"the last bit of a value", 0.3, square, 0.6, 0.6, up(0.09), oracle.Exact, fuzz.Candidate, fuzz.ValueDiff},
	} {
		c, o := observed([]float64{tt.x}, tt.f, []float64{tt.rev}, []float64{tt.fwd})
		if tt.tracked != nil {
			o.Values[wire.Rev] = wire.NewBlock(1, 1, tt.tracked)
		}
		s := strict
		s.Variant = tt.variant
		r := s.First(c, o)
		category := ""
		if len(r.Suspicions) > 0 {
			category = r.Suspicions[0].Category
		}
		if r.Verdict != tt.verdict || category != tt.category || len(r.Suspicions) > 1 {
			t.Errorf("%s, %s: %s %s, want %s %s", tt.variant, tt.name, r.Verdict, category, tt.verdict, tt.category)
		}
	}
}

// The released filter looks at the values and the whole derivative of a neighbour, at
// F also where the gradient function is in question: a kink of that one passes.
func TestRefFiltersByTheFunctionItself(t *testing.T) {
	s := strict
	s.Variant = oracle.Ref
	c, o := observed([]float64{0}, each(math.Abs), []float64{1}, []float64{1})
	r := s.First(c, o)
	_, beside := observed([]float64{1e-4}, each(math.Abs), []float64{1}, []float64{1})
	if s.Smooth(r, beside.ND, &r.Suspicions[0]) {
		t.Error("the kink of a value counts as smooth")
	}
	bent := each(func(x float64) float64 { return x * math.Abs(x) / 2 }) // its derivative is |x|
	c, o = observed([]float64{0}, bent, []float64{0}, []float64{0})
	one := func(x float64) wire.Block { return wire.NewBlock(1, 1, []float64{x}) }
	o.NDG = &wire.Stencil{Base: one(0), Plus: one(1e-6), Minus: one(1e-6), Plus4: one(4e-6), Minus4: one(4e-6)}
	o.Jac[wire.RR], o.Jac[wire.WR] = one(1), one(1)
	r = s.Second(c, o, 2)
	if len(r.Suspicions) != 2 || r.Suspicions[0].Category != fuzz.Higher+fuzz.RoverR || r.Suspicions[1].Category != fuzz.Higher+fuzz.WoverR {
		t.Fatalf("got %+v", r)
	}
	_, beside = observed([]float64{1e-4}, bent, []float64{0}, []float64{0})
	if !s.Smooth(r, beside.ND, &r.Suspicions[0]) {
		t.Error("the kink of the gradient function was seen in the function")
	}
}

// Third order has the tolerance of second times ten.
func TestThirdOrderIsLooser(t *testing.T) {
	c, o := observed([]float64{0.7}, each(func(x float64) float64 { return x * x * x }), []float64{1.47}, []float64{1.47})
	one := func(x float64) wire.Block { return wire.NewBlock(1, 1, []float64{x}) }
	g := func(x float64) float64 { return 6 * x }
	o.NDG = &wire.Stencil{Base: one(g(0.7)), Plus: one(g(0.7 + 1e-6)), Minus: one(g(0.7 - 1e-6)), Plus4: one(g(0.7 + 4e-6)), Minus4: one(g(0.7 - 4e-6))}
	o.Jac[wire.RR], o.Jac[wire.WW] = one(6.03), one(6)
	if r := strict.Second(c, o, 2); len(r.Suspicions) != 1 {
		t.Errorf("second: %+v", r)
	}
	if r := strict.Second(c, o, 3); len(r.Suspicions) != 0 || r.Checks != 2 {
		t.Errorf("third: %+v", r)
	}
	o.Jac[wire.WW] = one(3)
	if r := strict.Second(c, o, 3); len(r.Suspicions) != 1 || r.Suspicions[0].Order != 3 || r.Suspicions[0].Pattern != "scaled by 0.5" {
		t.Errorf("third: %+v", r)
	}
}
