package blend

import (
	"fmt"
	"slices"

	"assay/core/kv"
	"assay/core/model"
	"assay/core/run"
	"assay/gpu"
)

// movable are the rope types whose angles are the same at every length of text,
// so that a key can be turned from one position to another. Keys of others
// (dynamic, longrope) can only be stored before RoPE.
var movable = [...]string{model.RoPEDefault, model.RoPELinear, model.RoPELlama3}

// checkState refuses a form of K that cannot be moved on this model.
func (e *Engine) checkState(state kv.RoPEState) error {
	switch t := e.m.Config.RoPE.Type; {
	case state == "" || state == kv.RoPEPre:
		return nil
	case state != kv.RoPEPost:
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("unknown rope-state %q: expected pre or post", state)}
	case !slices.Contains(movable[:], t):
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("rope-state post: keys of rope type %q cannot be moved once they are rotated, "+
			"only default, linear and llama3 turn by the same angles at every length of text; use rope-state pre", t)}
	}
	return nil
}

// rotated is K of consecutive rows from position at on, after RoPE, in scratch
// memory that the next layer overwrites. Its bits are those of a pass.
func (p *pass) rotated(k gpu.Tensor, at int) gpu.Tensor {
	out := p.rows(p.e.mem.ck, 0, k.Dim(0))
	p.rotate(out, k, positions(at, at+k.Dim(0)))
	return out
}

// place turns loaded K of rows lo to hi to their positions. K before RoPE is
// rotated, as exactly as a fresh row; K after RoPE by the difference of two
// positions, which rounds once more. A difference of 0 changes no bit.
func (d *loader) place(p *pass, dst, raw gpu.Tensor, lo, hi int) {
	dst, raw = p.rows(dst, lo, hi), p.rows(raw, lo, hi)
	if !d.rotated {
		p.rotate(dst, raw, d.turns[lo:hi])
		return
	}
	delta := make([]int32, hi-lo)
	for i := range delta {
		delta[i] = d.turns[lo+i] - d.stood[lo+i]
	}
	p.rerotate(dst, raw, delta)
}

// unturn brings loaded K back to what it was before RoPE, in place; at says which
// row of the prompt each is.
func (d *loader) unturn(p *pass, k gpu.Tensor, at []int32) {
	if !d.rotated || len(at) == 0 {
		return
	}
	delta := make([]int32, len(at))
	for i, row := range at {
		delta[i] = -d.stood[row]
	}
	p.rerotate(k, k, delta)
}
