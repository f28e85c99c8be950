package oracle

import (
	"math"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// Steady reports whether the errors of a suspicion are those of a rule: at a neighbour
// they are nearly the same, or gone where the point is one that the rule treats apart.
// Errors that are others each time are rounding that the formula blows up. o is the
// observation of a neighbour, with the stage and the probe of the suspicion.
func (s Settings) Steady(r Report, o *wire.Observation, u *Suspicion) bool {
	b, have := o.Jac[u.Stage]
	stencil := o.ND
	if u.Probe == wire.NDG {
		stencil = o.NDG
	}
	if s.Variant == Ref || !have || stencil == nil {
		return true
	}
	tol := s.numeric(u.Order)
	n := differences(stencil, s.Eps, tol)
	got, there := u.computed(), b.Floats()
	if n == nil || len(there) != len(n.at) || len(got) != len(n.at) || len(r.Numeric) != len(n.at) {
		return true
	}
	for _, i := range u.Bad {
		e := n.at[i]
		here := float64(got[i]) - r.Numeric[i]
		if d := there[i] - e.central; e.state == regular && !math.IsNaN(d+here) && !math.IsInf(d+here, 0) &&
			!tol.Close(there[i], e.central, e.noise+e.spread) && math.Abs(d-here) > math.Abs(here)/2+e.noise {
			return false
		}
	}
	return true
}

// computed is the Jacobian that a suspicion is about.
func (u *Suspicion) computed() []fuzz.Float {
	if u.Wrong == fuzz.WrongForward {
		return u.Evidence.Forward
	}
	return u.Evidence.Reverse
}
