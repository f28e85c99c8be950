package score

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"assay/core/prune"
)

// Batch is what gradients are taken on: inputs one after the other, and their
// labels.
type Batch struct {
	X []float32
	Y []int32
}

// Net is a network as the methods see it. Vectors hold the prunable weights in
// the order of prune.Layout; everything else that a network holds, biases and
// normalisation, is the network's own. Results may be reused by the next call:
// copy what is to stay.
type Net interface {
	// Gradient returns the mean cross-entropy of logits/temperature over a batch, in
	// training mode (normalised by the batch), and its gradient.
	Gradient(ctx context.Context, weights []float32, b Batch, temperature float64) (loss float64, grad []float32, err error)
	// Product returns the Hessian of the same loss times a vector.
	Product(ctx context.Context, weights, vector []float32, b Batch, temperature float64) ([]float32, error)
	// Flow returns the sum R of the logits on an input of ones, without biases and
	// with normalisation replaced by its positive scale, and dR/dw. Weights are
	// not negative.
	Flow(ctx context.Context, weights []float32) (total float64, grad []float32, err error)
}

// Mask says which weights stay.
type Mask []bool

// Full returns a mask that keeps all of n weights.
func Full(n int) Mask {
	m := make(Mask, n)
	for i := range m {
		m[i] = true
	}
	return m
}

// Kept counts the weights that stay.
func (m Mask) Kept() int {
	n := 0
	for _, keep := range m {
		if keep {
			n++
		}
	}
	return n
}

// Layers counts the weights that stay in each layer.
func (m Mask) Layers(layers []prune.Tensor) []int {
	out := make([]int, len(layers))
	for l, t := range layers {
		out[l] = m[t.Offset : t.Offset+t.Len].Kept()
	}
	return out
}

// Hash names a mask: SHA-256 over its length and its bits.
func (m Mask) Hash() string {
	bits := binary.LittleEndian.AppendUint64(nil, uint64(len(m)))
	for i := 0; i < len(m); i += 8 {
		var b byte
		for k, keep := range m[i:min(i+8, len(m))] {
			if keep {
				b |= 1 << k
			}
		}
		bits = append(bits, b)
	}
	sum := sha256.Sum256(bits)
	return hex.EncodeToString(sum[:])
}

// Apply writes the weights into dst, 0 where the mask removes them.
func (m Mask) Apply(dst, weights []float32) {
	for i, w := range weights {
		if !m[i] {
			w = 0
		}
		dst[i] = w
	}
}
