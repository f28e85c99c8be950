package blend_test

import (
	"fmt"
	"math"
	"slices"

	"assay/core/kv"
	"assay/core/model/modeltest"
)

// reference serves prompts in float64 straight from the weights that modeltest
// wrote, one row after the other, sharing nothing with the engine. It is the
// independent answer that the engine is compared with.
type reference struct{ *modeltest.Files }

type (
	vec  []float64
	rows []vec // by position
)

func (r reference) row(name string, i int) vec {
	t := r.Tensors[name]
	width := len(t.Data) / t.Shape[0]
	out := make(vec, width)
	for j := range out {
		out[j] = float64(t.Data[i*width+j])
	}
	return out
}

func (r reference) linear(name string, x vec) vec {
	w := r.Tensors[name+".weight"]
	out := make(vec, w.Shape[0])
	for i := range out {
		for j, v := range x {
			out[i] += float64(w.Data[i*len(x)+j]) * v
		}
	}
	if b, ok := r.Tensors[name+".bias"]; ok {
		for i := range out {
			out[i] += float64(b.Data[i])
		}
	}
	return out
}

func (r reference) norm(name string, x vec) vec {
	var ss float64
	for _, v := range x {
		ss += v * v
	}
	scale := 1 / math.Sqrt(ss/float64(len(x))+1e-5)
	out := make(vec, len(x))
	for i, w := range r.Tensors[name+".weight"].Data {
		out[i] = x[i] * scale * float64(w)
	}
	return out
}

// turn rotates every head of a row to a position.
func (r reference) turn(x vec, pos int) vec {
	out, d := make(vec, len(x)), r.Options.HeadDim
	for at := 0; at < len(x); at += d {
		for i := range d / 2 {
			s, c := math.Sincos(float64(pos) * math.Pow(r.Options.Theta, -2*float64(i)/float64(d)))
			a, b := x[at+i], x[at+i+d/2]
			out[at+i], out[at+i+d/2] = a*c-b*s, b*c+a*s
		}
	}
	return out
}

// attend is the attention of one row over the keys that sees says.
func (r reference) attend(q vec, k, v rows, sees func(j int) bool) vec {
	o := r.Options
	var out vec
	for h := range o.Heads {
		qh := q[h*o.HeadDim : (h+1)*o.HeadDim]
		g := h * o.KVHeads / o.Heads * o.HeadDim
		acc, total := make(vec, o.HeadDim), 0.0
		for j := range k {
			if k[j] == nil || !sees(j) {
				continue
			}
			var dot float64
			for i, a := range qh {
				dot += a * k[j][g+i]
			}
			e := math.Exp(dot / math.Sqrt(float64(o.HeadDim)))
			total += e
			for i := range acc {
				acc[i] += e * v[j][g+i]
			}
		}
		for i := range acc {
			acc[i] /= total
		}
		out = append(out, acc...)
	}
	return out
}

func (r reference) finish(layer int, x, attn vec) vec {
	p := fmt.Sprintf("model.layers.%d.", layer)
	x = plus(x, r.linear(p+"self_attn.o_proj", attn))
	n := r.norm(p+"post_attention_layernorm", x)
	gate, up := r.linear(p+"mlp.gate_proj", n), r.linear(p+"mlp.up_proj", n)
	for i, g := range gate {
		gate[i] = g / (1 + math.Exp(-g)) * up[i]
	}
	return plus(x, r.linear(p+"mlp.down_proj", gate))
}

func plus(a, b vec) vec {
	out := slices.Clone(a)
	for i := range b {
		out[i] += b[i]
	}
	return out
}

// cached is the KV cache of context tokens: K before RoPE, V, and the position
// that K is to be turned to; nil rows have none.
type cached struct {
	k, v  []rows // by layer
	turns []int
}

// choice says which rows are computed: all of them up to the check layer, or,
// without a check layer, the same few everywhere.
type choice struct {
	first  []int                                                             // active rows at layer 0
	at     func(layer int, active []int, dk, dv func(pos int) float64) []int // rows that go on at a layer; nil for all
	corner bool                                                              // bottom-right mask once rows were cut
}

// served is what serving left behind.
type served struct {
	k, v   []rows // rotated K, V by layer
	active [][]int
	logits vec
}

// serve runs ids with the rows of c, everything else from the cache.
func (r reference) serve(ids []int32, old cached, c choice) served {
	o := r.Options
	out := served{k: make([]rows, o.Layers), v: make([]rows, o.Layers)}
	active := c.first
	x := make(rows, len(ids))
	for _, p := range active {
		x[p] = r.row("model.embed_tokens.weight", int(ids[p]))
	}
	cut := false
	for l := range o.Layers {
		name := fmt.Sprintf("model.layers.%d.", l)
		k, v, q, raw := make(rows, len(ids)), make(rows, len(ids)), make(rows, len(ids)), make(rows, len(ids))
		for p := range ids {
			if old.k != nil && p < len(old.k[l]) && old.k[l][p] != nil {
				k[p], v[p] = r.turn(old.k[l][p], old.turns[p]), old.v[l][p]
			}
		}
		for _, p := range active {
			n := r.norm(name+"input_layernorm", x[p])
			raw[p], v[p] = r.linear(name+"self_attn.k_proj", n), r.linear(name+"self_attn.v_proj", n)
			k[p], q[p] = r.turn(raw[p], p), r.turn(r.linear(name+"self_attn.q_proj", n), p)
		}
		out.active = append(out.active, active)
		out.k[l], out.v[l] = k, v
		if c.at != nil {
			dk := func(p int) float64 { return apart(raw[p], old.k[l][p]) }
			dv := func(p int) float64 { return apart(v[p], old.v[l][p]) }
			if next := c.at(l, active, dk, dv); next != nil {
				active, cut = next, true
			}
		}
		for i, p := range active {
			attn := r.attend(q[p], k, v, func(j int) bool {
				if c.corner && cut {
					return j <= len(ids)-len(active)+i
				}
				return j <= p
			})
			x[p] = r.finish(l, x[p], attn)
		}
	}
	last := r.norm("model.norm", x[len(ids)-1])
	head := "lm_head"
	if o.Tie {
		head = "model.embed_tokens"
	}
	out.logits = r.linear(head, last)
	return out
}

func apart(a, b vec) float64 {
	var d float64
	for i := range a {
		d += (a[i] - b[i]) * (a[i] - b[i])
	}
	return d
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// alone computes the caches of the rows of ids behind those of front, K before
// RoPE: what is stored of a segment.
func (r reference) alone(front, ids []int32) (k, v []rows) {
	all := append(slices.Clone(front), ids...)
	s := r.serve(all, cached{}, choice{first: upTo(len(all))})
	for l := range r.Options.Layers {
		var back rows
		for p := len(front); p < len(all); p++ {
			back = append(back, r.turn(s.k[l][p], -p))
		}
		k, v = append(k, back), append(v, s.v[l][len(front):])
	}
	return k, v
}

// caches precomputes the segments of a prompt as a mode needs them; with the
// question too where asked.
func (r reference) caches(a kv.Assembly, mode kv.Mode, question bool, dummy func(n int) []int32) cached {
	c := cached{k: make([]rows, r.Options.Layers), v: make([]rows, r.Options.Layers)}
	for _, s := range a.Segments {
		if s.Kind == kv.SegmentQuestion && !question {
			continue
		}
		front := []int32{0} // the BOS of modeltest
		if s.Kind == kv.SegmentPrefix {
			front = nil
		} else if mode == kv.PromptCache {
			front = dummy(s.Start)
		}
		k, v := r.alone(front, a.Of(s))
		for l := range k {
			c.k[l], c.v[l] = append(c.k[l], k[l]...), append(c.v[l], v[l]...)
		}
		for i := range s.End - s.Start {
			if mode == kv.ReuseRaw {
				c.turns = append(c.turns, len(front)+i)
			} else {
				c.turns = append(c.turns, s.Start+i)
			}
		}
	}
	return c
}

// top returns the m of the candidates with the highest score, ascending.
func top(candidates []int, score func(p int) float64, m int) []int {
	order := slices.Clone(candidates)
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := score(a), score(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	order = order[:m]
	slices.Sort(order)
	return order
}
