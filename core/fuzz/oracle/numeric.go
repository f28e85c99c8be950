package oracle

import (
	"math"
	"slices"

	"assay/core/fuzz/wire"
)

// entry is what numerical differences say of one element of a Jacobian.
type entry struct {
	central, left, right float64
	state                state
	noise                float64 // of the central difference
	spread               float64 // ten times what the two steps disagree by
	bend                 float64 // what they disagree by to the left and to the right
}

// state is what a numerical derivative is good for.
type state int

const (
	regular    state = iota // both steps agree, left and right agree
	kink                    // left and right slopes are stable and differ
	unreliable              // the steps disagree: noise, a jump, or growth without bound
	outside                 // a probe failed or is not finite
	excluded                // of an output that is declared not to be differentiable
)

// numeric is the numerical Jacobian: rows outputs, cols inputs.
type numeric struct {
	rows, cols int
	at         []entry
}

// differences reads a stencil. Its Plus and Minus have a row for every column of
// the result.
func differences(s *wire.Stencil, eps float64, tol Tolerance) *numeric {
	base := s.Base.Floats()
	rows, cols := len(base), s.Plus.Rows
	for _, b := range []wire.Block{s.Plus, s.Minus, s.Plus4, s.Minus4} {
		if b.Rows != cols || (b.Cols != rows && cols > 0) {
			return nil
		}
	}
	n := &numeric{rows, cols, make([]entry, rows*cols)}
	p, m, p4, m4 := s.Plus.Floats(), s.Minus.Floats(), s.Plus4.Floats(), s.Minus4.Floats()
	kinks := math.Sqrt(tol.Rel)
	jumps := make([]bool, cols)
	for r := range rows {
		for c := range cols {
			i := c*rows + r
			e := &n.at[r*cols+c]
			size := max(math.Abs(base[r]), math.Abs(p[i]), math.Abs(m[i]), math.Abs(p4[i]), math.Abs(m4[i]))
			if math.IsNaN(size) || math.IsInf(size, 0) || math.IsNaN(base[r]+p[i]+m[i]+p4[i]+m4[i]) {
				e.state = outside
				e.central = math.NaN()
				continue
			}
			e.noise = floor(size, eps)
			e.central = (p[i] - m[i]) / (2 * eps)
			e.left, e.right = (base[r]-m[i])/eps, (p[i]-base[r])/eps
			wide := (p4[i] - m4[i]) / (8 * eps)
			left4, right4 := (base[r]-m4[i])/(4*eps), (p4[i]-base[r])/(4*eps)
			one := Tolerance{math.Max(tol.Abs, 1e-4), kinks}
			split := !one.Close(e.left, e.right, 2*e.noise)
			stable := one.Close(e.left, left4, 2*e.noise) && one.Close(e.right, right4, 2*e.noise)
			agree := tol.Close(e.central, wide, e.noise)
			e.spread = 10 * math.Abs(e.central-wide)
			e.bend = math.Abs(e.left-left4) + math.Abs(e.right-right4)
			switch {
			case split && stable:
				e.state = kink
			case split, !agree:
				e.state = unreliable
			}
			jumps[c] = jumps[c] || jump(base[r], p[i], p4[i], size) || jump(base[r], m[i], m4[i], size)
		}
	}
	for i := range n.at {
		if jumps[i%cols] && (n.at[i].state == regular || n.at[i].state == kink) {
			n.at[i].state = unreliable
		}
	}
	return n
}

// jump reports whether a value is another one right beside the point and stays it:
// the function has no derivative by that input then, in none of its outputs.
func jump(at, near, far, size float64) bool {
	d := math.Abs(near - at)
	return d > 1e-4*size && math.Abs(far-at) < 1.5*d
}

// rough reports whether some entry is unreliable or outside the domain.
func (n *numeric) rough() bool {
	return slices.ContainsFunc(n.at, func(e entry) bool { return e.state == unreliable || e.state == outside })
}

// symmetric reports whether the derivative of a gradient is that of one: what it was
// taken of is no gradient here otherwise, and no reference.
func (n *numeric) symmetric() bool {
	for r := range n.rows {
		for c := range min(r, n.cols) {
			a, b := n.at[r*n.cols+c], n.at[c*n.cols+r]
			if a.state == regular && b.state == regular && !asymmetry.Close(a.central, b.central, a.noise+b.noise) {
				return false
			}
		}
	}
	return true
}

// asymmetry is how alike second derivatives in either order must be: ten times what
// is asked of a composition.
var asymmetry = Tolerance{1e-3, 1e-2}

// singular reports for each entry whether some slope of its row or column is not
// regular: a tangent or cotangent of zero then meets a slope without bound, and zero
// times infinity is NaN in any library.
func (n *numeric) singular() []bool {
	rows, cols := make([]bool, n.rows), make([]bool, n.cols)
	for i, e := range n.at {
		if e.state != regular {
			rows[i/n.cols], cols[i%n.cols] = true, true
		}
	}
	out := make([]bool, len(n.at))
	for i := range out {
		out[i] = rows[i/n.cols] || cols[i%n.cols]
	}
	return out
}

// declare takes rows out of the comparison.
func (n *numeric) declare(constant []int) {
	for _, r := range constant {
		for c := range n.cols {
			if r >= 0 && r < n.rows {
				n.at[r*n.cols+c].state = excluded
			}
		}
	}
}

func (n *numeric) values() []float64 {
	out := make([]float64, len(n.at))
	for i, e := range n.at {
		out[i] = e.central
	}
	return out
}
