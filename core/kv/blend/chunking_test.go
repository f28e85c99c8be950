package blend_test

import (
	"math"
	"slices"
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
)

func chunked(t testing.TB, w world, c kv.Chunking, p kv.Prompt) kv.Assembly {
	t.Helper()
	a, err := c.Assemble(p, blend.Vocabulary(w.m))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestChunksAreComputedBehindTheirFront compares reuse under every chunking with
// the float64 reference, which computes the chunks on its own.
func TestChunksAreComputedBehindTheirFront(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	p := kv.Prompt{Prefix: part("prefix", 4), Chunks: []kv.Part{part("a", 8), part("b", 9)}, Question: part("q", 3)}
	for name, c := range map[string]struct {
		c     kv.Chunking
		front []int32
	}{
		"BOS":     {kv.Chunking{}, []int32{0}},
		"nothing": {kv.Chunking{BOS: kv.LeadNone}, nil},
		"prefix":  {kv.Chunking{Prefix: true}, p.Prefix.IDs},
	} {
		t.Run(name, func(t *testing.T) {
			a := chunked(t, w, c.c, p)
			s := start(t, e, a, blend.SessionOptions{})
			layers := fourLayers.Layers
			old := cached{k: make([]rows, layers), v: make([]rows, layers), turns: upTo(a.Context)}
			for i, g := range a.Segments[:3] {
				front := c.front
				if i == 0 {
					front = nil
				}
				k, v := w.ref.alone(front, a.Of(g))
				for l := range k {
					old.k[l], old.v[l] = append(old.k[l], k[l]...), append(old.v[l], v[l]...)
				}
			}
			want := w.ref.serve(a.IDs, old, choice{first: span(a.Context, len(a.IDs))})
			full := w.ref.serve(a.IDs, cached{}, choice{first: upTo(len(a.IDs))})
			got := serve(t, s, kv.Spec{Mode: kv.Reuse})
			for i, x := range got.Doc.LogitsHead {
				if math.Abs(x-want.logits[i]) > 2e-4 {
					t.Fatalf("logit %d is %v, want %v", i, x, want.logits[i])
				}
			}
			for at, x := range got.DV {
				l, row := at/a.Context, at%a.Context
				if dv := math.Sqrt(apart(want.v[l][row], full.v[l][row])); math.Abs(float64(x)-dv) > 2e-4 {
					t.Fatalf("layer %d token %d deviates by %v, want %v", l, row, x, dv)
				}
			}
			raw := serve(t, s, kv.Spec{Mode: kv.ReuseRaw})
			if exact := allZero(raw.DK[4:12]); exact != (name == "prefix") {
				t.Errorf("K of the first chunk at the position it was computed at: exact is %v", exact)
			}
			if r := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 1, Variant: kv.VariantRef}); r.Doc.KL != 0 || !allZero(r.DV) {
				t.Error("ratio 1 is not full prefill")
			}
		})
	}
}

func TestAChunkBehindThePromptsPrefixIsExactWhereItIsTheFirst(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	p := kv.Prompt{Prefix: part("prefix", 6), Chunks: []kv.Part{part("a", 11)}, Question: part("q", 4)}
	s := start(t, e, chunked(t, w, kv.Chunking{Prefix: true}, p), blend.SessionOptions{MaxNew: 2})
	full := serve(t, s, kv.Spec{Mode: kv.Full})
	for _, mode := range []kv.Mode{kv.Reuse, kv.ReuseRaw, kv.Blend, kv.LegoLink, kv.Prefix} {
		r := serve(t, s, kv.Spec{Mode: mode, Ratio: 0.3, LegoK: 4})
		if !allZero(r.DK) || !allZero(r.DV) || !slices.Equal(r.Doc.LogitsHead, full.Doc.LogitsHead) {
			t.Errorf("%s deviates", mode)
		}
	}
	if r := serve(t, s, kv.Spec{Mode: kv.Prefix}); r.Doc.Reused != 17 {
		t.Errorf("prefix caching reused %d tokens, want prefix and chunk, 17", r.Doc.Reused)
	}
	behindBOS := start(t, e, chunked(t, w, kv.Chunking{}, p), blend.SessionOptions{})
	if r := serve(t, behindBOS, kv.Spec{Mode: kv.Reuse}); allZero(r.DV) {
		t.Error("behind the BOS alone it does not deviate: the prompt tests nothing")
	}
}

func TestPolicyIsPartOfTheStoreKey(t *testing.T) {
	w := newWorld(t, fourLayers)
	dir := t.TempDir()
	p := kv.Prompt{Prefix: part("prefix", 4), Chunks: []kv.Part{part("a", 8)}, Question: part("q", 3)}
	other := p
	other.Prefix = part("other prefix", 4)
	bosAlone := p
	bosAlone.Prefix = kv.IDPart([]int32{0})
	for _, c := range []struct {
		name   string
		c      kv.Chunking
		p      kv.Prompt
		hit    bool
		reason string
	}{
		{"first", kv.Chunking{}, p, false, "never stored"},
		{"again", kv.Chunking{BOS: kv.LeadBOS}, p, true, ""},
		{"no BOS", kv.Chunking{BOS: kv.LeadNone}, p, false, "key field chunk policy differs"},
		{"prefix", kv.Chunking{Prefix: true}, p, false, "key field chunk policy differs"},
		{"another prefix", kv.Chunking{Prefix: true}, other, false, "key field chunk policy differs"},
		{"prefix again", kv.Chunking{Prefix: true}, p, true, ""},
		{"a prefix of BOS alone is the BOS", kv.Chunking{Prefix: true}, bosAlone, true, ""},
	} {
		s := start(t, newEngine(t, w.m, blend.Options{Store: openStore(t, dir)}), chunked(t, w, c.c, c.p), blend.SessionOptions{})
		if got := s.Chunks()[1]; got.Hit != c.hit || got.Reason != c.reason || got.Policy == "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
