package oracle

import (
	"math"
	"slices"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// loose is the tolerance of nablaFuzz's released code, of values and gradients of
// every type and at every order.
var loose = Tolerance{1e-1, 1e-3}

// fine is the tolerance by which a difference is named; the released code names none.
var fine = Tolerance{1e-5, 1e-3}

// refFirst judges first order as the released code does: each mode by status, then by
// value; then R against W; then each mode that is left against N. A NaN among the
// outputs ends the case, and no entry of N counts as less reliable than another.
func (j *judge) refFirst() Report {
	if anyNaN(j.o.Values[wire.Direct].Floats()) {
		j.filter(fuzz.NaN)
		return j.end()
	}
	passes := func(at wire.Stage, wrong fuzz.Wrong) bool {
		before := len(j.report.Suspicions) + len(j.report.Refused)
		j.status(at)
		if len(j.report.Suspicions)+len(j.report.Refused) == before {
			j.tracked(at, wrong)
		}
		_, have := j.o.Jac[at]
		return have && len(j.report.Suspicions)+len(j.report.Refused) == before
	}
	rev, fwd := passes(wire.Rev, fuzz.WrongReverse), passes(wire.Fwd, fuzz.WrongForward)
	r, w := wire.Rev, wire.Fwd
	if rev && fwd && j.refModes(r, w) {
		return j.end()
	}
	if j.dtype != fuzz.F64 && j.dtype != fuzz.C128 {
		r, w = wire.Rev64, wire.Fwd64
	}
	j.refNumeric(j.o.ND, map[wire.Stage]bool{r: rev, w: fwd}, r, w)
	return j.end()
}

// refSecond judges the gradient function by the same procedure, in two compositions.
func (j *judge) refSecond() Report {
	for _, at := range []wire.Stage{wire.RR, wire.WR} {
		j.composed(at)
	}
	_, rr := j.o.Jac[wire.RR]
	_, wr := j.o.Jac[wire.WR]
	if rr && wr && j.refModes(wire.RR, wire.WR) {
		return j.end()
	}
	j.refNumeric(j.o.NDG, map[wire.Stage]bool{wire.RR: rr, wire.WR: wr}, wire.RR, wire.WR)
	return j.end()
}

// refModes compares R with W; where they differ that is the only verdict. Which of
// them is wrong is named by N, which the released code would have asked next.
func (j *judge) refModes(r, w wire.Stage) bool {
	R, W := j.o.Jac[r], j.o.Jac[w]
	if R.Rows != W.Rows || R.Cols != W.Cols {
		return false
	}
	j.report.Checks++
	a, b := R.Floats(), W.Floats()
	bad := compare(a, b, loose)
	if len(bad) == 0 {
		return false
	}
	x := Suspicion{Order: j.order, Oracle: "R-W", Category: fuzz.GradRevFwd, Wrong: fuzz.WrongNone, Stage: w, Probe: wire.ND, Bad: bad}
	if j.order > 1 {
		x.Category = fuzz.Higher + composition(w)
	}
	x.Pattern, _ = pattern(a, b, R.Rows, R.Cols, bad, fine)
	x.Evidence = errors(a, b, R.Rows, R.Cols, bad)
	switch n := j.report.Numeric; {
	case j.order > 1 || len(n) != len(a):
	case len(compare(b, n, loose)) == 0:
		x.Wrong, x.Stage = fuzz.WrongReverse, r
	case len(compare(a, n, loose)) == 0:
		x.Wrong = fuzz.WrongForward
		x.Pattern, _ = pattern(b, a, R.Rows, R.Cols, bad, fine)
	}
	x.Mode = j.mode(x.Wrong)
	x.Evidence.Reverse, x.Evidence.Forward = floats(a), floats(b)
	j.refKeep(x, anyNaN(a), anyNaN(b))
	return true
}

// refNumeric compares each mode that has passed so far with N.
func (j *judge) refNumeric(s *wire.Stencil, passed map[wire.Stage]bool, stages ...wire.Stage) {
	if s == nil {
		return
	}
	if s.Failed > 0 {
		j.filter(fuzz.Domain) // ND_FAIL
		return
	}
	for _, out := range j.o.Out {
		if out.DType.Differentiable() && rank(out.DType) < rank(j.dtype) {
			j.filter(fuzz.Precision)
			return
		}
	}
	n := differences(s, j.Eps, loose)
	if n == nil {
		j.filter(fuzz.Domain)
		return
	}
	want := n.values()
	nan := map[wire.Stage]bool{}
	for _, at := range stages {
		nan[at] = anyNaN(j.o.Jac[at].Floats())
	}
	for _, at := range stages {
		b := j.o.Jac[at]
		if !passed[at] || b.Rows != n.rows || b.Cols != n.cols {
			continue
		}
		j.report.Checks++
		got := b.Floats()
		bad := compare(got, want, loose)
		if len(bad) == 0 {
			continue
		}
		x := Suspicion{Order: j.order, Oracle: "R-N", Category: fuzz.GradRevND, Wrong: fuzz.WrongReverse, Stage: at, Probe: wire.ND, Bad: bad}
		if at != wire.Rev && at != wire.Rev64 && at != wire.RR {
			x.Oracle, x.Category, x.Wrong = "W-N", fuzz.GradFwdND, fuzz.WrongForward
		}
		x.Mode = j.mode(x.Wrong)
		if j.order > 1 {
			x.Category, x.Mode = fuzz.Higher+composition(at), composition(at)
		}
		x.Pattern, _ = pattern(got, want, n.rows, n.cols, bad, fine)
		x.Evidence = errors(got, want, n.rows, n.cols, bad)
		x.Evidence.Numeric = floats(want)
		if x.Wrong == fuzz.WrongForward {
			x.Evidence.Forward = floats(got)
		} else {
			x.Evidence.Reverse = floats(got)
		}
		x.Input = j.inputOf(x.Evidence.Col, n.cols)
		if first := len(j.report.Suspicions) - 1; j.order == 1 && first >= 0 && j.report.Suspicions[first].Oracle == "R-N" {
			u := &j.report.Suspicions[first] // one defect, though the released code counts it for each mode
			u.Wrong, u.Mode, u.Evidence.Forward = fuzz.WrongBoth, j.mode(fuzz.WrongBoth), floats(got)
			continue
		}
		j.refKeep(x, nan[stages[0]], nan[stages[1]])
	}
}

// refKeep applies the filter for NaN: in both modes it takes the finding, in one alone
// it makes it one of NaN.
func (j *judge) refKeep(x Suspicion, rev, fwd bool) {
	if rev && fwd {
		j.filter(fuzz.NaN)
		return
	}
	if (rev || fwd) && j.order == 1 {
		x.Category = fuzz.NaNMask
	}
	j.report.Suspicions = append(j.report.Suspicions, x)
}

// around notes what the filter for points without a derivative starts from.
func (j *judge) around() {
	if s := j.o.ND; s != nil {
		if n := differences(s, j.Eps, loose); n != nil {
			j.report.Numeric, j.report.Base = n.values(), s.Base.Floats()
		}
	}
}

// refSmooth is the released filter for points without a derivative: the values and
// the whole numerical derivative of a neighbour are those of the point. It looks at F
// at every order, which lets kinks of the gradient function through.
func refSmooth(r Report, neighbour *wire.Stencil, eps float64) bool {
	n := differences(neighbour, eps, loose)
	if n == nil || len(n.at) != len(r.Numeric) {
		return false
	}
	base := neighbour.Base.Floats()
	return len(base) == len(r.Base) && len(compare(base, r.Base, loose)) == 0 && len(compare(n.values(), r.Numeric, loose)) == 0
}

func anyNaN(x []float64) bool {
	return slices.ContainsFunc(x, math.IsNaN)
}
