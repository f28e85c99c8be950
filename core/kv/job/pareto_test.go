package job_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/kv"
)

func TestParetoMarksWhatIsDominatedAndResumes(t *testing.T) {
	given := map[string]any{"demo": true, "tokens": 0, "people": 2, "prompts": 1, "levels": "1,3", "ratios": "0,1", "chunk_tokens": 60, "gbps": 5}
	b := newBed(t)
	b.start("P", "kv.pareto", given)
	r, err := b.attempt("P", 0)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := kindOf(t, "kv.pareto").Document(t.Context(), b.store, "P")
	if err != nil {
		t.Fatal(err)
	}
	points := doc.(kv.ParetoDoc).Points
	if len(points) != 5 || r.done != r.total {
		t.Fatalf("%d points, progress %d of %d", len(points), r.done, r.total)
	}
	text := points[0]
	if text.Level != kv.LevelText || text.KL != 0 || text.Ratio != 1 || text.Bytes <= 0 {
		t.Errorf("%+v", text)
	}
	for _, p := range points[1:] {
		if p.Ratio == 1 && p.KL != 0 || p.Ratio == 0 && p.KL <= 0 || p.Bytes <= text.Bytes || p.TTFTMs <= 0 || p.Prompts != 1 {
			t.Errorf("%+v", p)
		}
	}
	if points[1].Bytes >= points[3].Bytes || points[1].Bytes != points[2].Bytes {
		t.Errorf("sizes do not follow the level")
	}
	again := append([]kv.PointDoc{}, points...)
	if kv.Dominate(again); !cmp.Equal(again, points) {
		t.Error("other points are dominated")
	}

	b.start("Q", "kv.pareto", given)
	for i := 0; ; i++ {
		_, err := b.attempt("Q", 2)
		if err == nil {
			break
		}
		if !errors.Is(err, errStop) || i > 9 {
			t.Fatal(err)
		}
	}
	doc, err = kindOf(t, "kv.pareto").Document(t.Context(), b.store, "Q")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range doc.(kv.ParetoDoc).Points {
		if p.KL != points[i].KL || p.Bytes != points[i].Bytes || p.Level != points[i].Level {
			t.Errorf("%+v, without a stop %+v", p, points[i])
		}
	}
}

func TestDominationByHand(t *testing.T) {
	points := []kv.PointDoc{{Bytes: 1, TTFTMs: 9, KL: 0}, {Bytes: 5, TTFTMs: 5, KL: .1}, {Bytes: 5, TTFTMs: 6, KL: .1}, {Bytes: 5, TTFTMs: 5, KL: .1}, {Bytes: 6, TTFTMs: 1, KL: 1}}
	kv.Dominate(points)
	for i, want := range []bool{false, false, true, false, false} {
		if points[i].Dominated != want {
			t.Errorf("point %d: %v", i, points[i].Dominated)
		}
	}
}

func TestLoadPredictsAndMeasuresEveryTier(t *testing.T) {
	b := newBed(t)
	b.start("L", "kv.load", map[string]any{"demo": true, "tokens": 0, "people": 2, "levels": "3", "chunk_tokens": 60, "gbps": 1})
	r, err := b.attempt("L", 0)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := kindOf(t, "kv.load").Document(t.Context(), b.store, "L")
	if err != nil {
		t.Fatal(err)
	}
	d := doc.(kv.LoadDoc)
	if len(d.Tiers) != 3 || d.Pick.Tier == "" || r.done != r.total {
		t.Fatalf("%+v", d)
	}
	for _, p := range d.Tiers {
		if p.Ratio < .15 || p.Ratio > 1 || p.PredictedMs <= 0 || p.MeasuredMs <= 0 || p.LoadMs <= 0 || p.KL != d.Tiers[0].KL || p.Bytes != d.Tiers[0].Bytes || len(p.Lanes) != 16 {
			t.Errorf("%+v", p)
		}
	}
}
