package kvscene_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
)

func cells() []kv.CellDoc {
	var out []kv.CellDoc
	put := func(prompt int, m kv.Mode, ratio float64, rule string, kl float64) {
		out = append(out, kv.CellDoc{Prompt: prompt, Mode: string(m), Ratio: ratio, Rule: rule, KL: kl * float64(prompt+1), Top1: prompt == 0, TTFTMs: 10 + ratio})
	}
	for _, p := range []int{1, 0} {
		put(p, kv.Random, .3, "", .4)
		put(p, kv.Blend, .3, "v", .05)
		put(p, kv.Blend, .05, "v", .2)
		put(p, kv.Blend, .05, "k", .3)
		put(p, kv.Reuse, 0, "", .8)
		put(p, kv.Full, 1, "", 0)
	}
	return out
}

func TestMeansAreInTheOrderOfTables(t *testing.T) {
	means := kvscene.Means(cells())
	var names []string
	for _, m := range means {
		names = append(names, m.Name())
		if m.N != 2 || m.Top1 != .5 {
			t.Errorf("%s: n %d, top 1 %v", m.Name(), m.N, m.Top1)
		}
		if m.KL > 0 && !(m.KLCI[0] <= m.KL && m.KL <= m.KLCI[1] && m.KLCI[0] < m.KLCI[1]) {
			t.Errorf("%s: interval %v around %v", m.Name(), m.KLCI, m.KL)
		}
	}
	if want := []string{"full", "reuse", "blend r=0.05 k", "blend r=0.05 v", "blend r=0.3 v", "random r=0.3"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	if got := means[3].KL; math.Abs(got-.3) > 1e-12 {
		t.Errorf("mean %v, want .3", got)
	}
	other := cells()
	slices.Reverse(other)
	if !reflect.DeepEqual(kvscene.Means(other), means) {
		t.Error("the order of the cells changes the means")
	}
	if got := kvscene.Means(nil); len(got) != 0 {
		t.Errorf("means of nothing: %v", got)
	}
}

func TestSweepLines(t *testing.T) {
	kl := kvscene.SweepKL(kvscene.Means(cells()))
	type line struct {
		name  string
		level bool
		x     []float64
	}
	var got []line
	for _, l := range kl.Lines {
		got = append(got, line{l.Name, l.Level, l.X})
		if !l.Level && (len(l.Lo) != len(l.X) || len(l.Hi) != len(l.X)) {
			t.Errorf("%s has no intervals", l.Name)
		}
	}
	// Full prefill diverges by 0, which a logarithmic axis has no place for.
	if want := []line{{"reuse", true, []float64{.05, .3}}, {"blend k", false, []float64{.05}}, {"blend v", false, []float64{.05, .3}}, {"random", false, []float64{.3}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if ttft := kvscene.SweepTTFT(kvscene.Means(cells())); len(ttft.Lines) != 5 || ttft.Lines[0].Name != "full" {
		t.Errorf("times: %+v", ttft.Lines)
	}
}

func TestModesKeepTheirColors(t *testing.T) {
	seen := map[int]string{}
	for _, m := range kv.Modes() {
		h := kvscene.Hue(m)
		if seen[h] != "" {
			t.Errorf("%s and %s share a color", m, seen[h])
		}
		seen[h] = m
	}
}

func TestDeviationSharesOneScale(t *testing.T) {
	prompt := kv.PromptDoc{Context: 4, Segments: []kv.SegmentDoc{{Kind: kv.SegmentPrefix, End: 1}, {Kind: kv.SegmentChunk, Index: 1, Start: 1, End: 4}, {Kind: kv.SegmentQuestion, Start: 4, End: 6}}}
	a := plot.Matrix{Rows: 1, Cols: 4, Values: []float32{0, 1, 2, 3}}
	b := plot.Matrix{Rows: 1, Cols: 4, Values: []float32{0, 0, 0, 9}}
	ch := kvscene.Deviation(prompt, "V", true, []kvscene.Map{{Doc: kv.ModeDoc{Key: "reuse"}, Values: a}, {Doc: kv.ModeDoc{Key: "blend", Picked: []int{2}}, Values: b}})
	if ch.Steps.Top != 9 || len(ch.Panels) != 2 || !slices.Equal(ch.Panels[1].Marks, []int{2}) {
		t.Errorf("%+v", ch)
	}
	if want := []plot.Band{{Name: "chunk 1", From: 1, To: 4}}; !slices.Equal(ch.Bands, want) {
		t.Errorf("bands %v, want %v", ch.Bands, want)
	}
}

func TestTTFTAddsUpItsPhases(t *testing.T) {
	modes := []kv.ModeDoc{
		{Key: "full", Mode: "full", TTFTMs: 20, PhasesMs: map[string]float64{"recompute": 19, "head": 1}},
		{Key: "blend", Mode: "blend", TTFTMs: 8, PhasesMs: map[string]float64{"load": 1, "recompute": 5, "head": 1, "novel": 1}},
	}
	ch := kvscene.TTFT(modes)
	var parts []string
	for _, p := range ch.Parts {
		parts = append(parts, p.Name)
	}
	if want := []string{"load", "recompute", "head", "novel"}; !slices.Equal(parts, want) {
		t.Errorf("parts %v, want %v", parts, want)
	}
	if b := ch.Bars[1]; b.Text != "8.0 ms · 2.5x" || !slices.Equal(b.Parts, []float64{1, 5, 1, 1}) {
		t.Errorf("%+v", b)
	}
	if b := ch.Bars[0]; b.Text != "20.0 ms" {
		t.Errorf("%+v", b)
	}
}

func TestLayersLeaveOutWhatNeverDeviates(t *testing.T) {
	ch := kvscene.ByLayer([]kv.ModeDoc{
		{Key: "full", Mode: "full", Layers: []kv.LayerDoc{{}, {Layer: 1}}},
		{Key: "reuse", Mode: "reuse", Layers: []kv.LayerDoc{{}, {Layer: 1, DVRMS: 2}}},
	})
	if len(ch.Lines) != 1 || ch.Lines[0].Name != "reuse" || !slices.Equal(ch.Lines[0].Y, []float64{0, 2}) {
		t.Errorf("%+v", ch.Lines)
	}
}

func TestAccuracyAndKinds(t *testing.T) {
	scores := []kv.ScoreDoc{
		{Mode: "full", N: 4, Accuracy: .75, AccuracyCI: [2]float64{.5, 1}, ByKind: map[string]kv.KindDoc{"whopro": {N: 2, Accuracy: 1}, "mine": {N: 2, Accuracy: .5}}},
		{Mode: "blend", Ratio: .15, Rule: "v", N: 2, Accuracy: .5, ByKind: map[string]kv.KindDoc{"direct": {N: 2, Accuracy: .5}}},
	}
	if got, want := kvscene.Kinds(scores), []string{"direct", "whopro", "mine"}; !slices.Equal(got, want) {
		t.Errorf("kinds %v, want %v", got, want)
	}
	ch := kvscene.ByKind(scores)
	if want := []string{"", "100.0", "50.0", "75.0", "50.0", "", "", "50.0"}; !slices.Equal(ch.Texts, want) {
		t.Errorf("cells %q, want %q", ch.Texts, want)
	}
	if !math.IsNaN(ch.Values[0]) || len(ch.Values) != 8 {
		t.Errorf("values %v", ch.Values)
	}
	b := kvscene.Accuracy(scores).Bars
	if b[0].Text != "75.0 % of 4" || b[0].Lo != .5 || b[1].Label != "blend r=0.15 v" {
		t.Errorf("%+v", b)
	}
}
