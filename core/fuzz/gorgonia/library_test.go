package gorgonia_test

import (
	"math"
	"strings"
	"testing"

	"assay/core/fuzz"
	"assay/core/fuzz/gorgonia"
	"assay/core/fuzz/wire"
)

func apis(t *testing.T, l *gorgonia.Library, set string) map[string]fuzz.API {
	t.Helper()
	out := map[string]fuzz.API{}
	if err := l.Enum(set, func(a fuzz.API) error { out[a.Name] = a; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func observe(t *testing.T, l *gorgonia.Library, c fuzz.Case, want ...wire.Stage) *wire.Observation {
	t.Helper()
	o, err := l.Observe(&c, &wire.Ask{Want: want, Repeat: 2, Eps: 1e-6, Cols: 64, Rows: 64}, func(wire.Stage) error { return nil })
	if err != nil {
		t.Fatalf("%s: %v", c.API, err)
	}
	return o
}

// slopes are the central differences of an observation as a Jacobian.
func slopes(o *wire.Observation) []float64 {
	plus, minus := o.ND.Plus.Floats(), o.ND.Minus.Floats()
	out := make([]float64, o.M*o.N)
	for col := range o.N {
		for row := range o.M {
			out[row*o.N+col] = (plus[col*o.M+row] - minus[col*o.M+row]) / 2e-6
		}
	}
	return out
}

func worst(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	w := 0.0
	for i := range a {
		w = math.Max(w, math.Abs(a[i]-b[i]))
	}
	return w
}

func TestEverySeedRuns(t *testing.T) {
	l := gorgonia.NewLibrary()
	all := apis(t, l, "")
	if len(all) < 80 {
		t.Errorf("%d APIs", len(all))
	}
	for name, a := range all {
		if len(a.Seeds) == 0 || !strings.HasPrefix(name, "gorgonia.") {
			t.Errorf("%s has %d seeds", name, len(a.Seeds))
		}
		for i, c := range a.Seeds {
			o := observe(t, l, c, wire.Direct)
			if len(o.Fail) > 0 || o.M == 0 || o.N == 0 {
				t.Errorf("%s, seed %d: %d outputs, %d inputs, %v", name, i, o.M, o.N, o.Fail)
			}
			if c.Reals() > 40 {
				t.Errorf("%s, seed %d: %d input elements are many", name, i, c.Reals())
			}
		}
	}
}

// The rules of these are right in both differentiators. It is what shows that a
// difference elsewhere is not one of the evaluation.
func TestRightRulesAgreeWithDifferences(t *testing.T) {
	l := gorgonia.NewLibrary()
	all := apis(t, l, "")
	for _, name := range []string{
		"Sin", "Exp", "Log", "Square", "Cube", "Tanh", "Sigmoid", "Softplus", "Mish", "Add", "Sub", "HadamardProd", "HadamardDiv",
		"BroadcastHadamardProd", "BroadcastSub", "Sum.along", "Mean", "SoftMax", "Mul.matmul", "Mul.matvec", "BatchedMatMul",
		"Reshape", "Transpose", "Slice", "Unconcat", "Conv2d", "MaxPool2D", "BinaryXent",
	} {
		for i, c := range all["gorgonia."+name].Seeds {
			o := observe(t, l, c, wire.Direct, wire.Rev, wire.Fwd, wire.ND)
			nd := slopes(o)
			for _, s := range []wire.Stage{wire.Rev, wire.Fwd} {
				// 1e-6 is the truncation and rounding of differences at values around 1.
				if w := worst(o.Jac[s].Floats(), nd); w > 1e-6 || len(o.Fail) > 0 {
					t.Errorf("%s, seed %d, %s: off by %g, %v", name, i, s, w, o.Fail)
				}
				if w := worst(o.Values[s].Floats(), o.Values[wire.Direct].Floats()); w != 0 {
					t.Errorf("%s, seed %d, %s: the value is another by %g", name, i, s, w)
				}
			}
		}
	}
}

// The tape's rule of log2 is ln2/x where 1/(x ln2) is right: by hand, a factor of ln2².
func TestTheRuleOfLog2IsWrongOnTheTapeOnly(t *testing.T) {
	l := gorgonia.NewLibrary()
	c := apis(t, l, "")["gorgonia.Log2"].Seeds[0]
	x := c.Inputs()[0].Floats()
	o := observe(t, l, c, wire.Direct, wire.Rev, wire.Fwd)
	rev, fwd := o.Jac[wire.Rev].Floats(), o.Jac[wire.Fwd].Floats()
	for i := range x {
		right := 1 / (x[i] * math.Ln2)
		if got := fwd[i*len(x)+i]; math.Abs(got-right) > 1e-12 {
			t.Errorf("lisp: d log2(%g) is %g, not %g", x[i], got, right)
		}
		if got := rev[i*len(x)+i]; math.Abs(got-right*math.Ln2*math.Ln2) > 1e-12 {
			t.Errorf("tape: d log2(%g) is %g, not %g as in v0.9.18", x[i], got, right*math.Ln2*math.Ln2)
		}
	}
}

func TestSinglePrecisionIsRunAsSuch(t *testing.T) {
	l := gorgonia.NewLibrary()
	c := apis(t, l, "")["gorgonia.Sin"].Seeds[0].Clone()
	in := c.Inputs()[0]
	x := in.Floats()
	in.DType = fuzz.F32
	in.SetFloats(x)
	o := observe(t, l, *c, wire.Direct, wire.Rev, wire.Rev64)
	if o.Out[0].DType != fuzz.F32 || o.Grads[0].DType != fuzz.F32 {
		t.Errorf("output %v, gradient %v", o.Out, o.Grads)
	}
	if w := worst(o.Jac[wire.Rev].Floats(), o.Jac[wire.Rev64].Floats()); w == 0 || w > 1e-6 {
		t.Errorf("f32 and f64 differ by %g", w)
	}
}

func TestRefusalsAndBadCasesAreFaults(t *testing.T) {
	l := gorgonia.NewLibrary()
	all := apis(t, l, "")
	if f := observe(t, l, all["gorgonia.Sign"].Seeds[0], wire.Direct, wire.Rev, wire.Fwd).Fail; !f[wire.Rev].Refused || !f[wire.Fwd].Refused {
		t.Errorf("Sign has no derivative: %v", f)
	}
	for name, change := range map[string]func(*fuzz.Case){
		"type":    func(c *fuzz.Case) { c.Args[0].Tensor.DType = fuzz.F16 },
		"data":    func(c *fuzz.Case) { c.Args[0].Tensor.Data = c.Args[0].Tensor.Data[:8] },
		"kind":    func(c *fuzz.Case) { c.Args[0] = fuzz.Value{Kind: fuzz.KindStr, Str: "x"} },
		"few":     func(c *fuzz.Case) { c.Args = nil },
		"many":    func(c *fuzz.Case) { c.Args = append(c.Args, c.Args[0].Clone()) },
		"keyword": func(c *fuzz.Case) { c.Kwargs = []fuzz.Named{{Name: "axis"}} },
		"post":    func(c *fuzz.Case) { c.Post = "real" },
	} {
		c := all["gorgonia.Sin"].Seeds[0].Clone()
		change(c)
		o := observe(t, l, *c, wire.Direct)
		if len(o.Fail) != 1 || o.M != 0 {
			t.Errorf("%s: %v", name, o.Fail)
		}
	}
	if _, err := l.Observe(&fuzz.Case{API: "gorgonia.Nothing"}, &wire.Ask{}, func(wire.Stage) error { return nil }); err == nil {
		t.Error("an unknown API passed")
	}
}

// The rules of the self-test do what they are planted for; those that end or stop a
// process are for the harness to meet.
func TestPlantedRulesAreWrongAsListed(t *testing.T) {
	l := gorgonia.NewLibrary()
	all := apis(t, l, "planted")
	jac := func(name string, s wire.Stage) []float64 {
		return observe(t, l, all["gorgonia.planted."+name].Seeds[0], wire.Direct, s).Jac[s].Floats()
	}
	for _, tc := range []struct {
		name       string
		tape, lisp []float64 // first row
	}{
		{"square", []float64{0.6, 0}, []float64{0.6, 0}},
		{"square half", []float64{0.3, 0}, []float64{0.6, 0}},
		{"square 3/2", []float64{0.6, 0}, []float64{0.9, 0}},
		{"sine", []float64{-math.Cos(0.3), 0}, []float64{-math.Cos(0.3), 0}},
		{"matrix", []float64{0, 3, 6}, []float64{0, -1, -2}},
		{"abs outside", []float64{3}, []float64{0}},
	} {
		rev, fwd := jac(tc.name, wire.Rev), jac(tc.name, wire.Fwd)
		if w := worst(rev[:len(tc.tape)], tc.tape); w > 1e-15 {
			t.Errorf("%s: tape %v", tc.name, rev)
		}
		if w := worst(fwd[:len(tc.lisp)], tc.lisp); w > 1e-15 {
			t.Errorf("%s: lisp %v", tc.name, fwd)
		}
	}
	row := observe(t, l, all["gorgonia.planted.row"].Seeds[0], wire.Direct, wire.Rev)
	if g := row.Grads; len(g) != 1 || len(g[0].Shape) != 2 {
		t.Errorf("the gradient of row is %+v, %v", g, row.Fail)
	}
	if observe(t, l, all["gorgonia.planted.noise"].Seeds[0], wire.Direct).Same {
		t.Error("noise was the same twice")
	}
	for name, a := range all {
		if a.Planted == nil || a.Planted.Reason == "" && len(a.Seeds) == 0 {
			t.Errorf("%s: %+v", name, a.Planted)
		}
	}
}
