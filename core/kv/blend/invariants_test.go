package blend_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/core/run"
	"assay/gpu"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// untimed leaves out what is measured in time.
var untimed = cmp.Options{
	cmpopts.IgnoreFields(kv.ModeDoc{}, "TTFTMs", "PhasesMs"),
	cmpopts.IgnoreFields(kv.LayerDoc{}, "LoadMs", "ComputeMs"),
}

func allZero(x []float32) bool {
	return !slices.ContainsFunc(x, func(v float32) bool { return v != 0 })
}

func TestRatioOneIsFullPrefillBitForBit(t *testing.T) {
	for name, o := range map[string]modeltest.Options{
		"grouped heads": fourLayers,
		"window":        {Seed: 4, Layers: 3, ModelType: "mistral", Window: 11},
		"halves":        {Seed: 5, Layers: 3, DType: "F16", AttentionBias: true, KVHeads: 1},
	} {
		w := newWorld(t, o)
		s := start(t, newEngine(t, w.m, blend.Options{}), assemble(t, w.m, 3, []int{9, 1, 14}, 5), blend.SessionOptions{MaxNew: 6})
		full := serve(t, s, kv.Spec{Mode: kv.Full})
		for _, spec := range []kv.Spec{
			{Mode: kv.Blend}, {Mode: kv.Blend, Rule: kv.RuleKV, Mask: kv.MaskBottomRight}, {Mode: kv.Blend, Filter: kv.FilterGradual},
			{Mode: kv.Blend, Variant: kv.VariantRef}, {Mode: kv.Blend, Variant: kv.VariantPaper}, {Mode: kv.Random}, {Mode: kv.Oracle},
		} {
			spec.Ratio = 1
			r := serve(t, s, spec)
			if !slices.Equal(r.Doc.LogitsHead, full.Doc.LogitsHead) || r.Doc.LogSumExp != full.Doc.LogSumExp || r.Doc.KL != 0 || r.Doc.KLMean != 0 {
				t.Errorf("%s %+v: other logits, KL %g", name, spec, r.Doc.KL)
			}
			if !allZero(r.DK) || !allZero(r.DV) {
				t.Errorf("%s %+v: K or V deviates", name, spec)
			}
			if !slices.Equal(r.Doc.TextIDs, full.Doc.TextIDs) || r.Doc.FirstDivergence != -1 || r.Doc.Top1Mean != 1 {
				t.Errorf("%s %+v: other text", name, spec)
			}
			if !strings.Contains(r.Doc.Note, "every token") {
				t.Errorf("%s %+v: note %q", name, spec, r.Doc.Note)
			}
			if r.Doc.Loaded != 0 && spec.Mode != kv.Blend {
				t.Errorf("%s %+v: %d bytes loaded and not used", name, spec, r.Doc.Loaded)
			}
		}
	}
}

func TestWhatDependsOnNothingElseNeverDeviates(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 4, []int{9, 1, 14}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{})
	for _, mode := range kv.Modes() {
		r := serve(t, s, kv.Spec{Mode: kv.Mode(mode), Ratio: 0.2, LegoK: 2})
		if mode != string(kv.ReuseRaw) && !allZero(r.DK[:a.Context]) || !allZero(r.DV[:a.Context]) {
			t.Errorf("%s: layer 0 deviates", mode)
		}
		for l := range fourLayers.Layers {
			at := l * a.Context
			if !allZero(r.DK[at:at+4]) || !allZero(r.DV[at:at+4]) {
				t.Errorf("%s: the prefix deviates at layer %d", mode, l)
			}
		}
		if mode == string(kv.Prefix) && (r.Doc.KL != 0 || !allZero(r.DV) || r.Doc.Reused != 4) {
			t.Errorf("prefix caching is not exact: KL %g, %d tokens reused", r.Doc.KL, r.Doc.Reused)
		}
		if mode == string(kv.Reuse) && (allZero(r.DV) || r.Doc.KL == 0) {
			t.Error("reuse loses nothing: the prompt tests nothing")
		}
	}
}

func TestFirstChunkBehindTheBOSAloneIsExact(t *testing.T) {
	w := newWorld(t, fourLayers)
	s := start(t, newEngine(t, w.m, blend.Options{}), assemble(t, w.m, 0, []int{12}, 4), blend.SessionOptions{MaxNew: 3})
	full := serve(t, s, kv.Spec{Mode: kv.Full})
	for _, mode := range []kv.Mode{kv.Reuse, kv.ReuseRaw, kv.PromptCache, kv.Blend, kv.LegoLink} {
		r := serve(t, s, kv.Spec{Mode: mode, Ratio: 0.3, LegoK: 4})
		if !allZero(r.DK) || !allZero(r.DV) || !slices.Equal(r.Doc.LogitsHead, full.Doc.LogitsHead) {
			t.Errorf("%s deviates", mode)
		}
	}
	if r := serve(t, s, kv.Spec{Mode: kv.Prefix}); r.Doc.Reused != 13 {
		t.Errorf("prefix caching reused %d tokens, want BOS and chunk, 13", r.Doc.Reused)
	}
}

func TestLegoLinkRecomputesTheHeadsOfLaterChunks(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 2, []int{9, 1, 14, 3}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{})
	// Chunks stand at 2..10, 11, 12..25 and 26..28.
	for k, want := range map[int][]int{0: {}, 1: {11, 12, 26}, 4: {11, 12, 13, 14, 15, 26, 27, 28}, 32: span(11, 29)} {
		r := serve(t, s, kv.Spec{Mode: kv.LegoLink, LegoK: k})
		if !slices.Equal(r.Doc.Picked, want) || r.Doc.Picked == nil {
			t.Errorf("k=%d: picked %v, want %v", k, r.Doc.Picked, want)
		}
		for l, d := range r.Doc.Layers {
			if d.Active != len(want)+5 {
				t.Errorf("k=%d layer %d: %d rows, want %d and the question", k, l, d.Active, len(want))
			}
			for p := range a.Context {
				if picked := slices.Contains(want, p); picked != (r.Selected[l*a.Context+p] == 1) {
					t.Errorf("k=%d layer %d: token %d is picked %v", k, l, p, picked)
				}
			}
		}
	}
	for _, mode := range []kv.Mode{kv.Full, kv.Prefix, kv.Reuse, kv.ReuseRaw, kv.PromptCache} {
		if r := serve(t, s, kv.Spec{Mode: mode, LegoK: 4}); len(r.Doc.Picked) != 0 {
			t.Errorf("%s: picked %v, want none: it chooses nothing", mode, r.Doc.Picked)
		}
	}
	none, reuse := serve(t, s, kv.Spec{Mode: kv.LegoLink}), serve(t, s, kv.Spec{Mode: kv.Reuse})
	if !slices.Equal(none.Doc.LogitsHead, reuse.Doc.LogitsHead) {
		t.Error("legolink-0 is not reuse")
	}
}

func TestNothingPickedIsNotReuse(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 2, []int{9, 14}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{})
	reuse := serve(t, s, kv.Spec{Mode: kv.Reuse})
	for _, spec := range []kv.Spec{{Mode: kv.Blend, Ratio: 0}, {Mode: kv.Blend, Ratio: 0.9 / float64(a.Context)}, {Mode: kv.Blend, Ratio: 0.01, Filter: kv.FilterGradual},
		{Mode: kv.Random, Ratio: 0.01}, {Mode: kv.Blend, HasPicked: true}} {
		r := serve(t, s, spec)
		if len(r.Doc.Picked) != 0 || r.Doc.Layers[2].Active != 5 || r.Doc.Layers[1].Active != len(a.IDs) {
			t.Errorf("%+v: picked %v, layers %+v", spec, r.Doc.Picked, r.Doc.Layers)
		}
		if !strings.Contains(r.Doc.Note, "not the same as reuse") || !strings.Contains(reuse.Doc.Note, "no check layer") {
			t.Errorf("notes %q and %q do not tell them apart", r.Doc.Note, reuse.Doc.Note)
		}
		if !allZero(r.DV[a.Context : 2*a.Context]) {
			t.Errorf("%+v: layer 1 deviates, though all its rows are fresh", spec)
		}
		if slices.Equal(r.Doc.LogitsHead, reuse.Doc.LogitsHead) {
			t.Errorf("%+v: gives the logits of reuse", spec)
		}
	}
}

func TestSelectionIsTheSameWithAPrefixHit(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	a := assemble(t, w.m, 7, []int{9, 1, 14}, 5)
	for _, spec := range []kv.Spec{{Ratio: 0.2}, {Ratio: 0.5, Rule: kv.RuleK}, {Ratio: 0.9}, {Ratio: 1}, {Ratio: 0.9, Filter: kv.FilterGradual}, {HasPicked: true, Picked: []int{2, 11, 20}}} {
		spec.Mode = kv.Blend
		miss := serve(t, start(t, e, a, blend.SessionOptions{}), spec)
		hit := serve(t, start(t, e, a, blend.SessionOptions{PrefixHit: true}), spec)
		if !slices.Equal(miss.Doc.Picked, hit.Doc.Picked) {
			t.Errorf("%+v: picked %v, with the hit %v", spec, miss.Doc.Picked, hit.Doc.Picked)
		}
		if !slices.Equal(miss.Doc.LogitsHead, hit.Doc.LogitsHead) || !slices.Equal(miss.DV, hit.DV) || !slices.Equal(miss.DK, hit.DK) {
			t.Errorf("%+v: other numbers with the hit", spec)
		}
		if hit.Doc.Effective >= miss.Doc.Effective {
			t.Errorf("%+v: effective %v, with the hit %v", spec, miss.Doc.Effective, hit.Doc.Effective)
		}
	}
}

func TestRerunFromTheCheckLayerIsARunFromTheStart(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	a := assemble(t, w.m, 3, []int{9, 1, 14}, 5)
	s := start(t, e, a, blend.SessionOptions{MaxNew: 4})
	for _, spec := range []kv.Spec{{}, {Mask: kv.MaskBottomRight}, {Variant: kv.VariantRef}, {Variant: kv.VariantPaper}} {
		for _, picked := range [][]int{{}, {0}, {5, 6, 7, 20}, {26}, span(0, 27), {20, 21, 22, 23, 24, 25, 26}} {
			spec.Mode, spec.Picked, spec.HasPicked = kv.Blend, picked, true
			scratch := serve(t, s, spec)
			serve(t, s, kv.Spec{Mode: kv.LegoLink, LegoK: 3}) // whatever ran in between
			warm, err := s.Rerun(t.Context(), picked, spec)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(scratch, warm, untimed); d != "" {
				t.Errorf("%v %v:\n%s", spec.Variant, picked, d)
			}
		}
	}
	if _, err := s.Rerun(t.Context(), []int{27}, kv.Spec{}); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "0 to 26") {
		t.Errorf("a position outside the context: %v", err)
	}
}

func TestExamOnAServedContextIsTheWholePromptServed(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	p := kv.Prompt{Prefix: part("prefix", 3), Chunks: []kv.Part{part("a", 9), part("b", 14)}}
	question, answer := part("q", 5).IDs, part("answer", 4).IDs
	for _, spec := range []kv.Spec{{Mode: kv.Full}, {Mode: kv.Reuse}, {Mode: kv.PromptCache}, {Mode: kv.Blend, Ratio: 0.3}, {Mode: kv.Blend, Ratio: 0},
		{Mode: kv.Blend, Ratio: 0.5, Filter: kv.FilterGradual}, {Mode: kv.Oracle, Ratio: 0.2}, {Mode: kv.Random, Ratio: 0.4}} {
		context, err := kv.AssembleContext(p, blend.Vocabulary(w.m))
		if err != nil {
			t.Fatal(err)
		}
		x, err := start(t, e, context, blend.SessionOptions{Room: 9}).Exam(t.Context(), []blend.Question{{Prompt: question, Answer: answer}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Run(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		// The same one token after the other, each as a prompt of its own.
		var kl float64
		var top []int32
		for i := range answer {
			p.Question = kv.IDPart(append(slices.Clone(question), answer[:i]...))
			s := start(t, e, assembled(t, w.m, p), blend.SessionOptions{})
			r := serve(t, s, spec)
			kl += r.Doc.KL / 4
			top = append(top, int32(r.Doc.Top[0].ID))
		}
		if !slices.Equal(got[0].Top, top) || math.Abs(got[0].KL-kl) > 1e-12 || got[0].Correct != slices.Equal(top, answer) {
			t.Errorf("%+v: %+v, want top %v, KL %v", spec, got[0], top, kl)
		}
	}
}

func TestRandomSelectionComesFromTheSeedAlone(t *testing.T) {
	w := newWorld(t, fourLayers)
	s := start(t, newEngine(t, w.m, blend.Options{}), assemble(t, w.m, 3, []int{20, 20}, 5), blend.SessionOptions{})
	pick := func(seed uint64, r float64) []int {
		return serve(t, s, kv.Spec{Mode: kv.Random, Ratio: r, Seed: seed}).Doc.Picked
	}
	few, many := pick(1, 0.2), pick(1, 0.6)
	if !slices.Equal(few, pick(1, 0.2)) || slices.Equal(few, pick(2, 0.2)) {
		t.Error("the seed does not decide")
	}
	if len(few) != 8 || slices.ContainsFunc(few, func(p int) bool { return !slices.Contains(many, p) }) {
		t.Errorf("%v is not inside %v", few, many)
	}
}

func TestAChunkWithoutACacheIsComputedBesidesThePickedTokens(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	a := assemble(t, w.m, 3, []int{9, 6, 14}, 5)
	s := start(t, e, a, blend.SessionOptions{Cold: []int{2}})
	for _, c := range []struct {
		spec kv.Spec
		rows int // at the last layer, besides the question
	}{{kv.Spec{Mode: kv.Reuse}, 6}, {kv.Spec{Mode: kv.Blend, Ratio: 0.25}, 6 + 8}, {kv.Spec{Mode: kv.Prefix}, 29}, {kv.Spec{Mode: kv.PromptCache}, 6}} {
		r := serve(t, s, c.spec)
		if got := r.Doc.Layers[3].Active - 5; got != c.rows {
			t.Errorf("%s: %d rows, want %d", c.spec.Mode, got, c.rows)
		}
		for _, p := range r.Doc.Picked {
			if p >= 12 && p < 18 {
				t.Errorf("%s: picked %d, which is computed anyway", c.spec.Mode, p)
			}
		}
		if c.spec.Mode != kv.Prefix && !strings.Contains(r.Doc.Note, "chunk 2 has no cache") {
			t.Errorf("%s: note %q", c.spec.Mode, r.Doc.Note)
		}
	}
	if r := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 1}); r.Doc.KL != 0 || !allZero(r.DV) {
		t.Error("ratio 1 is not full prefill")
	}
}

func TestGreedyTextsAndDivergence(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{MaxNew: 8})
	full := serve(t, s, kv.Spec{Mode: kv.Full})
	// The reference writes the same text token by token.
	ids := slices.Clone(a.IDs)
	for i, id := range full.Doc.TextIDs {
		logits := w.ref.Logits(ids)
		best := 0
		for j, x := range logits[len(ids)-1] {
			if x > logits[len(ids)-1][best] {
				best = j
			}
		}
		if best != id {
			t.Fatalf("token %d is %d, want %d", i, id, best)
		}
		ids = append(ids, int32(id))
	}
	if n := len(full.Doc.TextIDs); n == 0 || n > 8 || (n < 8 && full.Doc.TextIDs[n-1] != 1) {
		t.Errorf("text %v", full.Doc.TextIDs)
	}
	reuse := serve(t, s, kv.Spec{Mode: kv.ReuseRaw})
	at := 0
	for at < min(len(full.Doc.TextIDs), len(reuse.Doc.TextIDs)) && full.Doc.TextIDs[at] == reuse.Doc.TextIDs[at] {
		at++
	}
	if at == len(full.Doc.TextIDs) {
		at = -1
	}
	if reuse.Doc.FirstDivergence != at {
		t.Errorf("first divergence %d, texts %v and %v", reuse.Doc.FirstDivergence, full.Doc.TextIDs, reuse.Doc.TextIDs)
	}
	if reuse.Doc.KLMean <= 0 || reuse.Doc.Top1Mean > 1 {
		t.Errorf("KL mean %v, top-1 mean %v", reuse.Doc.KLMean, reuse.Doc.Top1Mean)
	}
}

func TestPhasesAddUpToTheTotal(t *testing.T) {
	w := newWorld(t, fourLayers)
	s := start(t, newEngine(t, w.m, blend.Options{}), assemble(t, w.m, 3, []int{9, 14}, 5), blend.SessionOptions{})
	for _, mode := range kv.Modes() {
		d := serve(t, s, kv.Spec{Mode: kv.Mode(mode), Ratio: 0.2, LegoK: 2}).Doc
		var sum float64
		for _, name := range []string{"lookup", "load", "reposition", "check", "recompute", "head"} {
			ms, ok := d.PhasesMs[name]
			if !ok {
				t.Errorf("%s: no phase %s", mode, name)
			}
			sum += ms
		}
		var bytes int64
		for _, l := range d.Layers {
			bytes += l.LoadedBytes
		}
		if bytes != d.Loaded || (mode == "full") != (bytes == 0) {
			t.Errorf("%s: %d bytes loaded, %d by layer", mode, d.Loaded, bytes)
		}
		if d.TTFTMs <= 0 || math.Abs(sum-d.TTFTMs) > 1e-9*d.TTFTMs {
			t.Errorf("%s: phases %v add up to %v of %v", mode, d.PhasesMs, sum, d.TTFTMs)
		}
	}
}

func TestEffectiveRecomputeCountsWhatWasComputed(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{})
	f, c := w.m.LinearFLOPs(), w.m.Config
	q := float64(f.QKV) / float64(f.Layer()) * float64(2*c.KVDim()) / float64(c.QDim()+2*c.KVDim()) // K and V: queries are made for |S| only
	share := (5 + 5.0) / 31                                                                         // floor(0.2 * 26) picked, 5 of the question
	for _, x := range []struct {
		spec kv.Spec
		want float64
	}{
		{kv.Spec{Mode: kv.Full}, 1},
		{kv.Spec{Mode: kv.Reuse}, 5.0 / 31},
		{kv.Spec{Mode: kv.Blend, Ratio: 1}, 1},
		{kv.Spec{Mode: kv.Blend, Ratio: 0.2}, (1 + q + (1-q)*share + 2*share) / 4},
	} {
		if got := serve(t, s, x.spec).Doc.Effective; math.Abs(got-x.want) > 1e-12 {
			t.Errorf("%+v: %v, want %v", x.spec, got, x.want)
		}
	}
}

func TestResultsDoNotDependOnThreadsOrInstructionSet(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, fourLayers)
	var first []*blend.Result
	for _, o := range []gpu.Options{{Threads: 2}, {Threads: 1}, {Threads: 3, ISA: "base"}} {
		m, err := model.LoadDir(t.Context(), dir, device(t, o), nil)
		if err != nil {
			t.Fatal(err)
		}
		s := start(t, newEngine(t, m, blend.Options{}), assemble(t, m, 3, []int{9, 70}, 5), blend.SessionOptions{MaxNew: 4})
		var all []*blend.Result
		for _, mode := range kv.Modes() {
			all = append(all, serve(t, s, kv.Spec{Mode: kv.Mode(mode), Ratio: 0.3, LegoK: 3}))
		}
		if first == nil {
			first = all
		} else if d := cmp.Diff(first, all, untimed); d != "" {
			t.Errorf("%+v:\n%s", o, d)
		}
	}
}

func TestOldSessionsAreRefused(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	a := assemble(t, w.m, 3, []int{9}, 5)
	old := start(t, e, a, blend.SessionOptions{})
	start(t, e, a, blend.SessionOptions{})
	if _, err := old.Run(t.Context(), kv.Spec{Mode: kv.Reuse}); run.CodeOf(err) != run.EState {
		t.Errorf("got %v, want E-STATE", err)
	}
}

func TestOddChunksWorkInEveryMode(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	same := part("same", 6)
	for name, chunks := range map[string][]kv.Part{
		"one token each":   {part("a", 1), part("b", 1)},
		"twice the same":   {same, part("c", 4), same},
		"none":             nil,
		"one that is long": {part("d", 120)},
	} {
		p := kv.Prompt{Prefix: part("prefix", 2), Chunks: chunks, Question: part("q", 1)}
		s := start(t, e, assembled(t, w.m, p), blend.SessionOptions{MaxNew: 2})
		for _, mode := range kv.Modes() {
			for _, ratio := range []float64{0, 0.5, 1} {
				r := serve(t, s, kv.Spec{Mode: kv.Mode(mode), Ratio: ratio, LegoK: 2})
				if r.Doc.KL < 0 || math.IsNaN(r.Doc.KL) || len(r.Doc.Layers) != 4 {
					t.Errorf("%s, %s %v: %+v", name, mode, ratio, r.Doc)
				}
			}
		}
	}
}

func TestEmptyChunkChangesNoNumber(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	p := kv.Prompt{Prefix: part("prefix", 2), Chunks: []kv.Part{part("a", 6), part("b", 7)}, Question: part("q", 3)}
	with := p
	with.Chunks = []kv.Part{kv.IDPart(nil), p.Chunks[0], kv.TextPart(""), p.Chunks[1], kv.IDPart([]int32{})}
	for _, mode := range kv.Modes() {
		spec := kv.Spec{Mode: kv.Mode(mode), Ratio: 0.3, LegoK: 2}
		want := serve(t, start(t, e, assembled(t, w.m, p), blend.SessionOptions{MaxNew: 3}), spec)
		got := serve(t, start(t, e, assembled(t, w.m, with), blend.SessionOptions{MaxNew: 3}), spec)
		if d := cmp.Diff(want, got, untimed); d != "" {
			t.Errorf("%s:\n%s", mode, d)
		}
	}
}

func TestPromptThatGivesNaNIsRefusedByName(t *testing.T) {
	o := fourLayers
	o.Edit = func(name string, x []float32) {
		if name == "model.layers.2.mlp.up_proj.weight" {
			for i := range x {
				x[i] *= 1e38
			}
		}
	}
	w := newWorld(t, o)
	e := newEngine(t, w.m, blend.Options{})
	_, err := e.Start(t.Context(), assemble(t, w.m, 2, []int{5}, 2), blend.SessionOptions{})
	if run.CodeOf(err) != run.EModel || !strings.Contains(err.Error(), "NaN or Inf") {
		t.Errorf("got %v", err)
	}
}

func TestModelsOfOneLayerAreRefused(t *testing.T) {
	w := newWorld(t, modeltest.Options{Seed: 1, Layers: 1})
	if _, err := blend.New(w.m, blend.Options{}); run.CodeOf(err) != run.EModel {
		t.Errorf("got %v", err)
	}
}

func TestGatePassesOnEveryShapeOfModel(t *testing.T) {
	for i, o := range []modeltest.Options{
		{}, fourLayers, {NoBOS: true}, {KVHeads: 4}, {KVHeads: 1, Tie: true, AttentionBias: true, MLPBias: true}, {DType: "BF16"},
		{ModelType: "mistral", Window: 5}, {MaxPositions: 24}, {Vocab: 9}, {Tokenizer: true},
		{RopeScaling: map[string]any{"rope_type": "linear", "factor": 2.0}},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			w := newWorld(t, o)
			d, err := newEngine(t, w.m, blend.Options{}).Gate(t.Context())
			if err != nil || !d.Pass || !d.R1BitEqual || d.R1MaxLogitDiff != 0 || d.Layer0MaxDeviation != 0 || d.PrefixMaxDeviation != 0 {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}
