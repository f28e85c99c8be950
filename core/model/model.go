package model

import (
	"assay/core/model/tokenizer"
	"assay/gpu"
)

// Tokenizer turns text into token ids and back; see package tokenizer.
type Tokenizer = tokenizer.Tokenizer

// Model is a loaded model: configuration, weights on a device, and the tokenizer where the folder has one. It is
// immutable and safe for concurrent use, each stream with its own Workspace.
type Model struct {
	// Config describes the model.
	Config Config
	// Tokenizer is nil when the folder has none; prompts are then given as token ids.
	Tokenizer *Tokenizer
	// Fingerprint is a hex SHA-256 over configuration and weights: equal fingerprints compute equal numbers.
	Fingerprint string
	// Name is what the model was called when it was loaded, usually its folder's name.
	Name string
	// Device holds the weights.
	Device *gpu.Device

	embed     gpu.Tensor // [vocab, hidden], storage type
	layers    []layer
	finalNorm gpu.Tensor // [hidden], f32
	head      *gpu.Weight
	rope      *gpu.RoPETable
}

// layer is one decoder layer. Norms and biases are f32, matrices keep their storage type.
type layer struct {
	inputNorm, postNorm gpu.Tensor
	q, k, v, o          linear
	gate, up, down      linear
}

// linear is a projection; the zero Tensor means no bias.
type linear struct {
	w    *gpu.Weight
	bias gpu.Tensor
}

// FLOPs counts floating-point operations per token of the matrix products, a multiply and an add being two. Attention
// scores depend on the length of the context and are not included.
type FLOPs struct {
	// QKV, O and MLP are parts of one layer, Head is the output head.
	QKV, O, MLP, Head int64
}

// Layer is the total of one layer.
func (f FLOPs) Layer() int64 { return f.QKV + f.O + f.MLP }

// LinearFLOPs returns the operations per token of the model's matrix products.
func (c Config) LinearFLOPs() FLOPs {
	h, q, kv, i := int64(c.Hidden), int64(c.QDim()), int64(c.KVDim()), int64(c.Intermediate)
	return FLOPs{QKV: 2 * h * (q + 2*kv), O: 2 * q * h, MLP: 6 * h * i, Head: 2 * h * int64(c.Vocab)}
}

// LinearFLOPs is Config.LinearFLOPs.
func (m *Model) LinearFLOPs() FLOPs { return m.Config.LinearFLOPs() }
