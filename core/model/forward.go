package model

import (
	"fmt"
	"math"

	"assay/gpu"
)

// AttentionOpt is the model's part of an attention call: scale 1/sqrt(HeadDim), the sliding window, and the mask by
// positions. The engine adds QPos and KPos.
func (m *Model) AttentionOpt() gpu.AttentionOpt {
	return gpu.AttentionOpt{
		Mask:   gpu.ByPos,
		Scale:  float32(1 / math.Sqrt(float64(m.Config.HeadDim))),
		Window: m.Config.SlidingWindow,
	}
}

// Embed writes the embeddings of token ids to dst [len(ids), hidden]. An id outside the vocabulary is an error that names
// it.
func (m *Model) Embed(s *gpu.Stream, dst gpu.Tensor, ids []int32) error {
	if err := m.CheckIDs(ids); err != nil {
		return err
	}
	return s.Gather(dst, m.embed, ids)
}

// CheckIDs returns an error that names the first id outside the vocabulary.
func (m *Model) CheckIDs(ids []int32) error {
	for i, id := range ids {
		if id < 0 || int(id) >= m.Config.Vocab {
			return fmt.Errorf("token id %d at index %d is outside the vocabulary of %d", id, i, m.Config.Vocab)
		}
	}
	return nil
}

// QKV computes the projections of a layer from its input x [T, hidden]: RMSNorm, then q [T, H, d], k and v [T, G, d],
// biases added, nothing rotated. A zero Tensor for q, k or v leaves that projection out, so that an engine can compute
// keys and values for all rows and queries for some.
func (m *Model) QKV(s *gpu.Stream, ws *Workspace, layer int, q, k, v, x gpu.Tensor) error {
	l, err := m.layer(layer)
	if err != nil {
		return err
	}
	c := m.Config
	outs := []struct {
		dst   gpu.Tensor
		p     *linear
		heads int
	}{{q, &l.q, c.Heads}, {k, &l.k, c.KVHeads}, {v, &l.v, c.KVHeads}}
	return m.blocks(x, func(lo, hi int, rows gpu.Tensor) error {
		norm, err := ws.rows(&ws.norm, hi-lo, c.Hidden)
		if err != nil {
			return err
		}
		if err := s.RMSNorm(norm, rows, l.inputNorm, c.RMSEps, false); err != nil {
			return at(layer, "input norm", err)
		}
		for _, o := range outs {
			if !o.dst.Defined() {
				continue
			}
			dst, err := flatRows(o.dst, lo, hi, o.heads*c.HeadDim)
			if err != nil {
				return at(layer, "qkv", err)
			}
			if err := s.MatMul(dst, norm, o.p.w, gpu.MatMulOpt{Bias: o.p.bias}); err != nil {
				return at(layer, "qkv", err)
			}
		}
		return nil
	})
}

// Rotate applies the model's rotary embedding to queries or keys x [T, heads, d], row i at position pos[i]; dst may be x.
// Positions must be below Config.MaxPositions.
func (m *Model) Rotate(s *gpu.Stream, dst, x gpu.Tensor, pos []int32) error {
	return s.RoPE(dst, x, pos, m.rope, gpu.HalfSplit)
}

// ReRotate moves rotated keys k [T, G, d], row i by delta[i] positions, which may be negative; dst may be k.
func (m *Model) ReRotate(s *gpu.Stream, dst, k gpu.Tensor, delta []int32) error {
	return s.ReRoPE(dst, k, delta, m.rope, gpu.HalfSplit)
}

// Unrotate is the inverse of Rotate up to rounding: it turns keys k that stand at positions pos back to position 0.
func (m *Model) Unrotate(s *gpu.Stream, dst, k gpu.Tensor, pos []int32) error {
	back := make([]int32, len(pos))
	for i, p := range pos {
		back[i] = -p
	}
	return m.ReRotate(s, dst, k, back)
}

// Finish completes a layer in place on its input x [T, hidden] from the attention output attn [T, H, d]:
// x += o(attn), then x += down(silu(gate(y)) * up(y)) with y = RMSNorm(x).
func (m *Model) Finish(s *gpu.Stream, ws *Workspace, layer int, x, attn gpu.Tensor) error {
	l, err := m.layer(layer)
	if err != nil {
		return err
	}
	c := m.Config
	return m.blocks(x, func(lo, hi int, rows gpu.Tensor) error {
		heads, err := flatRows(attn, lo, hi, c.QDim())
		if err != nil {
			return at(layer, "attention output", err)
		}
		if err := s.MatMul(rows, heads, l.o.w, gpu.MatMulOpt{Bias: l.o.bias, Accumulate: true}); err != nil {
			return at(layer, "output projection", err)
		}
		norm, err := ws.rows(&ws.norm, hi-lo, c.Hidden)
		if err != nil {
			return err
		}
		gate, err := ws.rows(&ws.gate, hi-lo, c.Intermediate)
		if err != nil {
			return err
		}
		up, err := ws.rows(&ws.up, hi-lo, c.Intermediate)
		if err != nil {
			return err
		}
		if err := s.RMSNorm(norm, rows, l.postNorm, c.RMSEps, false); err != nil {
			return at(layer, "post-attention norm", err)
		}
		if err := s.MatMul(gate, norm, l.gate.w, gpu.MatMulOpt{Bias: l.gate.bias}); err != nil {
			return at(layer, "gate projection", err)
		}
		if err := s.MatMul(up, norm, l.up.w, gpu.MatMulOpt{Bias: l.up.bias}); err != nil {
			return at(layer, "up projection", err)
		}
		if err := s.SwiGLU(gate, gate, up); err != nil {
			return at(layer, "activation", err)
		}
		if err := s.MatMul(rows, gate, l.down.w, gpu.MatMulOpt{Bias: l.down.bias, Accumulate: true}); err != nil {
			return at(layer, "down projection", err)
		}
		return nil
	})
}

// Logits writes the next-token logits of rows x [T, hidden], after the last layer, to dst [T, vocab].
func (m *Model) Logits(s *gpu.Stream, ws *Workspace, dst, x gpu.Tensor) error {
	c := m.Config
	return m.blocks(x, func(lo, hi int, rows gpu.Tensor) error {
		norm, err := ws.rows(&ws.norm, hi-lo, c.Hidden)
		if err != nil {
			return err
		}
		if err := s.RMSNorm(norm, rows, m.finalNorm, c.RMSEps, false); err != nil {
			return fmt.Errorf("final norm: %w", err)
		}
		out, err := flatRows(dst, lo, hi, c.Vocab)
		if err != nil {
			return fmt.Errorf("logits: %w", err)
		}
		if err := s.MatMul(out, norm, m.head, gpu.MatMulOpt{}); err != nil {
			return fmt.Errorf("head: %w", err)
		}
		return nil
	})
}

func (m *Model) layer(i int) (*layer, error) {
	if i < 0 || i >= len(m.layers) {
		return nil, fmt.Errorf("layer %d does not exist: the model has %d", i, len(m.layers))
	}
	return &m.layers[i], nil
}

// blocks calls f for consecutive runs of at most blockRows rows of x.
func (m *Model) blocks(x gpu.Tensor, f func(lo, hi int, rows gpu.Tensor) error) error {
	if d := x.Dims(); len(d) != 2 || d[1] != m.Config.Hidden {
		return fmt.Errorf("x has shape %v, expected [tokens %d]", d, m.Config.Hidden)
	}
	n := x.Dim(0)
	for lo := 0; lo < n; lo += blockRows {
		hi := min(lo+blockRows, n)
		rows, err := x.Slice(0, lo, hi)
		if err != nil {
			return err
		}
		if err := f(lo, hi, rows); err != nil {
			return err
		}
	}
	return nil
}

// flatRows views rows lo to hi of t as a matrix of the given width.
func flatRows(t gpu.Tensor, lo, hi, width int) (gpu.Tensor, error) {
	part, err := t.Slice(0, lo, hi)
	if err != nil {
		return gpu.Tensor{}, err
	}
	return part.View(hi-lo, width)
}

// at says where in the model an operation failed.
func at(layer int, part string, err error) error {
	return fmt.Errorf("layer %d, %s: %w", layer, part, err)
}
