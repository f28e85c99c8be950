package prune

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/run"
)

// MaxExponent bounds a compression exponent: no network here has 10^9 weights.
const MaxExponent = 9.0

// ParseExponent reads a target: an exponent x of the compression 10^x, or one of
// the ways to write the same, 50x, 10^1.7, 98%. Errors are of code E-USAGE.
func ParseExponent(text string) (float64, error) {
	word := strings.TrimSpace(text)
	number := func(s string) float64 {
		if s == "" || strings.ContainsAny(s, "xXpP_iInN") { // no hexadecimal, no inf, no nan
			return math.NaN()
		}
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return math.NaN()
		}
		return x
	}
	var x float64
	if s, ok := strings.CutPrefix(word, "10^"); ok {
		x = number(s)
	} else if s, ok := strings.CutSuffix(word, "x"); ok {
		x = math.Log10(number(s))
	} else if s, ok := strings.CutSuffix(word, "%"); ok {
		x = -math.Log10(1 - number(s)/100)
	} else {
		x = number(word)
	}
	if x == 0 {
		x = 0 // not -0
	}
	if math.IsNaN(x) || x < 0 || x > MaxExponent {
		hint := ""
		if y := number(word); y > MaxExponent && y < 100 {
			hint = fmt.Sprintf("for a sparsity write %s%%, for a compression %sx", word, word)
		}
		return 0, &run.Error{Code: run.EUsage, Hint: hint,
			Text: fmt.Sprintf("exponent %q: expected a number from 0 to %g (compression 10^x), or the same as 50x, 10^1.7 or 98%%", text, MaxExponent)}
	}
	return x, nil
}

// ParseExponents reads a list of targets, or a range FROM..TO:STEP, in
// ascending order and without repetition.
func ParseExponents(text string) ([]float64, error) {
	var out []float64
	for word := range strings.SplitSeq(text, ",") {
		lo, rest, isRange := strings.Cut(word, "..")
		if !isRange {
			x, err := ParseExponent(word)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
			continue
		}
		hi, by, _ := strings.Cut(rest, ":")
		if by == "" {
			by = "0.5"
		}
		from, err := ParseExponent(lo)
		if err != nil {
			return nil, err
		}
		to, err := ParseExponent(hi)
		if err != nil {
			return nil, err
		}
		step, err := ParseExponent(by)
		if err != nil || step < 0.01 || to < from {
			return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("exponents %q: expected FROM..TO:STEP, ascending, with a step of at least 0.01, as in 0.5..3.0:0.5", word)}
		}
		for i := 0; ; i++ {
			x := math.Round((from+float64(i)*step)*1e9) / 1e9 // .1 steps meet their round ends
			if x > to+1e-9 {
				break
			}
			out = append(out, x)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// CheckExponent refuses a target that leaves a network of n weights less than
// half a weight, which no rounding makes one. Errors are of code E-USAGE.
func CheckExponent(x float64, n int) error {
	if left := math.Pow(10, -x) * float64(n); left < 0.5 {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("exponent %g leaves %.2g of %d weights: expected 0 to %.2f here, a sparsity of at most %.9g",
			x, left, n, math.Floor(100*math.Log10(float64(n)))/100, 1-1/float64(n))}
	}
	return nil
}

// Keep returns the share of weights that stays after step t of n, from 1 at
// step 0 to 10^-x at step n: the exponential schedule.
func Keep(x float64, t, n int) float64 { return math.Pow(10, -x*float64(t)/float64(n)) }
