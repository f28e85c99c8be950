package blend_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/core/prng"
	"assay/gpu"
)

// world is a small random model, loaded, and its reference.
type world struct {
	ref reference
	m   *model.Model
}

func device(t testing.TB, o gpu.Options) *gpu.Device {
	t.Helper()
	if o.Threads == 0 {
		o.Threads = 2
	}
	d, err := gpu.Open("cpu", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func newWorld(t testing.TB, o modeltest.Options) world {
	t.Helper()
	dir := t.TempDir()
	f := modeltest.Write(t, dir, o)
	m, err := model.LoadDir(t.Context(), dir, device(t, gpu.Options{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	return world{reference{f}, m}
}

// fourLayers is deep enough for rows to be cut, to drift apart and to be dropped.
var fourLayers = modeltest.Options{Seed: 3, Layers: 4}

func newEngine(t testing.TB, m *model.Model, o blend.Options) *blend.Engine {
	t.Helper()
	e, err := blend.New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// part draws so many token ids.
func part(name string, n int) kv.Part {
	r := prng.New(5, name)
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(2 + r.IntN(60))
	}
	return kv.IDPart(ids)
}

// assemble makes a prompt of segments of the given lengths: chunks between a
// prefix (BOS and more) and a question.
func assemble(t testing.TB, m *model.Model, prefix int, chunks []int, question int) kv.Assembly {
	t.Helper()
	p := kv.Prompt{Prefix: part("prefix", prefix), Question: part("question", question)}
	if prefix > 0 && m.Config.BOS >= 0 {
		p.Prefix.IDs[0] = int32(m.Config.BOS)
	}
	for i, n := range chunks {
		p.Chunks = append(p.Chunks, part(fmt.Sprintf("chunk %d", i), n))
	}
	return assembled(t, m, p)
}

func assembled(t testing.TB, m *model.Model, p kv.Prompt) kv.Assembly {
	t.Helper()
	a, err := kv.Assemble(p, blend.Vocabulary(m))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func start(t testing.TB, e *blend.Engine, a kv.Assembly, o blend.SessionOptions) *blend.Session {
	t.Helper()
	s, err := e.Start(t.Context(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(t testing.TB, s *blend.Session, spec kv.Spec) *blend.Result {
	t.Helper()
	r, err := s.Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// expected works out what the reference gives for a spec.
func expected(w world, a kv.Assembly, spec kv.Spec, dummy func(int) []int32) (s served, full served, picked []int) {
	n, total, layers := a.Context, len(a.IDs), w.ref.Options.Layers
	full = w.ref.serve(a.IDs, cached{}, choice{first: upTo(total)})
	ref := spec.Variant == kv.VariantRef
	old := w.ref.caches(a, spec.Mode, ref && spec.Mode == kv.Blend, dummy)
	var first []int
	chunk := 0
	for _, g := range a.Segments {
		switch {
		case g.Kind == kv.SegmentQuestion:
			first = append(first, span(g.Start, g.End)...)
		case g.Kind == kv.SegmentChunk && spec.Mode == kv.LegoLink && chunk > 0:
			heads := span(g.Start, min(g.End, g.Start+spec.LegoK))
			first, picked = append(first, heads...), append(picked, heads...)
		case spec.Mode == kv.Prefix && g.Kind == kv.SegmentChunk:
			first = append(first, span(g.Start, g.End)...)
		}
		if g.Kind == kv.SegmentChunk {
			chunk++
		}
	}
	if !spec.Mode.Selects() {
		return w.ref.serve(a.IDs, old, choice{first: first}), full, picked
	}
	tail := n
	if ref {
		tail = total - 1
	}
	c := choice{first: upTo(total), corner: spec.Mask == kv.MaskBottomRight}
	c.at = func(l int, active []int, dk, dv func(int) float64) []int {
		if l == 0 || (l > 1 && spec.Filter != kv.FilterGradual) {
			return nil
		}
		score := map[kv.Rule]func(int) float64{kv.RuleV: dv, kv.RuleK: dk, kv.RuleKV: func(p int) float64 { return dk(p) + dv(p) }}[spec.Rule]
		if spec.Mode == kv.Oracle {
			score = func(p int) (sum float64) {
				for j := range layers {
					sum += apart(full.v[j][p], old.v[j][p])
				}
				return sum
			}
		}
		from := span(0, tail)
		if l > 1 {
			from = picked
		}
		m := int(spec.Ratio * float64(tail))
		if spec.Filter == kv.FilterGradual {
			m = int(spec.Ratio * (1 + 0.2*(1-2*float64(l-1)/float64(layers-2))) * float64(tail))
		}
		picked = top(from, score, m)
		return append(slices.Clone(picked), span(tail, total)...)
	}
	s = w.ref.serve(a.IDs, old, c)
	return s, full, picked
}

func span(lo, hi int) []int {
	var out []int
	for i := lo; i < hi; i++ {
		out = append(out, i)
	}
	return out
}

// counting is the dummy text of a model without a tokenizer: BOS, 0, 1, 2, ...
func counting(n int) []int32 {
	out := []int32{0}
	for i := 0; len(out) < n; i++ {
		out = append(out, int32(i%64))
	}
	return out[:n]
}

func TestModesAgreeWithAFloat64Reference(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	a := assemble(t, w.m, 3, []int{9, 1, 14, 6}, 5)
	s := start(t, e, a, blend.SessionOptions{MaxNew: 3})
	single := kv.Spec{Mode: kv.Blend, Ratio: 0.3, Rule: kv.RuleV, Filter: kv.FilterSingle, Mask: kv.MaskExact}
	with := func(f func(*kv.Spec)) kv.Spec { c := single; f(&c); return c }
	for _, spec := range []kv.Spec{
		{Mode: kv.Full}, {Mode: kv.Prefix}, {Mode: kv.Reuse}, {Mode: kv.ReuseRaw}, {Mode: kv.PromptCache}, {Mode: kv.LegoLink, LegoK: 4},
		single,
		with(func(c *kv.Spec) { c.Rule = kv.RuleK }),
		with(func(c *kv.Spec) { c.Rule = kv.RuleKV }),
		with(func(c *kv.Spec) { c.Mask = kv.MaskBottomRight }),
		with(func(c *kv.Spec) { c.Filter = kv.FilterGradual }),
		with(func(c *kv.Spec) { c.Filter, c.Rule = kv.FilterGradual, kv.RuleK }),
		with(func(c *kv.Spec) { c.Filter, c.Rule, c.Mask = kv.FilterGradual, kv.RuleKV, kv.MaskBottomRight }),
		with(func(c *kv.Spec) { c.Variant, c.Mask = kv.VariantRef, kv.MaskBottomRight }),
		with(func(c *kv.Spec) { c.Variant, c.Ratio = kv.VariantRef, 0.8 }),
		with(func(c *kv.Spec) { c.Variant, c.Filter, c.Ratio = kv.VariantRef, kv.FilterGradual, 0.6 }),
		with(func(c *kv.Spec) { c.Mode = kv.Oracle }),
	} {
		t.Run(fmt.Sprintf("%s/%s/%s/%s/%s", spec.Mode, spec.Rule, spec.Filter, spec.Mask, spec.Variant), func(t *testing.T) {
			want, full, picked := expected(w, a, spec, counting)
			if spec.Mode == kv.Full {
				want = full
			}
			got := serve(t, s, spec)
			var inContext []int
			for _, p := range picked {
				if p < a.Context {
					inContext = append(inContext, p)
				}
			}
			if !slices.Equal(got.Doc.Picked, inContext) {
				t.Fatalf("picked %v, want %v", got.Doc.Picked, inContext)
			}
			// f32 against float64 over four layers; a wrong row, mask or position is off by 0.1 and more.
			for i, x := range got.Doc.LogitsHead {
				if math.Abs(x-want.logits[i]) > 2e-4 {
					t.Fatalf("logit %d is %v, want %v", i, x, want.logits[i])
				}
			}
			for l := range fourLayers.Layers {
				for p := range a.Context {
					dk, dv := math.Sqrt(apart(want.k[l][p], full.k[l][p])), math.Sqrt(apart(want.v[l][p], full.v[l][p]))
					at := l*a.Context + p
					if math.Abs(float64(got.DK[at])-dk) > 2e-4 || math.Abs(float64(got.DV[at])-dv) > 2e-4 {
						t.Fatalf("layer %d token %d: deviation %v, %v; want %v, %v", l, p, got.DK[at], got.DV[at], dk, dv)
					}
					if fresh := slices.Contains(want.active[l], p); fresh != (got.Selected[at] == 1) {
						t.Fatalf("layer %d token %d: computed %v, want %v", l, p, got.Selected[at], fresh)
					}
				}
				if got.Doc.Layers[l].Active != len(want.active[l]) {
					t.Errorf("layer %d: %d rows, want %d", l, got.Doc.Layers[l].Active, len(want.active[l]))
				}
			}
			if kl := divergence(full.logits, want.logits); math.Abs(got.Doc.KL-kl) > 1e-4 {
				t.Errorf("KL %v, want %v", got.Doc.KL, kl)
			}
		})
	}
}

// divergence is KL(p || q) of two rows of logits.
func divergence(p, q vec) (kl float64) {
	lse := func(x vec) (s float64) {
		for _, v := range x {
			s += math.Exp(v)
		}
		return math.Log(s)
	}
	lp, lq := lse(p), lse(q)
	for i := range p {
		kl += math.Exp(p[i]-lp) * (p[i] - lp - q[i] + lq)
	}
	return kl
}

func TestBlendAgreesWithBiasesTiesAndNoBOS(t *testing.T) {
	o := fourLayers
	o.AttentionBias, o.Tie, o.KVHeads, o.NoBOS = true, true, 1, true
	w := newWorld(t, o)
	e := newEngine(t, w.m, blend.Options{})
	a := assembled(t, w.m, kv.Prompt{Chunks: []kv.Part{part("a", 8), part("b", 9)}, Question: part("q", 3)})
	s := start(t, e, a, blend.SessionOptions{})
	got := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 0.25})
	// Without a BOS nothing stands in front of a chunk, and the first chunk is exact.
	old := cached{k: make([]rows, o.Layers), v: make([]rows, o.Layers), turns: upTo(17)}
	for _, g := range a.Segments[:2] {
		k, v := w.ref.alone(nil, a.Of(g))
		for l := range k {
			old.k[l], old.v[l] = append(old.k[l], k[l]...), append(old.v[l], v[l]...)
		}
	}
	var picked []int
	want := w.ref.serve(a.IDs, old, choice{first: upTo(20), at: func(l int, _ []int, _, dv func(int) float64) []int {
		if l != 1 {
			return nil
		}
		picked = top(upTo(17), dv, 4)
		return append(slices.Clone(picked), 17, 18, 19)
	}})
	if !slices.Equal(got.Doc.Picked, picked) {
		t.Fatalf("picked %v, want %v", got.Doc.Picked, picked)
	}
	for i, x := range got.Doc.LogitsHead {
		if math.Abs(x-want.logits[i]) > 2e-4 {
			t.Fatalf("logit %d is %v, want %v", i, x, want.logits[i])
		}
	}
	for at := range 8 {
		if got.DV[3*17+at] != 0 {
			t.Errorf("the first chunk deviates at token %d", at)
		}
	}
}

func TestCancelledContextEndsARunAndTheEngineGoesOn(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	s := start(t, e, a, blend.SessionOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Run(ctx, kv.Spec{Mode: kv.Blend, Ratio: 0.5}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	if r := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 1}); r.Doc.KL != 0 {
		t.Errorf("after a cancelled run: KL %v", r.Doc.KL)
	}
}
