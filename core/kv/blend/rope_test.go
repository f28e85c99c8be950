package blend_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/store"
	"assay/core/model/modeltest"
	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

// Turning K twice instead of once rounds a pair twice more, each time by at most
// about 1.5 of the last bit, with the sine and cosine rounded too.
const turnedTwice = 5e-7 // of a row's norm

func TestKeysCachedAfterRoPEDeviateByRoundingAlone(t *testing.T) {
	for name, o := range map[string]modeltest.Options{
		"default": fourLayers,
		"linear":  {Seed: 3, Layers: 4, RopeScaling: map[string]any{"rope_type": "linear", "factor": 4.0}},
		"window":  {Seed: 4, Layers: 4, ModelType: "mistral", Window: 11},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, o)
			e := newEngine(t, w.m, blend.Options{})
			a := assemble(t, w.m, 3, []int{9, 1, 14, 6}, 5)
			specs := []kv.Spec{{Mode: kv.Prefix}, {Mode: kv.Reuse}, {Mode: kv.ReuseRaw}, {Mode: kv.PromptCache}, {Mode: kv.LegoLink, LegoK: 4}, {Mode: kv.Oracle, Ratio: 0.3},
				{Mode: kv.Blend, Ratio: 0.3}, {Mode: kv.Blend, Ratio: 0.3, Rule: kv.RuleK}, {Mode: kv.Blend, Ratio: 0.4, Rule: kv.RuleKV, Filter: kv.FilterGradual},
				{Mode: kv.Blend, Ratio: 0.6, Rule: kv.RuleK, Filter: kv.FilterGradual}, {Mode: kv.Blend, Ratio: 0.5, Rule: kv.RuleK, Variant: kv.VariantRef}}
			pre := start(t, e, a, blend.SessionOptions{MaxNew: 3})
			var want []*blend.Result
			for _, spec := range specs {
				want = append(want, serve(t, pre, spec))
			}
			norms, _, err := pre.Norms()
			if err != nil {
				t.Fatal(err)
			}
			post := start(t, e, a, blend.SessionOptions{MaxNew: 3, RoPE: kv.RoPEPost})
			moved := false
			for i, spec := range specs {
				got := serve(t, post, spec)
				if !slices.Equal(got.Doc.Picked, want[i].Doc.Picked) {
					t.Errorf("%+v: picked %v, before RoPE %v", spec, got.Doc.Picked, want[i].Doc.Picked)
				}
				for j, x := range got.Doc.LogitsHead {
					if math.Abs(x-want[i].Doc.LogitsHead[j]) > 1e-4 {
						t.Fatalf("%+v: logit %d is %v, before RoPE %v", spec, j, x, want[i].Doc.LogitsHead[j])
					}
				}
				for at := range a.Context { // layer 0
					off := math.Abs(float64(got.DK[at] - want[i].DK[at]))
					if off > turnedTwice*float64(norms[at]) {
						t.Errorf("%+v: token %d at layer 0 deviates by %v of %v", spec, at, off, norms[at])
					}
					moved = moved || off > 0
				}
				if !slices.Equal(got.DV[:a.Context], want[i].DV[:a.Context]) {
					t.Errorf("%+v: V at layer 0 differs", spec)
				}
				// What stands where it was computed is not turned at all.
				if stays := spec.Mode == kv.Prefix || spec.Mode == kv.ReuseRaw || spec.Mode == kv.PromptCache; stays && (!slices.Equal(got.DK, want[i].DK) || got.Doc.KL != want[i].Doc.KL) {
					t.Errorf("%s: other numbers, though no key was moved", spec.Mode)
				}
				if !strings.Contains(got.Doc.Note, "after RoPE") {
					t.Errorf("%s: note %q", spec.Mode, got.Doc.Note)
				}
			}
			if !moved {
				t.Error("no key deviates at layer 0: nothing was cached after RoPE")
			}
		})
	}
}

func TestRatioOneNeedsNoCacheWhateverItsForm(t *testing.T) {
	w := newWorld(t, fourLayers)
	s := start(t, newEngine(t, w.m, blend.Options{}), assemble(t, w.m, 3, []int{9, 14}, 5), blend.SessionOptions{RoPE: kv.RoPEPost, Cold: []int{2}})
	if r := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 1, Rule: kv.RuleKV}); r.Doc.KL != 0 || !allZero(r.DK) || !allZero(r.DV) {
		t.Errorf("KL %v", r.Doc.KL)
	}
}

func TestTheFormOfKIsPartOfTheStoreKey(t *testing.T) {
	w := newWorld(t, fourLayers)
	dir := t.TempDir()
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	var first *blend.Result
	for _, c := range []struct {
		state  kv.RoPEState
		hit    bool
		reason string
		form   string
	}{
		{kv.RoPEPre, false, "never stored", "pre"},
		{kv.RoPEPost, false, "key field rope_state differs", "post(1)"},
		{kv.RoPEPost, true, "", "post(1)"},
		{"", true, "", "pre"},
	} {
		s := start(t, newEngine(t, w.m, blend.Options{Store: openStore(t, dir)}), a, blend.SessionOptions{RoPE: c.state})
		chunks := s.Chunks()
		if got := chunks[1]; got.Hit != c.hit || got.Reason != c.reason || got.RoPE != c.form {
			t.Errorf("%q: %+v", c.state, got)
		}
		if c.state == kv.RoPEPost && chunks[0].RoPE != store.RoPEPost(0) {
			t.Errorf("the prefix is kept as %s", chunks[0].RoPE)
		}
		if c.state != kv.RoPEPost {
			continue
		}
		r := serve(t, s, kv.Spec{Mode: kv.Reuse})
		if first == nil {
			first = r
		} else if d := cmp.Diff(first, r, untimed); d != "" {
			t.Errorf("read back from the store:\n%s", d)
		}
	}
}

func TestKeysThatCannotBeMovedAreRefusedAfterRoPE(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9}, 5)
	for _, c := range []struct {
		state kv.RoPEState
		rope  string
		want  string
	}{
		{kv.RoPEPost, "dynamic", `rope-state post: keys of rope type "dynamic" cannot be moved`},
		{kv.RoPEPost, "longrope", `rope-state post: keys of rope type "longrope" cannot be moved`},
		{"mid", "default", `unknown rope-state "mid"`},
		{kv.RoPEPre, "longrope", ""},
	} {
		w.m.Config.RoPE.Type = c.rope
		_, err := newEngine(t, w.m, blend.Options{}).Start(t.Context(), a, blend.SessionOptions{RoPE: c.state})
		if c.want == "" {
			if err != nil {
				t.Errorf("%s before RoPE: %v", c.rope, err)
			}
			continue
		}
		if run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want E-USAGE with %q", c.rope, err, c.want)
		}
	}
}
