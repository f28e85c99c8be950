package blend

import (
	"context"
	"fmt"
	"math"

	"assay/core/kv"
	"assay/core/model"
	"assay/core/run"
	"assay/gpu"
)

// Gate runs the correctness gate: a short fixed prompt of token ids, the same
// for every model of a vocabulary, must show that the engine blends this model
// without a fault of its own.
//
//   - A blend with ratio 1 gives full prefill bit for bit: every logit of the
//     last token, K and V of every layer and row.
//   - After re-positioning, K and V of layer 0 deviate by exactly 0: they depend
//     on token and position alone.
//   - The rows of the prefix deviate by exactly 0 at every layer, in reuse and in
//     a blend.
//
// Where it fails the error is an *run.Error of code E-GATE with the figure, and
// blending must be refused. The gate ends the engine's session.
func (e *Engine) Gate(ctx context.Context) (kv.CheckDoc, error) {
	disk := e.store
	e.store = nil // what is checked is the computation, not the cache
	defer func() { e.store = disk }()
	var doc kv.CheckDoc
	s, err := e.Start(ctx, gatePrompt(e.m.Config), SessionOptions{})
	if err != nil {
		return doc, err
	}
	err = e.guard(ctx, func() error {
		doc, err = s.gate()
		return err
	})
	if err != nil {
		return doc, err
	}
	return doc, verdict(e.m.Name, doc)
}

func verdict(name string, d kv.CheckDoc) error {
	var text string
	switch {
	case d.Pass:
		return nil
	case !d.R1BitEqual:
		text = fmt.Sprintf("a blend with ratio 1 differs from full prefill, logits by up to %g", d.R1MaxLogitDiff)
	case d.Layer0MaxDeviation != 0:
		text = fmt.Sprintf("layer 0 deviates by up to %g after re-positioning, expected 0", d.Layer0MaxDeviation)
	default:
		text = fmt.Sprintf("prefix rows deviate by up to %g, expected 0", d.PrefixMaxDeviation)
	}
	return &run.Error{Code: run.EGate, Text: fmt.Sprintf("model %s fails the correctness gate: %s", name, text),
		Hint: "blending is refused; this is a fault of the kernels or of the model's files"}
}

// gatePrompt has a prefix longer than its BOS, chunks of 1, 2 and many tokens,
// one of them twice, and a question, as far as the model's context allows.
func gatePrompt(c model.Config) kv.Assembly {
	n := 0
	ids := func(count int) kv.Part {
		out := make([]int32, count)
		for i := range out {
			n++
			// A stride coprime to most vocabularies spreads the ids; which ids does not matter.
			out[i] = int32((n * 7919) % c.Vocab)
		}
		return kv.IDPart(out)
	}
	// The longest fits in 96 positions; a shorter context gets shorter chunks.
	long := min(33, max(1, (c.MaxPositions-14)/2))
	twice := ids(long)
	prefix := ids(3)
	if c.BOS >= 0 {
		prefix.IDs = append([]int32{int32(c.BOS)}, prefix.IDs...)
	}
	p := kv.Prompt{Prefix: prefix, Chunks: []kv.Part{twice, ids(1), twice, ids(2)}, Question: ids(3)}
	a, err := kv.Assemble(p, kv.Vocabulary{Size: c.Vocab, BOS: c.BOS, Positions: c.MaxPositions})
	if err != nil {
		panic("blend: gate prompt: " + err.Error()) // ids are in range; the length is checked by Start again
	}
	return a
}

func (s *Session) gate() (kv.CheckDoc, error) {
	var d kv.CheckDoc
	one, err := s.blend(mustNormal(kv.Spec{Mode: kv.Blend, Ratio: 1}), false)
	if err != nil {
		return d, err
	}
	if d.R1BitEqual, d.R1MaxLogitDiff, err = s.same(one.logits); err != nil {
		return d, err
	}
	for _, spec := range []kv.Spec{{Mode: kv.Reuse}, {Mode: kv.Blend, Ratio: 0.3}} {
		spec = mustNormal(spec)
		out, err := s.execute(spec, false)
		if err != nil {
			return d, err
		}
		r := s.document(spec, out)
		if err := s.compare(r, out); err != nil {
			return d, err
		}
		prefix := s.a.Prefix()
		for _, dev := range [][]float32{r.DK, r.DV} {
			for i, x := range dev {
				if i < s.n {
					d.Layer0MaxDeviation = worse(d.Layer0MaxDeviation, x)
				}
				if i%s.n < prefix {
					d.PrefixMaxDeviation = worse(d.PrefixMaxDeviation, x)
				}
			}
		}
	}
	d.Pass = d.R1BitEqual && d.Layer0MaxDeviation == 0 && d.PrefixMaxDeviation == 0
	return d, nil
}

// worse is the larger one; NaN becomes the largest number, which JSON can hold.
func worse(a float64, x float32) float64 {
	if x != x {
		return math.MaxFloat64
	}
	return max(a, float64(x))
}

// same compares the mode's logits and cache with the baseline's, bit for bit.
func (s *Session) same(logits []float32) (equal bool, far float64, err error) {
	equal = equalBits(logits, s.base.forced[0])
	for i, x := range logits {
		far = worse(far, float32(math.Abs(float64(x)-float64(s.base.forced[0][i]))))
	}
	p := s.e.newPass(s.e.mem.mode, s.len, nil)
	for l := range s.e.m.Config.Layers {
		for _, pair := range [][2]gpu.Tensor{{s.e.mem.mode.k[l], s.e.mem.full.k[l]}, {s.e.mem.mode.v[l], s.e.mem.full.v[l]}} {
			var rows [2][]float32
			for i, t := range pair {
				t = p.rows(t, 0, s.len)
				rows[i] = make([]float32, t.Len())
				p.download(rows[i], t)
			}
			equal = equal && equalBits(rows[0], rows[1])
		}
	}
	return equal, far, p.err
}

func equalBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// mustNormal is for specs that are written out in this package.
func mustNormal(s kv.Spec) kv.Spec {
	n, err := s.Normal()
	if err != nil {
		panic("blend: " + err.Error())
	}
	return n
}
