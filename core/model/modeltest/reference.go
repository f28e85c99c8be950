package modeltest

import (
	"fmt"
	"math"
)

// Logits runs the whole text through the model in float64, one row after the other in the plainest way, and returns the
// logits of every position. It follows the formulas of the Llama papers directly and uses nothing of package model.
func (f *Files) Logits(ids []int32) [][]float64 {
	o := f.Options
	x := make([][]float64, len(ids))
	for t, id := range ids {
		x[t] = f.row("model.embed_tokens.weight", int(id))
	}
	keys := make([][][]float64, len(ids)) // of the layer at hand: [token][head][dim]
	values := make([][][]float64, len(ids))
	for l := range o.Layers {
		p := fmt.Sprintf("model.layers.%d.", l)
		queries := make([][][]float64, len(ids))
		for t := range ids {
			n := f.norm(p+"input_layernorm", x[t])
			queries[t] = heads(f.linear(p+"self_attn.q_proj", n), o.Heads)
			keys[t] = heads(f.linear(p+"self_attn.k_proj", n), o.KVHeads)
			values[t] = heads(f.linear(p+"self_attn.v_proj", n), o.KVHeads)
			for _, h := range queries[t] {
				f.rotate(h, t)
			}
			for _, h := range keys[t] {
				f.rotate(h, t)
			}
		}
		for t := range ids {
			var attn []float64
			for h, q := range queries[t] {
				attn = append(attn, f.attend(q, h*o.KVHeads/o.Heads, t, keys, values)...)
			}
			x[t] = sum(x[t], f.linear(p+"self_attn.o_proj", attn))
			n := f.norm(p+"post_attention_layernorm", x[t])
			gate, up := f.linear(p+"mlp.gate_proj", n), f.linear(p+"mlp.up_proj", n)
			for i, g := range gate {
				gate[i] = g / (1 + math.Exp(-g)) * up[i]
			}
			x[t] = sum(x[t], f.linear(p+"mlp.down_proj", gate))
		}
	}
	head := "lm_head"
	if o.Tie {
		head = "model.embed_tokens"
	}
	out := make([][]float64, len(ids))
	for t := range ids {
		out[t] = f.linear(head, f.norm("model.norm", x[t]))
	}
	return out
}

// attend is one head's causal softmax attention for the token at position t.
func (f *Files) attend(q []float64, kvHead, t int, keys, values [][][]float64) []float64 {
	first := 0
	if w := f.Options.Window; w > 0 {
		first = max(0, t-w+1)
	}
	scores := make([]float64, t+1)
	top := math.Inf(-1)
	for j := first; j <= t; j++ {
		scores[j] = dot(q, keys[j][kvHead]) / math.Sqrt(float64(len(q)))
		top = math.Max(top, scores[j])
	}
	out, total := make([]float64, len(q)), 0.0
	for j := first; j <= t; j++ {
		e := math.Exp(scores[j] - top)
		total += e
		for i, v := range values[j][kvHead] {
			out[i] += e * v
		}
	}
	for i := range out {
		out[i] /= total
	}
	return out
}

// rotate turns the pairs (i, i+d/2) of one head to position pos, in place.
func (f *Files) rotate(h []float64, pos int) {
	half := len(h) / 2
	for i := range half {
		s, c := math.Sincos(float64(pos) * f.frequency(i, len(h)))
		a, b := h[i], h[i+half]
		h[i], h[i+half] = a*c-b*s, b*c+a*s
	}
}

// frequency is the angle per position of pair i, scaled as Options.RopeScaling says.
func (f *Files) frequency(i, dim int) float64 {
	w := 1 / math.Pow(f.Options.Theta, float64(2*i)/float64(dim))
	scaling := f.Options.RopeScaling
	num := func(key string) float64 {
		if n, ok := scaling[key].(int); ok {
			return float64(n)
		}
		return scaling[key].(float64)
	}
	kind := scaling["rope_type"]
	if kind == nil {
		kind = scaling["type"]
	}
	switch kind {
	case "linear":
		return w / num("factor")
	case "llama3":
		// How many turns the pair makes within the original context decides how much of the scaling it gets.
		turns := num("original_max_position_embeddings") * w / (2 * math.Pi)
		smooth := (turns - num("low_freq_factor")) / (num("high_freq_factor") - num("low_freq_factor"))
		smooth = math.Min(1, math.Max(0, smooth))
		return w*smooth + w/num("factor")*(1-smooth)
	}
	return w
}

func (f *Files) row(name string, i int) []float64 {
	w := f.Tensors[name]
	n := w.Shape[1]
	out := make([]float64, n)
	for j, x := range w.Data[i*n : (i+1)*n] {
		out[j] = float64(x)
	}
	return out
}

// linear is W x + b, with b where the model has one.
func (f *Files) linear(name string, x []float64) []float64 {
	out := make([]float64, f.Tensors[name+".weight"].Shape[0])
	bias, hasBias := f.Tensors[name+".bias"]
	for i := range out {
		out[i] = dot(f.row(name+".weight", i), x)
		if hasBias {
			out[i] += float64(bias.Data[i])
		}
	}
	return out
}

// norm is x / sqrt(mean(x^2) + 1e-5) * w.
func (f *Files) norm(name string, x []float64) []float64 {
	scale := 1 / math.Sqrt(dot(x, x)/float64(len(x))+1e-5)
	out := make([]float64, len(x))
	for i, w := range f.Tensors[name+".weight"].Data {
		out[i] = x[i] * scale * float64(w)
	}
	return out
}

func heads(x []float64, n int) [][]float64 {
	d := len(x) / n
	out := make([][]float64, n)
	for h := range out {
		out[h] = x[h*d : (h+1)*d]
	}
	return out
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

func sum(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i, x := range a {
		out[i] = x + b[i]
	}
	return out
}
