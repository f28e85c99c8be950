package kv

import (
	"math"
	"strconv"
)

// The bounds of a quantiser's bins: the codec's symbols are bytes.
const (
	MinBins = 4
	MaxBins = 256
)

// Ladder lists the levels of compression, the coarsest first.
func Ladder() []string { return []string{"1", "2", "3"} }

// LevelBins returns the bins of K and V by layer at a level: one of the ladder, or
// a number of bins for all layers. The ladder is the artifact's for Mistral-7B
// (kv.md 2.2), its layer bounds scaled to the model's depth, at least one layer in
// the first group. Level 3 is the finest. The error is of code E-USAGE.
func LevelBins(level string, layers int) (k, v []int, err error) {
	group := func(end, fine, coarse int) []int {
		cut := max(1, int(math.Round(float64(end)*float64(layers)/32)))
		bins := make([]int, layers)
		for l := range bins {
			bins[l] = coarse
			if l < cut {
				bins[l] = fine
			}
		}
		return bins
	}
	switch level {
	case "1":
		return group(20, 16, 12), group(2, 16, 12), nil
	case "2":
		return group(10, 32, 16), group(2, 32, 16), nil
	case "3":
		return group(32, 32, 32), group(32, 32, 32), nil
	}
	n, err := strconv.Atoi(level)
	if err != nil || n < MinBins || n > MaxBins {
		return nil, nil, usage("level %q: expected 1, 2 or 3 of the ladder, or %d to %d bins for every layer", level, MinBins, MaxBins)
	}
	return group(32, n, n), group(32, n, n), nil
}
