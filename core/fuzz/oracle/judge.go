package oracle

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// Suspicion is a difference that needs an explanation.
type Suspicion struct {
	Category string
	Oracle   string // D-R, D-W, R-N, W-N, R-W, status, shape
	Order    int
	Wrong    fuzz.Wrong
	Mode     string // the target's word: "tape", "lisp", "reverse", "W over R"
	Pattern  string
	Input    int // differentiable tensor that the worst entry belongs to
	Stage    wire.Stage
	Text     string
	Probe    wire.Stage // nd or ndg: whose neighbours must be smooth; "" needs none
	Bad      []int      // entries that differ
	Evidence fuzz.EvidenceDoc
}

// Report is what the oracle makes of one observation.
type Report struct {
	Verdict    fuzz.Verdict
	Checks     int
	Suspicions []Suspicion
	Numeric    []float64 // N of what the filter for kinks looks at, row-major: the order that was judged, F for Ref
	Rough      bool      // some entry of N is of no use: a jump, a slope without bound, the edge of the domain
	Base       []float64 // values at the point, of Ref alone
	Refused    []wire.Stage
}

// First judges an observation of first order.
func (s Settings) First(c *fuzz.Case, o *wire.Observation) Report {
	if _, failed := o.Fail[wire.Build]; failed {
		return Report{Verdict: fuzz.GenFail}
	}
	if f, failed := o.Fail[wire.Direct]; failed {
		if internal(f) {
			return Report{Verdict: fuzz.Candidate, Suspicions: []Suspicion{s.failure(wire.Direct, f)}}
		}
		return Report{Verdict: fuzz.DirectFail}
	}
	inputs := c.Inputs()
	if o.N == 0 || o.M == 0 || len(inputs) == 0 {
		return Report{Verdict: fuzz.NoDiff}
	}
	if !o.Same {
		return Report{Verdict: fuzz.Random}
	}
	j := &judge{Settings: s, c: c, o: o, dtype: inputs[0].DType, order: 1}
	if s.Variant == Ref {
		j.around()
		return j.refFirst()
	}
	j.status(wire.Rev, wire.Fwd)
	j.tracked(wire.Rev, fuzz.WrongReverse)
	j.tracked(wire.Fwd, fuzz.WrongForward)
	if len(j.report.Suspicions) == 0 {
		j.shapes(inputs)
		j.gradients()
	}
	if len(j.report.Suspicions) == 0 {
		j.leaks()
	}
	return j.end()
}

// judge collects what is found about one observation.
type judge struct {
	Settings
	c        *fuzz.Case
	o        *wire.Observation
	dtype    fuzz.DType
	order    int
	report   Report
	filtered fuzz.Verdict
}

func (j *judge) end() Report {
	r := j.report
	switch {
	case len(r.Suspicions) > 0:
		r.Verdict = fuzz.Candidate
	case j.filtered != "":
		r.Verdict = j.filtered
	case r.Checks == 0 && len(r.Refused) > 0:
		r.Verdict = fuzz.Unsupported
	default:
		r.Verdict = fuzz.Pass
	}
	return r
}

func (j *judge) filter(v fuzz.Verdict) {
	if j.filtered == "" {
		j.filtered = v
	}
}

func internal(f wire.Fault) bool {
	return strings.Contains(strings.ToUpper(f.Text), "INTERNAL ASSERT")
}

func (s Settings) mode(w fuzz.Wrong) string {
	if w == fuzz.WrongForward {
		return s.Forward
	}
	if w == fuzz.WrongReverse {
		return s.Reverse
	}
	if w == fuzz.WrongBoth {
		return s.Reverse + "+" + s.Forward
	}
	return string(w)
}

// failure is the suspicion of a stage that failed.
func (s Settings) failure(at wire.Stage, f wire.Fault) Suspicion {
	x := Suspicion{Category: fuzz.Status, Oracle: "status", Order: 1, Wrong: fuzz.WrongReverse, Stage: at, Text: f.Type + ": " + f.Text}
	switch at {
	case wire.Fwd:
		x.Wrong = fuzz.WrongForward
	case wire.Direct:
		x.Wrong = fuzz.WrongValue
	case wire.RR, wire.WR, wire.RW, wire.WW:
		x.Order = 2
		x.Category = fuzz.Higher + composition(at)
		x.Wrong = outer(at)
	}
	x.Mode = s.mode(x.Wrong)
	if internal(f) {
		x.Category, x.Oracle = fuzz.Crash, "assertion"
	}
	return x
}

// status looks at stages that failed where the direct run did not.
func (j *judge) status(stages ...wire.Stage) {
	for _, at := range stages {
		f, failed := j.o.Fail[at]
		switch {
		case !failed:
		case f.Refused:
			j.report.Refused = append(j.report.Refused, at)
		default:
			j.report.Suspicions = append(j.report.Suspicions, j.failure(at, f))
		}
	}
}

// tracked compares the values of a derivative run with those of the direct one.
func (j *judge) tracked(at wire.Stage, wrong fuzz.Wrong) {
	b, ok := j.o.Values[at]
	if !ok {
		return
	}
	got, want := b.Floats(), j.o.Values[wire.Direct].Floats()
	x := Suspicion{Category: fuzz.ValueDiff, Oracle: "D-R", Order: 1, Wrong: fuzz.WrongValue, Stage: at, Mode: j.mode(wrong)}
	if wrong == fuzz.WrongForward {
		x.Oracle = "D-W"
	}
	if len(got) != len(want) {
		x.Pattern, x.Text = "shape", fmt.Sprintf("%d values with tracking, %d without", len(got), len(want))
		j.report.Suspicions = append(j.report.Suspicions, x)
		return
	}
	d := j.dtype
	for _, out := range j.o.Out {
		if out.DType.Differentiable() && rank(out.DType) < rank(d) {
			d = out.DType
		}
	}
	bad := compare(got, want, j.value(d))
	if len(bad) == 0 {
		return
	}
	x.Pattern, _ = pattern(got, want, 1, len(got), bad, j.value(d))
	x.Evidence = errors(got, want, 1, len(got), bad)
	x.Evidence.Direct, x.Evidence.Tracked = floats(want), floats(got)
	j.report.Suspicions = append(j.report.Suspicions, x)
}

// compare returns the entries that differ: not close, or not finite on one side only.
func compare(got, want []float64, tol Tolerance) []int {
	var bad []int
	for i := range got {
		a, b := got[i], want[i]
		switch {
		case math.IsNaN(a) && math.IsNaN(b), a == b:
		case math.IsNaN(a) || math.IsNaN(b) || math.IsInf(a, 0) || math.IsInf(b, 0):
			bad = append(bad, i)
		default:
			if !tol.Close(a, b, 0) {
				bad = append(bad, i)
			}
		}
	}
	return bad
}

// rank orders types by precision.
func rank(d fuzz.DType) int {
	switch d {
	case fuzz.F64, fuzz.C128:
		return 4
	case fuzz.F32, fuzz.C64:
		return 3
	case fuzz.F16:
		return 2
	case fuzz.BF16:
		return 1
	}
	return 0
}

// shapes checks that each gradient has the type and shape of its input.
func (j *judge) shapes(inputs []*fuzz.Tensor) {
	for i, g := range j.o.Grads {
		if i >= len(inputs) || g.None || g.DType == "" {
			continue
		}
		in := inputs[i]
		shape, d := slices.Clone(in.Shape), in.DType
		if d.Complex() { // seen as pairs of reals
			shape = append(shape, 2)
			d = map[fuzz.DType]fuzz.DType{fuzz.C128: fuzz.F64, fuzz.C64: fuzz.F32}[d]
		}
		if g.DType != d || !slices.Equal(g.Shape, shape) {
			j.report.Suspicions = append(j.report.Suspicions, Suspicion{Category: fuzz.ShapeDType, Oracle: "shape", Order: 1,
				Wrong: fuzz.WrongReverse, Mode: j.mode(fuzz.WrongReverse), Pattern: "shape", Input: i, Stage: wire.Rev,
				Text: fmt.Sprintf("gradient of input %d is %s%v, the input %s%v", i, g.DType, g.Shape, d, shape)})
		}
	}
}

func floats(x []float64) []fuzz.Float {
	out := make([]fuzz.Float, len(x))
	for i, v := range x {
		out[i] = fuzz.Float(v)
	}
	return out
}

// errors sums up the entries that differ.
func errors(got, want []float64, rows, cols int, bad []int) fuzz.EvidenceDoc {
	e := fuzz.EvidenceDoc{Rows: rows, Cols: cols}
	worst := -1.0
	for _, i := range bad {
		abs := math.Abs(got[i] - want[i])
		if math.IsNaN(abs) {
			abs = math.Inf(1)
		}
		if abs > worst {
			worst = abs
			e.AbsErr, e.Row, e.Col = fuzz.Float(abs), i/max(cols, 1), i%max(cols, 1)
		}
		if rel := abs / math.Max(math.Abs(got[i]), math.Abs(want[i])); !math.IsNaN(rel) {
			e.RelErr = max(e.RelErr, fuzz.Float(rel))
		}
	}
	return e
}
