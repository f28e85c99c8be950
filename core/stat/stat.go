// Package stat holds the few statistics that benches report: moments,
// quantiles, rank correlation and bootstrap intervals.
//
// Every function sums in float64 and in the order of its input, so the same
// input gives the same bits. Empty input gives 0 unless stated otherwise. NaN
// in the input gives NaN or an unspecified order, never a panic. Functions do
// not change their arguments and are safe for concurrent use.
package stat

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Mean returns the arithmetic mean.
func Mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	var s float64
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// RMS returns the root mean square.
func RMS(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	var s float64
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s / float64(len(x)))
}

// Max returns the largest value.
func Max(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return slices.Max(x)
}

// Quantile returns the q-quantile, q from 0 to 1, linear between the order
// statistics (type 7 of Hyndman and Fan, the default of R and NumPy).
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Clone(x)
	slices.Sort(s)
	return sortedQuantile(s, q)
}

func sortedQuantile(s []float64, q float64) float64 {
	at := min(max(q, 0), 1) * float64(len(s)-1)
	i := int(at)
	if i+1 >= len(s) {
		return s[len(s)-1]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// Spearman returns the rank correlation of two samples of one length, equal
// values sharing their mean rank. It is 0 where one of them is constant or the
// lengths differ, since no order can be compared there.
func Spearman(x, y []float64) float64 {
	if len(x) != len(y) || len(x) < 2 {
		return 0
	}
	a, b := ranks(x), ranks(y)
	mean := float64(len(x)-1) / 2
	var ab, aa, bb float64
	for i := range a {
		da, db := a[i]-mean, b[i]-mean
		ab += da * db
		aa += da * da
		bb += db * db
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case x[i] < x[j]:
			return -1
		case x[i] > x[j]:
			return 1
		}
		return 0
	})
	r := make([]float64, len(x))
	for lo := 0; lo < len(order); {
		hi := lo + 1
		for hi < len(order) && x[order[hi]] == x[order[lo]] {
			hi++
		}
		for _, i := range order[lo:hi] {
			r[i] = float64(lo+hi-1) / 2
		}
		lo = hi
	}
	return r
}

// Resamples is the number of bootstrap samples behind CI95: enough that the
// ends of the interval move by well under their own width from seed to seed.
const Resamples = 2000

// CI95 returns the percentile bootstrap interval of a ratio of sums, 95 %, over
// n units drawn with replacement: hits[i] of tries[i] in unit i. Drawing whole
// units keeps what is inside one together (questions about one archive are not
// independent). r is read; the same stream gives the same interval. Without any
// try it returns [0, 0].
func CI95(r *rand.Rand, hits, tries []float64) [2]float64 {
	n := len(hits)
	if n == 0 || n != len(tries) {
		return [2]float64{}
	}
	out := make([]float64, 0, Resamples)
	for range Resamples {
		var h, t float64
		for range n {
			i := r.IntN(n)
			h += hits[i]
			t += tries[i]
		}
		if t > 0 {
			out = append(out, h/t)
		}
	}
	if len(out) == 0 {
		return [2]float64{}
	}
	slices.Sort(out)
	return [2]float64{sortedQuantile(out, 0.025), sortedQuantile(out, 0.975)}
}
