package kv

import "math"

// Tensors is the KV of a context on the host: of each layer K and V,
// [Tokens, Channels], row-major.
type Tensors struct {
	Layers, Tokens, Channels int
	K, V                     [][]float32
}

// NewTensors makes room for the KV of so many tokens.
func NewTensors(layers, tokens, channels int) Tensors {
	t := Tensors{Layers: layers, Tokens: tokens, Channels: channels, K: make([][]float32, layers), V: make([][]float32, layers)}
	for l := range layers {
		t.K[l], t.V[l] = make([]float32, tokens*channels), make([]float32, tokens*channels)
	}
	return t
}

// Values returns how many numbers it holds.
func (t Tensors) Values() int { return 2 * t.Layers * t.Tokens * t.Channels }

// Slice returns tokens lo to hi-1; it shares the memory.
func (t Tensors) Slice(lo, hi int) Tensors {
	s := Tensors{Layers: t.Layers, Tokens: hi - lo, Channels: t.Channels, K: make([][]float32, t.Layers), V: make([][]float32, t.Layers)}
	for l := range t.Layers {
		s.K[l], s.V[l] = t.K[l][lo*t.Channels:hi*t.Channels], t.V[l][lo*t.Channels:hi*t.Channels]
	}
	return s
}

// Clone returns a copy.
func (t Tensors) Clone() Tensors {
	c := NewTensors(t.Layers, t.Tokens, t.Channels)
	for l := range t.Layers {
		copy(c.K[l], t.K[l])
		copy(c.V[l], t.V[l])
	}
	return c
}

// Part returns K (0) or V (1) of a layer.
func (t Tensors) Part(part, layer int) []float32 {
	if part == 0 {
		return t.K[layer]
	}
	return t.V[layer]
}

// FirstBad finds the first NaN or Inf.
func (t Tensors) FirstBad() (part, layer, token, channel int, found bool) {
	for l := range t.Layers {
		for p := range 2 {
			for i, x := range t.Part(p, l) {
				if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
					return p, l, i / t.Channels, i % t.Channels, true
				}
			}
		}
	}
	return 0, 0, 0, 0, false
}
