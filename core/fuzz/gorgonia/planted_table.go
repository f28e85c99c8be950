package gorgonia

import (
	"math"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"assay/core/fuzz"
)

// twin marks a function whose rules are right; what a filter may take it for is
// listed with it.
func twin(verdict string) *fuzz.Planted { return &fuzz.Planted{Twin: true, Verdict: verdict} }

func faulty(category string, wrong fuzz.Wrong, pattern string) *fuzz.Planted {
	return &fuzz.Planted{Category: category, Wrong: string(wrong), Pattern: pattern}
}

// planted lists the functions of the self-test, in the order of the method's table.
func planted() []*api {
	var out []*api
	add := func(p *fuzz.Planted, op *plantedOp, at ...float64) {
		x := fuzz.Value{Kind: fuzz.KindTensor, Tensor: &fuzz.Tensor{DType: fuzz.F64, Shape: []int{len(at)}, Diff: true}}
		x.Tensor.SetFloats(at)
		a := &api{name: "planted", suffix: op.name, family: "planted", cause: "planted." + op.name, planted: p, fn: op.call, seeds: []fuzz.Case{args(x)}}
		a.seeds[0].API = a.public()
		out = append(out, a)
	}
	scale := func(k float64) rule { return times(func(float64) float64 { return k }) }
	square, double := each(func(x float64) float64 { return x * x }), times(func(x float64) float64 { return 2 * x })
	sign := func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return 0
	}
	abs, same := each(math.Abs), each(func(x float64) float64 { return x })

	add(twin(""), &plantedOp{name: "square", do: square, tape: double, lisp: double}, 0.3, 0.7)
	add(faulty(fuzz.GradRevND, fuzz.WrongReverse, "scaled"), &plantedOp{name: "square half", do: square, tape: times(func(x float64) float64 { return x }), lisp: double}, 0.3, 0.7)
	add(faulty(fuzz.GradFwdND, fuzz.WrongForward, "scaled"), &plantedOp{name: "square 3/2", do: square, tape: double, lisp: times(func(x float64) float64 { return 3 * x })}, 0.3, 0.7)
	minus := times(func(x float64) float64 { return -math.Cos(x) })
	add(faulty(fuzz.GradRevND, fuzz.WrongBoth, "sign"), &plantedOp{name: "sine", do: each(math.Sin), tape: minus, lisp: minus}, 0.3, 0.7)
	a, b := matrix(false), matrix(true)
	add(faulty(fuzz.GradRevND, fuzz.WrongReverse, "transposed"), &plantedOp{name: "matrix", do: a, tape: func(_, g []float64) []float64 { return a(g) }, lisp: func(_, g []float64) []float64 { return b(g) }}, 0.3, -0.7, 1.1)
	add(twin("SUBGRADIENT|PASS|NON_DIFF"), &plantedOp{name: "abs", do: abs, tape: times(sign), lisp: times(sign)}, 0)
	step := times(func(x float64) float64 { return (1 + math.Copysign(1, x+0)) / 2 })
	add(twin("SUBGRADIENT|NON_DIFF"), &plantedOp{name: "relu", do: each(func(x float64) float64 { return math.Max(x, 0) }), tape: step, lisp: step}, 0)
	add(faulty(fuzz.GradRevND, fuzz.WrongReverse, ""), &plantedOp{name: "abs outside", do: abs, tape: scale(3), lisp: times(sign)}, 0)
	add(twin("ND_UNRELIABLE|NON_DIFF|DOMAIN"), &plantedOp{name: "steps", do: each(func(x float64) float64 { return math.Floor(1000*x) / 1000 }), tape: scale(1), lisp: scale(1)}, 0.3)
	add(twin("PRECISION|ND_UNRELIABLE|NON_DIFF"), &plantedOp{name: "narrow", do: each(func(x float64) float64 { return fuzz.F32.Round(x) }), tape: scale(1), lisp: scale(1)}, 0.3)
	add(twin("RANDOM"), &plantedOp{name: "noise", do: each(func(x float64) float64 { return x + 1e-3*rand.Float64() }), tape: scale(1), lisp: scale(1)}, 0.3)
	missing(&out, "detached", fuzz.SilentNone, "an operand without a derivative is refused by the library, never dropped")
	root := times(func(x float64) float64 { return 0.5 / math.Sqrt(x) })
	add(twin("DOMAIN|ND_UNRELIABLE"), &plantedOp{name: "root", do: each(math.Sqrt), tape: root, lisp: root}, 0)
	add(twin("PASS|ND_UNRELIABLE"), &plantedOp{name: "large", do: each(math.Exp), tape: times(math.Exp), lisp: times(math.Exp)}, 600)
	missing(&out, "second rule", fuzz.Higher+fuzz.RoverR, "a second Grad uses stored derivatives again: no second order")
	missing(&out, "nested tangent", fuzz.Higher+fuzz.WoverW, "a second Grad uses stored derivatives again: no second order")
	add(faulty(fuzz.ShapeDType, fuzz.WrongReverse, "shape"), &plantedOp{name: "row", do: same, tape: scale(1), lisp: scale(1), bent: true}, 0.3, 0.7)
	add(faulty(fuzz.Crash, fuzz.WrongReverse, ""), &plantedOp{name: "abort", do: same, lisp: scale(1), tape: func(_, _ []float64) []float64 { panic("planted") }}, 0.3)
	add(faulty(fuzz.Hang, fuzz.WrongForward, ""), &plantedOp{name: "loop", do: same, tape: scale(1), lisp: func(_, _ []float64) []float64 {
		for {
			time.Sleep(time.Second)
		}
	}}, 0.3)
	missing(&out, "conjugate", "", "the library has no complex numbers")
	add(twin("DIRECT_FAIL"), &plantedOp{name: "20 GiB", tape: scale(1), lisp: scale(1), do: func(x []float64) []float64 {
		block := make([]byte, 20<<30)
		block[len(block)-1] = byte(len(x))
		return append([]float64{}, x...)
	}}, 0.3)
	add(twin("PASS"), &plantedOp{name: "talk", tape: scale(1), lisp: scale(1), do: func(x []float64) []float64 {
		line := make([]byte, 1<<20)
		for i := range line {
			line[i] = 'x'
		}
		_, _ = unix.Write(1, line) // as a library that prints: what becomes of it is the harness's business
		return append([]float64{}, x...)
	}}, 0.3)
	return out
}

func missing(out *[]*api, name, category, reason string) {
	a := &api{name: "planted", suffix: name, family: "planted", planted: &fuzz.Planted{Category: category, Reason: reason}}
	*out = append(*out, a)
}

func each(f func(float64) float64) func([]float64) []float64 {
	return func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = f(v)
		}
		return y
	}
}

// times is the rule of an elementwise function with that derivative.
func times(slope func(float64) float64) rule {
	return func(x, g []float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = slope(v) * g[i]
		}
		return y
	}
}

// matrix is the product with a fixed square matrix that is not symmetric, or with its transpose.
func matrix(transposed bool) func([]float64) []float64 {
	return func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			for k := range x {
				r, c := i, k
				if transposed {
					r, c = c, r
				}
				y[i] += (float64(3*r) - float64(c) + 0.5*float64(r*c)) * x[k]
			}
		}
		return y
	}
}
