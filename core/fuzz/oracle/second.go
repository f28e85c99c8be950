package oracle

import (
	"math"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

var compositions = []wire.Stage{wire.RR, wire.WR, wire.RW, wire.WW}

func composition(s wire.Stage) string {
	return map[wire.Stage]string{wire.RR: fuzz.RoverR, wire.WR: fuzz.WoverR, wire.RW: fuzz.RoverW, wire.WW: fuzz.WoverW}[s]
}

// outer is the mode whose rule a wrong composition blames: that of the outer
// derivative, since the inner one has passed at first order.
func outer(s wire.Stage) fuzz.Wrong {
	if s == wire.WR || s == wire.WW {
		return fuzz.WrongForward
	}
	return fuzz.WrongReverse
}

// Second judges an observation of second order, or of third, whose lower order has
// passed.
func (s Settings) Second(c *fuzz.Case, o *wire.Observation, order int) Report {
	inputs := c.Inputs()
	if o.N == 0 || o.M == 0 || len(inputs) == 0 {
		return Report{Verdict: fuzz.NoDiff}
	}
	j := &judge{Settings: s, c: c, o: o, dtype: inputs[0].DType, order: order}
	if s.Variant == Ref {
		j.around()
		return j.refSecond()
	}
	for _, at := range compositions {
		j.composed(at)
	}
	if o.NDG == nil {
		return j.end()
	}
	tol := j.numeric(order)
	n := differences(o.NDG, j.Eps, tol)
	if n == nil {
		j.filter(fuzz.Domain)
		return j.end()
	}
	j.report.Numeric, j.report.Rough = n.values(), n.rough()
	if order == 2 && n.rows == n.cols && !n.symmetric() {
		j.filter(fuzz.NDUnreliable)
		return j.end()
	}
	type verdict struct {
		at wire.Stage
		side
	}
	var sides []verdict
	right := 0
	for _, at := range compositions {
		b, have := o.Jac[at]
		v := verdict{at, j.weigh(b, have, n, tol)}
		if !v.known {
			continue
		}
		j.report.Checks++
		if v.soft {
			j.filter(fuzz.NDUnreliable)
		}
		if v.bent || len(v.off) > 0 {
			j.filter(fuzz.Subgradient)
		}
		if len(v.bad) == 0 {
			right++
		}
		sides = append(sides, v)
	}
	for _, v := range sides {
		if len(v.bad) == 0 {
			continue
		}
		if right == 0 && len(sides) > 1 && agree(sides[0].x, v.x, tol) {
			j.filter(fuzz.NonDiff) // all agree against the differences: those are at fault
			continue
		}
		x := Suspicion{Order: order, Category: fuzz.Higher + composition(v.at), Wrong: outer(v.at), Mode: composition(v.at), Stage: v.at, Probe: wire.NDG, Bad: v.bad, Oracle: "R-N"}
		if x.Wrong == fuzz.WrongForward {
			x.Oracle = "W-N"
		}
		want := n.values()
		var k float64
		x.Pattern, k = pattern(v.x, want, n.rows, n.cols, v.bad, tol)
		x.Evidence = errors(v.x, want, n.rows, n.cols, v.bad)
		x.Evidence.Scale = fuzz.Float(k)
		x.Evidence.Numeric = floats(want)
		if x.Wrong == fuzz.WrongForward {
			x.Evidence.Forward = floats(v.x)
		} else {
			x.Evidence.Reverse = floats(v.x)
		}
		x.Input = j.inputOf(x.Evidence.Col, n.cols)
		j.report.Suspicions = append(j.report.Suspicions, x)
	}
	return j.end()
}

// composed looks at a composition that failed.
func (j *judge) composed(at wire.Stage) {
	f, failed := j.o.Fail[at]
	switch {
	case !failed:
	case f.Refused, at == wire.WW && !internal(f): // nesting wraps tensors, which many functions cannot take
		j.report.Refused = append(j.report.Refused, at)
	default:
		x := j.failure(at, f)
		x.Order = j.order
		j.report.Suspicions = append(j.report.Suspicions, x)
	}
}

func agree(a, b []float64, tol Tolerance) bool {
	return len(a) == len(b) && len(compare(a, b, tol)) == 0
}

// Smooth reports whether the numerical derivatives of a neighbour are alike to those
// of the point, at the entries in question: the filter for points without a
// derivative. A neighbour outside the domain says nothing against the point.
func (s Settings) Smooth(r Report, neighbour *wire.Stencil, u *Suspicion) bool {
	if neighbour == nil {
		return true
	}
	if s.Variant == Ref {
		return refSmooth(r, neighbour, s.Eps)
	}
	point := r.Numeric
	n := differences(neighbour, s.Eps, s.numeric(u.Order))
	if n == nil || len(n.at) != len(point) {
		return true
	}
	for _, i := range u.Bad {
		if i >= len(point) || n.at[i].state == outside || math.IsNaN(point[i]) {
			continue
		}
		if !neighbours.Close(point[i], n.at[i].central, n.at[i].noise) {
			return false
		}
	}
	return true
}
