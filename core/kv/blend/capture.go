package blend

import (
	"context"
	"fmt"
	"time"

	"assay/core/kv"
	"assay/core/run"
	"assay/gpu"
)

// Capture prefills the context and returns its KV, K before RoPE.
func (s *Session) Capture(ctx context.Context) (kv.Tensors, error) {
	if err := s.mine(); err != nil {
		return kv.Tensors{}, err
	}
	c := s.e.m.Config
	t := kv.NewTensors(c.Layers, s.n, c.KVDim())
	err := s.e.guard(ctx, func() error {
		p := s.e.newPass(s.e.mem.mode, s.n, positions(0, s.n))
		p.tap = func(layer int, k, v gpu.Tensor) {
			p.download(t.K[layer], k)
			p.download(t.V[layer], v)
		}
		p.embed(s.a.IDs)
		for l := range c.Layers {
			p.plain(l)
		}
		return p.err
	})
	return t, err
}

// Rotate turns K of a captured context from before RoPE to its positions, in
// place; back turns it from there to before.
func (s *Session) Rotate(ctx context.Context, t kv.Tensors, back bool) error {
	if err := s.mine(); err != nil {
		return err
	}
	if err := s.fits(t); err != nil {
		return err
	}
	return s.e.guard(ctx, func() error {
		p := s.e.newPass(s.e.mem.mode, s.n, nil)
		at := positions(0, s.n)
		for _, k := range t.K {
			raw := p.rows(s.e.mem.ck, 0, s.n)
			p.do(func() error { return s.e.s.Upload(raw, k) })
			if back {
				p.do(func() error { return s.e.m.Unrotate(s.e.s, raw, raw, at) })
			} else {
				p.rotate(raw, raw, at)
			}
			p.download(k, raw)
		}
		return p.err
	})
}

// On answers every question on top of the given KV of the context, K before
// RoPE, in place of what full prefill computed.
func (x *Exam) On(ctx context.Context, t kv.Tensors) ([]Answer, error) {
	s := x.s
	if err := s.mine(); err != nil {
		return nil, err
	}
	if err := s.fits(t); err != nil {
		return nil, err
	}
	var rows [][][]float32
	err := s.e.guard(ctx, func() (err error) {
		mem := &s.e.mem
		p := s.e.newPass(mem.mode, s.n, nil)
		for l := range t.K {
			raw := p.rows(mem.ck, 0, s.n)
			p.do(func() error { return s.e.s.Upload(raw, t.K[l]) })
			p.rotate(p.rows(mem.mode.k[l], 0, s.n), raw, positions(0, s.n))
			v := p.rows(mem.mode.v[l], 0, s.n)
			p.do(func() error { return s.e.s.Upload(v, t.V[l]) })
		}
		if p.err != nil {
			return p.err
		}
		rows, err = x.ask(mem.mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.grade(rows, 0), nil
}

// fits reports KV that is not of the session's context.
func (s *Session) fits(t kv.Tensors) error {
	c := s.e.m.Config
	if t.Layers != c.Layers || t.Tokens != s.n || t.Channels != c.KVDim() {
		return &run.Error{Code: run.EInternal, Text: fmt.Sprintf("KV of %d layers, %d tokens and %d channels: the context has %d, %d and %d",
			t.Layers, t.Tokens, t.Channels, c.Layers, s.n, c.KVDim())}
	}
	return nil
}

// Continuation returns the greedy answer of full prefill, which a session with a
// question computes when it starts.
func (s *Session) Continuation() []int32 { return s.base.text }

// Recompute prefills context tokens from to to-1 on top of what a capture, or an
// earlier call for the tokens before, has left in the mode cache, and returns how
// long that took: what sending these tokens as text costs.
func (s *Session) Recompute(ctx context.Context, from, to int) (time.Duration, error) {
	if err := s.mine(); err != nil {
		return 0, err
	}
	var took time.Duration
	err := s.e.guard(ctx, func() error {
		began := s.e.now()
		_, err := s.extend(s.e.mem.mode, s.a.IDs[from:to], from, 0)
		took = s.e.now().Sub(began)
		return err
	})
	return took, err
}
