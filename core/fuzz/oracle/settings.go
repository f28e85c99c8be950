package oracle

import (
	"math"

	"assay/core/fuzz"
)

// Variant says whose rules apply where paper, released code and mathematics differ.
type Variant string

// The variants.
const (
	Strict Variant = "strict" // tolerances by type, filters on the right function: ours
	Ref    Variant = "ref"    // the procedure, tolerance and filters of nablaFuzz's released code
	Exact  Variant = "exact"  // strict without leave for rounding where none is due: values bit for bit, subgradients within their slopes
)

// Variants lists the variants.
func Variants() []string { return []string{string(Strict), string(Ref), string(Exact)} }

// Settings are what a campaign compares with.
type Settings struct {
	Variant Variant
	Eps     float64 // step of numerical differences
	Order   int     // highest order of derivative that is tested; 0 is 2
	Reverse string  // the target's word for reverse mode: "tape"
	Forward string  // and for forward mode: "lisp"
}

// Tolerance is |a-b| <= Abs + Rel max(|a|,|b|).
type Tolerance struct{ Abs, Rel float64 }

// Close reports whether two finite numbers are equal within the tolerance.
func (t Tolerance) Close(a, b, noise float64) bool {
	return math.Abs(a-b) <= t.Abs+t.Rel*math.Max(math.Abs(a), math.Abs(b))+noise
}

func (s Settings) value(d fuzz.DType) Tolerance {
	switch s.Variant {
	case Ref:
		return loose
	case Exact:
		return Tolerance{} // tracking must not touch the value
	}
	switch d {
	case fuzz.F64, fuzz.C128:
		return Tolerance{1e-12, 1e-10}
	case fuzz.F32, fuzz.C64:
		return Tolerance{1e-6, 1e-5}
	case fuzz.F16:
		return Tolerance{1e-3, 1e-3}
	}
	return Tolerance{1e-2, 1e-2}
}

// modes is the tolerance of R against W at a type; numeric that of either against N.
func (s Settings) modes(d fuzz.DType) Tolerance {
	if s.Variant == Ref {
		return loose
	}
	switch d {
	case fuzz.F64, fuzz.C128:
		return Tolerance{1e-9, 1e-7}
	case fuzz.F32, fuzz.C64:
		return Tolerance{1e-4, 2e-3}
	case fuzz.F16:
		return Tolerance{1e-2, 1e-2}
	}
	return Tolerance{1e-1, 1e-1}
}

func (s Settings) numeric(order int) Tolerance {
	switch {
	case s.Variant == Ref:
		return loose
	case order == 3:
		return Tolerance{1e-3, 1e-2}
	case order == 2:
		return Tolerance{1e-4, 1e-3}
	}
	return Tolerance{1e-5, 1e-3}
}

// slack is what a derivative at a kink may lie outside its two slopes: for rounding.
func (s Settings) slack(lo, hi, noise float64) float64 {
	if s.Variant == Exact {
		return noise
	}
	return 1e-3*math.Max(math.Abs(lo), math.Abs(hi)) + 1e-4 + noise
}

// Repeats is how often the direct run is asked for.
func (s Settings) Repeats() int {
	if s.Variant == Ref {
		return 10
	}
	return 3
}

// Orders returns the highest order of derivative that is tested.
func (s Settings) Orders() int {
	if s.Order == 0 {
		return 2
	}
	return s.Order
}

// neighbours is how alike the derivatives around a regular point are.
var neighbours = Tolerance{1e-2, 1e-1} // calibrated on torch 1.13.1, see the spec's measurement

// floor is the noise of a central difference of values of this size.
func floor(size, eps float64) float64 { return 10 * 0x1p-52 * size / eps }
