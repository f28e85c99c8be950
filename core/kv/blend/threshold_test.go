package blend_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
)

// relative is the reference's deviation of every context token at the check
// layer, over the norm of full prefill's row.
func relative(w world, a kv.Assembly, rule kv.Rule) []float64 {
	full := w.ref.serve(a.IDs, cached{}, choice{first: upTo(len(a.IDs))})
	old := w.ref.caches(a, kv.Blend, false, nil)
	zero := make(vec, w.ref.Options.KVHeads*w.ref.Options.HeadDim)
	out := make([]float64, a.Context)
	for p := range out {
		var far, norm float64
		if rule != kv.RuleV {
			far, norm = far+apart(full.k[1][p], w.ref.turn(old.k[1][p], p)), norm+apart(full.k[1][p], zero)
		}
		if rule != kv.RuleK {
			far, norm = far+apart(full.v[1][p], old.v[1][p]), norm+apart(full.v[1][p], zero)
		}
		out[p] = math.Sqrt(far / norm)
	}
	return out
}

func TestThresholdPicksWhatDeviatesMoreThanIt(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9, 1, 14, 6}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{})
	for _, rule := range []kv.Rule{kv.RuleV, kv.RuleK, kv.RuleKV} {
		dev := relative(w, a, rule)
		sorted := slices.Clone(dev)
		slices.Sort(sorted)
		for _, at := range []int{len(dev) - 2, len(dev) / 2, 13} {
			tau := (sorted[at] + sorted[at-1]) / 2
			var want []int
			for p, x := range dev {
				if x > tau {
					want = append(want, p)
				}
			}
			d := serve(t, s, kv.Spec{Mode: kv.Blend, Threshold: tau, Rule: rule}).Doc
			if !slices.Equal(d.Picked, want) || len(want) == 0 {
				t.Errorf("rule %s, threshold %v: picked %v, want %v", rule, tau, d.Picked, want)
			}
			if share := float64(len(want)) / float64(a.Context); d.Ratio != share || d.Threshold != tau || d.Layers[3].Ratio != share {
				t.Errorf("rule %s: reports ratio %v and threshold %v, want %v and %v", rule, d.Ratio, d.Threshold, share, tau)
			}
			// The same tokens by hand are the same blend.
			hand := serve(t, s, kv.Spec{Mode: kv.Blend, Picked: want, HasPicked: true}).Doc
			if !slices.Equal(d.LogitsHead, hand.LogitsHead) {
				t.Errorf("rule %s, threshold %v: other logits than of the same tokens picked by hand", rule, tau)
			}
		}
	}
}

func TestThresholdUnderGradualFilteringDropsTokensLayerByLayer(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9, 1, 14, 6}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{})
	dev := relative(w, a, kv.RuleV)
	slices.Sort(dev)
	// Random rows deviate more from layer to layer: a threshold near the top of the check layer keeps what it picked.
	dropped := false
	for at := 14; at < len(dev); at++ {
		tau := (dev[at] + dev[at-1]) / 2
		single := serve(t, s, kv.Spec{Mode: kv.Blend, Threshold: tau}).Doc
		r := serve(t, s, kv.Spec{Mode: kv.Blend, Threshold: tau, Filter: kv.FilterGradual})
		d := r.Doc
		context := func(l int) int { return d.Layers[l].Active - 5 }
		if context(2) != len(single.Picked) {
			t.Errorf("threshold %v: %d tokens behind the check layer, want %d", tau, context(2), len(single.Picked))
		}
		if context(3) > context(2) || len(d.Picked) > context(3) {
			t.Errorf("threshold %v: the selection grew: %d, %d, %d", tau, context(2), context(3), len(d.Picked))
		}
		dropped = dropped || len(d.Picked) < context(2)
		if want := float64(context(2)+context(3)+len(d.Picked)) / float64(3*a.Context); d.Ratio != want {
			t.Errorf("threshold %v: ratio %v, want the mean %v", tau, d.Ratio, want)
		}
	}
	if !dropped {
		t.Error("no token was ever dropped: the prompt tests nothing")
	}
}

func TestThresholdsAtTheEnds(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{PrefixHit: true})
	// The prefix, and the first chunk's rows only where it was computed behind it, are exact.
	all := serve(t, s, kv.Spec{Mode: kv.Blend, Threshold: 1e-9}).Doc
	if !slices.Equal(all.Picked, span(3, 26)) || all.KL != 0 {
		t.Errorf("picked %v, KL %v: want every token that deviates, and full prefill", all.Picked, all.KL)
	}
	none := serve(t, s, kv.Spec{Mode: kv.Blend, Threshold: 1000}).Doc
	zero := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 0}).Doc
	if len(none.Picked) != 0 || none.Ratio != 0 || !slices.Equal(none.LogitsHead, zero.LogitsHead) {
		t.Errorf("picked %v, ratio %v", none.Picked, none.Ratio)
	}
	if !strings.Contains(none.Note, "more than 1e+03") || !strings.Contains(none.Note, "not the same as reuse") {
		t.Errorf("note %q", none.Note)
	}
	miss := serve(t, start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{}), kv.Spec{Mode: kv.Blend, Threshold: 0.1}).Doc
	hit := serve(t, s, kv.Spec{Mode: kv.Blend, Threshold: 0.1}).Doc
	if !slices.Equal(miss.Picked, hit.Picked) {
		t.Errorf("picked %v, with the prefix from its cache %v", miss.Picked, hit.Picked)
	}
}
