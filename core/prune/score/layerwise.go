package score

import (
	"math"
	"slices"

	"assay/core/prune"
)

// Uniform returns the counts that keep the same share of every layer, k in all.
func Uniform(layers []prune.Tensor, k int) []int {
	raw := make([]float64, len(layers))
	for l := range raw {
		raw[l] = 1
	}
	return shares(layers, raw, k)
}

// ERK returns the counts of the Erdős-Rényi-kernel rule, k in all: the share of
// a layer is in proportion to (out+in+kh+kw) / (out*in*kh*kw), at most 1, what
// is above going to the other layers.
func ERK(layers []prune.Tensor, k int) []int {
	raw := make([]float64, len(layers))
	for l := range layers {
		sum, product := 0.0, 1.0
		for _, d := range layers[l].Shape {
			sum += float64(d)
			product *= float64(d)
		}
		raw[l] = sum / product
	}
	return shares(layers, raw, k)
}

// shares scales raw shares so that k weights stay, none of them above 1, and
// rounds them to counts by the largest remainder, the lower layer first among
// equals.
func shares(layers []prune.Tensor, raw []float64, k int) []int {
	counts, whole := make([]int, len(layers)), make([]bool, len(layers))
	scale := 0.0
	for again := true; again; {
		again = false
		left, weight := float64(k), 0.0
		for l := range layers {
			n := float64(layers[l].Len)
			if whole[l] {
				left -= n
			} else {
				weight += raw[l] * n
			}
		}
		if weight == 0 {
			break
		}
		scale = left / weight
		for l := range layers {
			if !whole[l] && raw[l]*scale > 1 {
				whole[l], again = true, true
			}
		}
	}
	type remainder struct {
		layer int
		part  float64
	}
	var rest []remainder
	for l := range layers {
		n := layers[l].Len
		if whole[l] {
			counts[l] = n
		} else {
			exact := math.Max(0, raw[l]*scale*float64(n))
			counts[l] = min(n, int(exact+1e-9))
			rest = append(rest, remainder{l, exact - float64(counts[l])})
		}
		k -= counts[l]
	}
	slices.SortStableFunc(rest, func(a, b remainder) int {
		switch {
		case a.part > b.part:
			return -1
		case a.part < b.part:
			return 1
		}
		return 0
	})
	for i := 0; k > 0 && len(rest) > 0; i = (i + 1) % len(rest) {
		if l := rest[i].layer; counts[l] < layers[l].Len {
			counts[l]++
			k--
		}
	}
	return counts
}
