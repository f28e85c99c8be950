package oracle

import (
	"math"
	"slices"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// side is one of the two computed Jacobians.
type side struct {
	x     []float64
	bad   []int // entries that differ from N where N is regular
	off   []int // entries outside the slopes of a kink
	soft  bool  // some entry differs where N cannot tell
	bent  bool  // some entry is at a kink, between the slopes
	known bool
}

// gradients compares R, W and N.
func (j *judge) gradients() {
	o := j.o
	r, haveR := o.Jac[wire.Rev]
	w, haveW := o.Jac[wire.Fwd]
	if haveR && haveW && r.Rows*r.Cols == w.Rows*w.Cols {
		j.report.Checks++
	}
	if o.ND == nil {
		j.modesOnly()
		return
	}
	if j.dtype != fuzz.F64 && j.dtype != fuzz.C128 {
		r, haveR = o.Jac[wire.Rev64]
		w, haveW = o.Jac[wire.Fwd64]
	}
	for _, out := range o.Out {
		if out.DType.Differentiable() && rank(out.DType) < rank(j.dtype) {
			j.filter(fuzz.Precision) // the API casts down: steps of 1e-6 drown
			return
		}
	}
	tol := j.numeric(1)
	n := differences(o.ND, j.Eps, tol)
	if n == nil {
		j.filter(fuzz.Domain)
		return
	}
	j.report.Numeric, j.report.Rough = n.values(), n.rough()
	n.declare(o.Constant)
	R, W := j.weigh(r, haveR, n, tol), j.weigh(w, haveW, n, tol)
	if R.known {
		j.report.Checks++
	}
	if W.known {
		j.report.Checks++
	}
	j.blame(R, W, n, tol)
	j.variants(haveR, n, tol)
}

func (j *judge) weigh(b wire.Block, have bool, n *numeric, tol Tolerance) side {
	s := side{}
	if !have || b.Rows != n.rows || b.Cols != n.cols {
		return s
	}
	s.known, s.x = true, b.Floats()
	singular := n.singular()
	for i, e := range n.at {
		a := s.x[i]
		finite := !math.IsNaN(a) && !math.IsInf(a, 0)
		lo, hi := math.Min(e.left, e.right), math.Max(e.left, e.right)
		switch e.state {
		case regular:
			if !finite && (singular[i] || j.o.Unbounded) {
				s.soft = true // a cotangent of zero met a slope without bound: 0 times infinity
				continue
			}
			switch {
			case !finite:
				s.bad = append(s.bad, i)
			case tol.Close(a, e.central, e.noise+e.spread):
			case a >= lo && a <= hi || tol.Close(a, lo, 0) || tol.Close(a, hi, 0):
				s.bent = true // a kink too blunt to count as one, and one of its slopes
			default:
				s.bad = append(s.bad, i)
			}
		case kink:
			slack := j.slack(lo, hi, e.noise+e.bend)
			if !finite {
				s.soft = true
			} else if a < lo-slack || a > hi+slack {
				s.off = append(s.off, i)
			} else {
				s.bent = true
			}
		case excluded:
		default:
			if !finite || !tol.Close(a, e.central, e.noise) {
				s.soft = true
			}
		}
	}
	return s
}

// blame names the odd one out.
func (j *judge) blame(R, W side, n *numeric, tol Tolerance) {
	if R.soft || W.soft {
		v := fuzz.NDUnreliable
		for _, e := range n.at {
			if e.state == outside {
				v = fuzz.Domain
			}
		}
		j.filter(v)
	}
	if R.bent || W.bent {
		j.filter(fuzz.Subgradient)
	}
	badR, badW, probe := R.bad, W.bad, wire.ND
	if len(badR) > 0 && len(badW) > 0 && agree(R.x, W.x, Tolerance{1e-9, 1e-6}) && !large(R.x, badR, n) {
		j.filter(fuzz.NDUnreliable) // two exact methods against a small error of an inexact one
		return
	}
	if len(badR) == 0 && len(badW) == 0 {
		// Outside both slopes at a kink nothing is right, whatever the neighbours do.
		badR, badW, probe = R.off, W.off, ""
	}
	if len(badR) == 0 && len(badW) == 0 {
		return
	}
	want := n.values()
	x := Suspicion{Order: 1, Oracle: "R-N", Category: fuzz.GradRevND, Wrong: fuzz.WrongReverse, Stage: wire.Rev, Probe: probe}
	got, bad := R.x, badR
	switch {
	case len(badR) > 0 && len(badW) > 0:
		x.Wrong = fuzz.WrongBoth
	case len(badW) > 0:
		x.Oracle, x.Category, x.Wrong, x.Stage, got, bad = "W-N", fuzz.GradFwdND, fuzz.WrongForward, wire.Fwd, W.x, badW
	}
	if probe == "" { // the nearer slope is what should have been
		want = slices.Clone(want)
		for _, i := range bad {
			want[i] = n.at[i].left
			if math.Abs(got[i]-n.at[i].right) < math.Abs(got[i]-want[i]) {
				want[i] = n.at[i].right
			}
		}
	}
	x.Mode = j.mode(x.Wrong)
	x.Bad = bad
	var k float64
	x.Pattern, k = pattern(got, want, n.rows, n.cols, bad, tol)
	x.Evidence = errors(got, want, n.rows, n.cols, bad)
	x.Evidence.Scale = fuzz.Float(k)
	x.Evidence.Reverse, x.Evidence.Forward, x.Evidence.Numeric = floats(R.x), floats(W.x), floats(n.values())
	for _, e := range n.at {
		x.Evidence.Left, x.Evidence.Right = append(x.Evidence.Left, fuzz.Float(e.left)), append(x.Evidence.Right, fuzz.Float(e.right))
	}
	x.Input = j.inputOf(x.Evidence.Col, n.cols)
	if x.Pattern == "NaN" {
		x.Category = fuzz.NaNMask
	}
	if x.Pattern == "zero" && x.Input < len(j.o.Grads) && j.o.Grads[x.Input].None && x.Wrong != fuzz.WrongForward {
		x.Category = fuzz.SilentNone
	}
	j.report.Suspicions = append(j.report.Suspicions, x)
}

// large reports whether some entry is off by more than a twentieth of its row.
func large(x []float64, bad []int, n *numeric) bool {
	for _, i := range bad {
		most := 0.0
		for _, e := range n.at[i/n.cols*n.cols : (i/n.cols+1)*n.cols] {
			most = math.Max(most, math.Abs(e.central))
		}
		if d := math.Abs(x[i] - n.at[i].central); !(d <= most/20) {
			return true
		}
	}
	return false
}

// inputOf finds the tensor that a selected column belongs to.
func (j *judge) inputOf(col, cols int) int {
	element := col
	if all := wire.Select(j.o.N, cols); col < len(all) {
		element = all[col]
	}
	for i, t := range j.c.Inputs() {
		if element < t.Reals() {
			return i
		}
		element -= t.Reals()
	}
	return 0
}

// modesOnly compares R and W where there are no numerical differences to decide.
func (j *judge) modesOnly() {
	r, okR := j.o.Jac[wire.Rev]
	w, okW := j.o.Jac[wire.Fwd]
	if !okR || !okW || r.Rows != w.Rows || r.Cols != w.Cols {
		return
	}
	tol := j.modes(j.dtype)
	bad := compare(r.Floats(), w.Floats(), tol)
	if len(bad) == 0 {
		return
	}
	x := Suspicion{Order: 1, Oracle: "R-W", Category: fuzz.GradRevFwd, Wrong: fuzz.WrongNone, Mode: j.mode(fuzz.WrongNone), Stage: wire.Fwd, Bad: bad}
	x.Pattern, _ = pattern(r.Floats(), w.Floats(), r.Rows, r.Cols, bad, tol)
	x.Evidence = errors(r.Floats(), w.Floats(), r.Rows, r.Cols, bad)
	x.Evidence.Reverse, x.Evidence.Forward = floats(r.Floats()), floats(w.Floats())
	j.report.Suspicions = append(j.report.Suspicions, x)
}

// variants compares the vectorised and the compiled reverse Jacobian with the plain
// one, where that is right itself.
func (j *judge) variants(have bool, n *numeric, tol Tolerance) {
	if !have || len(j.report.Suspicions) > 0 {
		return
	}
	plain := j.o.Jac[wire.Rev].Floats()
	for _, at := range []wire.Stage{wire.Vmap, wire.Jit} {
		b, ok := j.o.Jac[at]
		if !ok || len(b.Floats()) != len(plain) {
			continue
		}
		j.report.Checks++
		bad := compare(b.Floats(), plain, j.modes(j.dtype))
		bad = slices.DeleteFunc(bad, func(i int) bool { return i >= len(n.at) || n.at[i].state != regular })
		if len(bad) == 0 {
			continue
		}
		x := Suspicion{Order: 1, Oracle: "R-" + string(at), Category: fuzz.GradRevND, Wrong: fuzz.WrongReverse, Mode: string(at), Stage: at, Probe: wire.ND, Bad: bad}
		x.Pattern, _ = pattern(b.Floats(), plain, n.rows, n.cols, bad, tol)
		x.Evidence = errors(b.Floats(), plain, n.rows, n.cols, bad)
		x.Evidence.Reverse, x.Evidence.Numeric = floats(b.Floats()), floats(n.values())
		x.Input = j.inputOf(x.Evidence.Col, n.cols)
		j.report.Suspicions = append(j.report.Suspicions, x)
	}
}
