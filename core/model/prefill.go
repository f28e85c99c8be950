package model

import (
	"fmt"

	"assay/gpu"
)

// Prefill runs ids at positions 0, 1, ... through the whole model and returns all logits after the last one. It keeps no
// cache; engines that do drive the layers themselves. It is an error to give no ids, one outside the vocabulary, or more
// than Config.MaxPositions.
func (m *Model) Prefill(s *gpu.Stream, ids []int32) ([]float32, error) {
	if len(ids) == 0 || len(ids) > m.Config.MaxPositions {
		return nil, fmt.Errorf("prefill of %d tokens: expected 1 to %d", len(ids), m.Config.MaxPositions)
	}
	c, n := m.Config, len(ids)
	ws := NewWorkspace(m)
	var x, q, k, v, out, logits gpu.Tensor
	for _, t := range []struct {
		dst  *gpu.Tensor
		dims []int
	}{
		{&x, []int{n, c.Hidden}}, {&q, []int{n, c.Heads, c.HeadDim}}, {&k, []int{n, c.KVHeads, c.HeadDim}},
		{&v, []int{n, c.KVHeads, c.HeadDim}}, {&out, []int{n, c.Heads, c.HeadDim}}, {&logits, []int{1, c.Vocab}},
	} {
		var err error
		if *t.dst, err = m.Device.New(gpu.F32, t.dims...); err != nil {
			return nil, err
		}
	}
	pos := make([]int32, n)
	for i := range pos {
		pos[i] = int32(i)
	}
	opt := m.AttentionOpt()
	opt.QPos = pos
	if err := m.Embed(s, x, ids); err != nil {
		return nil, err
	}
	for l := range c.Layers {
		if err := m.QKV(s, ws, l, q, k, v, x); err != nil {
			return nil, err
		}
		if err := m.Rotate(s, q, q, pos); err != nil {
			return nil, at(l, "rope", err)
		}
		if err := m.Rotate(s, k, k, pos); err != nil {
			return nil, at(l, "rope", err)
		}
		if err := s.Attention(out, q, k, v, opt); err != nil {
			return nil, at(l, "attention", err)
		}
		if err := m.Finish(s, ws, l, x, out); err != nil {
			return nil, err
		}
	}
	last, err := x.Slice(0, n-1, n)
	if err != nil {
		return nil, err
	}
	if err := m.Logits(s, ws, logits, last); err != nil {
		return nil, err
	}
	host := make([]float32, c.Vocab)
	return host, s.Download(host, logits)
}
