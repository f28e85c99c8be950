package oracle

import (
	"fmt"
	"math"
)

// pattern names how a wrong Jacobian differs from the right one, and the factor of
// a scaled one. bad lists the entries that differ.
func pattern(got, want []float64, rows, cols int, bad []int, tol Tolerance) (string, float64) {
	for _, i := range bad {
		if math.IsNaN(got[i]) || math.IsInf(got[i], 0) {
			return "NaN", 0
		}
	}
	zero := true
	for _, i := range bad {
		zero = zero && got[i] == 0
	}
	if zero {
		return "zero", 0
	}
	if k, ok := factor(got, want, bad, tol); ok {
		if math.Abs(k+1) < 1e-3 {
			return "sign", -1
		}
		return fmt.Sprintf("scaled by %.6g", k), k
	}
	if rows == cols && rows > 1 {
		transposed := true
		for r := range rows {
			for c := range cols {
				transposed = transposed && tol.Close(got[r*cols+c], want[c*cols+r], 0)
			}
		}
		if transposed {
			return "transposed", 0
		}
	}
	if len(bad) == 1 && rows*cols > 1 {
		return "one entry", 0
	}
	return "dense", 0
}

// factor finds k with got = k want at every entry that differs.
func factor(got, want []float64, bad []int, tol Tolerance) (float64, bool) {
	k := math.NaN()
	for _, i := range bad {
		if want[i] == 0 || math.Abs(want[i]) < 1e3*tol.Abs && math.Abs(got[i]) < 1e3*tol.Abs && len(bad) > 1 {
			if math.Abs(want[i]-got[i]) > 1e3*tol.Abs {
				return 0, false
			}
			continue
		}
		q := got[i] / want[i]
		if math.IsNaN(k) {
			k = q
		}
		if math.Abs(q-k) > 5e-3*math.Max(math.Abs(q), math.Abs(k)) {
			return 0, false
		}
	}
	return k, !math.IsNaN(k) && k != 0
}
