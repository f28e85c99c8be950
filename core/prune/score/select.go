package score

import (
	"fmt"
	"math"
	"slices"

	"assay/core/prune"
)

// Kept returns how many of n weights stay at a compression of 10^exponent: n
// less the whole number of removed ones, at least 1. The small term keeps a
// count like .9 n, which binary fractions miss by a hair, from being cut down.
func Kept(n int, exponent float64) int { return KeptShare(n, math.Pow(10, -exponent)) }

// KeptShare returns how many of n weights stay where a share of them does.
func KeptShare(n int, keep float64) int {
	return min(n, max(1, n-int(math.Floor((1-keep)*float64(n)+1e-9))))
}

// Exponential returns the counts of a schedule in n steps: count t is what stays
// after step t+1 of n.
func Exponential(weights int, exponent float64, n int) []int {
	out := make([]int, n)
	for t := range out {
		out[t] = KeptShare(weights, prune.Keep(exponent, t+1, n))
	}
	return out
}

// NotFiniteError says that scores cannot be ranked.
type NotFiniteError struct {
	Layer string
	Count int // scores of the layer that are NaN or infinite
	Of    int
}

// Error implements error.
func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("layer %s: %d of %d scores are not finite, so that they cannot be ranked", e.Layer, e.Count, e.Of)
}

// finite checks that all scores can be ranked.
func finite(layers []prune.Tensor, scores []float64) error {
	for _, t := range layers {
		bad := 0
		for _, x := range scores[t.Offset : t.Offset+t.Len] {
			if x-x != 0 { // NaN or infinite
				bad++
			}
		}
		if bad > 0 {
			return &NotFiniteError{Layer: t.Name, Count: bad, Of: t.Len}
		}
	}
	return nil
}

// ordered maps a float64 that is not NaN to an integer of the same order; both zeros are one.
func ordered(x float64) uint64 {
	b := math.Float64bits(x + 0)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// Select returns the mask of the k largest scores, the lower index first among
// equals. Where within is not nil, only weights that it keeps are ranked. Scores
// are finite; k is at most the number of ranked weights.
func Select(scores []float64, within Mask, k int) Mask {
	out := make(Mask, len(scores))
	if k <= 0 {
		return out
	}
	limit, ties := threshold(scores, within, k)
	for i, x := range scores {
		if within != nil && !within[i] {
			continue
		}
		switch key := ordered(x); {
		case key > limit:
			out[i] = true
		case key == limit && ties > 0:
			out[i] = true
			ties--
		}
	}
	return out
}

// threshold returns the k-th largest key and how many weights of just that key
// are among the k. A histogram over the upper bits finds the place, so that
// millions of scores are read twice instead of sorted.
func threshold(scores []float64, within Mask, k int) (limit uint64, ties int) {
	const shift = 48 // leaves sign, exponent and 4 bits of the fraction
	bins := make([]int, 1<<(64-shift))
	for i, x := range scores {
		if within == nil || within[i] {
			bins[ordered(x)>>shift]++
		}
	}
	bin, above := len(bins)-1, 0
	for bin > 0 && above+bins[bin] < k {
		above += bins[bin]
		bin--
	}
	inside := make([]uint64, 0, bins[bin])
	for i, x := range scores {
		if within == nil || within[i] {
			if key := ordered(x); key>>shift == uint64(bin) {
				inside = append(inside, key)
			}
		}
	}
	slices.Sort(inside)
	if len(inside) == 0 {
		return 0, 0
	}
	limit = inside[max(0, len(inside)-(k-above))]
	next, _ := slices.BinarySearch(inside, limit+1)
	return limit, k - above - (len(inside) - next)
}

// selectLayers returns the mask of the counts[l] largest scores of each layer.
func selectLayers(layers []prune.Tensor, scores []float64, counts []int) Mask {
	out := make(Mask, 0, len(scores))
	for l, t := range layers {
		out = append(out, Select(scores[t.Offset:t.Offset+t.Len], nil, counts[l])...)
	}
	return out
}
