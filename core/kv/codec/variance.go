package codec

import "assay/core/kv"

// DeltaVariance measures the claim behind the paper's anchors: the variance of
// values around their channel's mean over the variance of their differences to
// the anchor of their group, for K and V. It is 0 where there is no difference.
func DeltaVariance(t kv.Tensors) [2]float64 {
	var ratio [2]float64
	for p := range 2 {
		var values, deltas float64
		for l := range t.Layers {
			x := t.Part(p, l)
			for c := range t.Channels {
				values += spread(x, c, t.Channels, 0)
				deltas += spread(x, c, t.Channels, anchorEvery)
			}
		}
		if deltas > 0 {
			ratio[p] = values / deltas
		}
	}
	return ratio
}

// spread is the sum of squares around the mean of a column, or of its differences
// to the first of every group, over as many values.
func spread(x []float32, channel, channels, group int) float64 {
	var n, sum, square float64
	for t := 0; t*channels < len(x); t++ {
		if group > 0 && t%group == 0 {
			continue
		}
		v := float64(x[t*channels+channel])
		if group > 0 {
			v -= float64(x[t/group*group*channels+channel])
		}
		n++
		sum += v
		square += v * v
	}
	if n == 0 {
		return 0
	}
	return (square - sum*sum/n) / n
}
