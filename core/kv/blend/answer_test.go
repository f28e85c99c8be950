package blend_test

import (
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/qa"
	"assay/core/model/modeltest"
)

// spread are modes whose answers differ from full prefill's, and full itself.
var spread = []kv.Spec{{Mode: kv.Full}, {Mode: kv.Reuse}, {Mode: kv.ReuseRaw}, {Mode: kv.Blend, Ratio: 0.2}, {Mode: kv.Blend, Ratio: 0.2, Variant: kv.VariantRef}}

func TestAnswersAreScoredAgainstFullPrefillAndGold(t *testing.T) {
	o := fourLayers
	o.Tokenizer = true
	w := newWorld(t, o)
	a := assembled(t, w.m, kv.Prompt{Chunks: []kv.Part{kv.TextPart("one two three\n"), kv.TextPart("four five\n")}, Question: kv.TextPart("which?")})
	e := newEngine(t, w.m, blend.Options{})
	// What a random model answers is only known once it has: it serves as gold too.
	gold := serve(t, start(t, e, a, blend.SessionOptions{MaxNew: 12}), kv.Spec{Mode: kv.Reuse}).Doc.Text
	if gold == "" {
		t.Fatal("the model answers nothing: the prompt tests nothing")
	}
	s := start(t, e, a, blend.SessionOptions{MaxNew: 12, Gold: gold})
	full := serve(t, s, kv.Spec{Mode: kv.Full}).Doc
	encode := w.m.Tokenizer.Encode
	for _, spec := range spread {
		d := serve(t, s, spec).Doc
		rule := qa.WholeWord
		if spec.Variant == kv.VariantRef {
			rule = qa.Beginning
		}
		want := []string{qa.Parse(full.Text, rule)}
		if d.F1Full != qa.F1(d.Text, want, rule, encode) || d.F1WordsFull != qa.WordF1(d.Text, want, rule) || d.RougeFull != qa.RougeL(d.Text, []string{full.Text}) {
			t.Errorf("%+v: against full %v %v %v, answers %q and %q", spec, d.F1Full, d.F1WordsFull, d.RougeFull, d.Text, full.Text)
		}
		if d.Text == full.Text && (d.F1Full != 1 || d.F1WordsFull != 1 || d.RougeFull != 1) {
			t.Errorf("%+v: equal answers score %v %v %v", spec, d.F1Full, d.F1WordsFull, d.RougeFull)
		}
		if d.Gold != gold || d.F1Gold == nil || d.F1WordsGold == nil || d.RougeGold == nil {
			t.Fatalf("%+v: gold %q, scores missing", spec, d.Gold)
		}
		if *d.F1Gold != qa.F1(d.Text, []string{gold}, rule, encode) || *d.F1WordsGold != qa.WordF1(d.Text, []string{gold}, rule) || *d.RougeGold != qa.RougeL(d.Text, []string{gold}) {
			t.Errorf("%+v: against gold %v %v %v, answers %q and %q", spec, *d.F1Gold, *d.F1WordsGold, *d.RougeGold, d.Text, gold)
		}
		if spec.Mode == kv.Reuse && *d.RougeGold != 1 {
			t.Errorf("the expected answer scores %v", *d.RougeGold)
		}
	}
}

func TestAnswersWithoutATokenizerAreScoredByTheirIDs(t *testing.T) {
	w := newWorld(t, modeltest.Options{Seed: 3, Layers: 4})
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	s := start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{MaxNew: 8, Gold: "unread"})
	whole := func(ids []int) []int {
		if n := len(ids); n > 0 && ids[n-1] == 1 { // the end token of modeltest
			return ids[:n-1]
		}
		return ids
	}
	full := serve(t, s, kv.Spec{Mode: kv.Full}).Doc
	for _, spec := range spread {
		d := serve(t, s, spec).Doc
		if want := qa.Overlap(whole(d.TextIDs), whole(full.TextIDs)); d.F1Full != want || d.F1WordsFull != want {
			t.Errorf("%+v: F1 %v and %v, want %v", spec, d.F1Full, d.F1WordsFull, want)
		}
		if want := qa.Subsequence(whole(d.TextIDs), whole(full.TextIDs)); d.RougeFull != want {
			t.Errorf("%+v: Rouge-L %v, want %v", spec, d.RougeFull, want)
		}
		if d.Gold != "" || d.F1Gold != nil || d.RougeGold != nil {
			t.Errorf("%+v: scored against a text that it cannot have written", spec)
		}
	}
}
