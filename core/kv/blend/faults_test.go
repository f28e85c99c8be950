package blend

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"assay/core/kv"
	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/core/run"
	"assay/gpu"
)

// TestBadCacheFallsBackToFullPrefill marks a cache as compute does when it finds
// NaN: a chunk that overflows alone, in a prompt that does not, cannot be made
// with weights that stay readable.
func TestBadCacheFallsBackToFullPrefill(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{Seed: 2})
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	m, err := model.LoadDir(t.Context(), dir, dev, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Start(t.Context(), gatePrompt(m.Config), SessionOptions{MaxNew: 2})
	if err != nil {
		t.Fatal(err)
	}
	s.segs[2].bad = "NaN or Inf in K of layer 1 at token 40"
	for _, mode := range []kv.Mode{kv.Reuse, kv.Blend, kv.Oracle, kv.LegoLink} {
		r, err := s.Run(t.Context(), kv.Spec{Mode: mode, Ratio: 0.3})
		if err != nil {
			t.Fatal(err)
		}
		if r.Doc.Mode != string(mode) || r.Doc.KL != 0 || !r.Doc.Top1 || !strings.Contains(r.Doc.Note, "chunk 2: NaN or Inf in K of layer 1 at token 40: computed in full") {
			t.Errorf("%s: %+v", mode, r.Doc)
		}
		if r.Doc.Effective != 1 || r.Doc.TTFTMs <= 0 {
			t.Errorf("%s: effective %v in %v ms", mode, r.Doc.Effective, r.Doc.TTFTMs)
		}
	}
}

// TestNaNInACacheIsFound looks at what compute does with a model
// whose V overflows at one token.
func TestNaNInACacheIsFound(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{Seed: 2, Edit: func(name string, x []float32) {
		if name == "model.layers.1.self_attn.v_proj.weight" {
			for i := range x {
				x[i] = 3e38
			}
		}
	}})
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	m, err := model.LoadDir(t.Context(), dir, dev, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.reserve(64, 0, 1); err != nil {
		t.Fatal(err)
	}
	a := kv.Assembly{IDs: []int32{0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 2, 3, 4, 5}, Front: []int32{0}}
	g := e.segmentOf(a, kv.SegmentDoc{Kind: kv.SegmentChunk, Index: 1, Start: 10, End: 14}, kv.RoPEPre)
	if err := e.precompute(g); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(g.bad, "in V of layer 1 at token 1") || g.ram != nil {
		t.Errorf("found %q, kept %v", g.bad, g.ram != nil)
	}
}

// TestCancellationAnywhereLeavesTheEngineUsable cancels at every lap of every
// kind of pass in turn: the watch is asked for the time at all of them.
func TestCancellationAnywhereLeavesTheEngineUsable(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{Seed: 2, Layers: 3})
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	m, err := model.LoadDir(t.Context(), dir, dev, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []kv.Mode{kv.Full, kv.PromptCache, kv.Blend, kv.Oracle} {
		cancelled := 0
		for at := 1; ; at++ {
			e, err := New(m, Options{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := e.Start(t.Context(), gatePrompt(m.Config), SessionOptions{MaxNew: 2})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			left := at
			e.now = func() time.Time {
				if left--; left == 0 {
					cancel()
				}
				return time.Now()
			}
			spec := kv.Spec{Mode: mode, Ratio: 0.3}
			_, err = s.Run(ctx, spec)
			cancel()
			e.now = time.Now
			if left <= 0 {
				cancelled++
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("%s cancelled at lap %d: %v", mode, at, err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			r, err := s.Run(t.Context(), kv.Spec{Mode: mode, Ratio: 1})
			if err != nil || (mode != kv.PromptCache && r.Doc.KL != 0) {
				t.Fatalf("%s after a cancellation at lap %d: %v", mode, at, err)
			}
			if left > 0 {
				break
			}
		}
		if cancelled < 4 {
			t.Errorf("%s was cancelled at %d places only", mode, cancelled)
		}
	}
}

func TestVerdictNamesTheFigure(t *testing.T) {
	for want, d := range map[string]kv.CheckDoc{
		"logits by up to 0.25":         {R1MaxLogitDiff: 0.25},
		"layer 0 deviates by up to 3":  {R1BitEqual: true, Layer0MaxDeviation: 3},
		"prefix rows deviate by up to": {R1BitEqual: true, PrefixMaxDeviation: 1e-7},
	} {
		if err := verdict("m", d); run.CodeOf(err) != run.EGate || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := verdict("m", kv.CheckDoc{Pass: true}); err != nil {
		t.Error(err)
	}
}

// TestCountsOfGradualFiltering pins the schedule: r*(1.2, 1.0, 0.8) over four
// layers, never growing, never below one where the ratio picks any.
func TestCountsOfGradualFiltering(t *testing.T) {
	for _, c := range []struct {
		filter kv.Filter
		ratio  float64
		tail   int
		want   [3]int
	}{
		{kv.FilterSingle, 0.15, 2000, [3]int{300, 300, 300}},
		{kv.FilterGradual, 0.15, 2000, [3]int{360, 300, 240}},
		{kv.FilterGradual, 0.9, 100, [3]int{100, 90, 72}},
		{kv.FilterGradual, 1, 100, [3]int{100, 100, 100}},
		{kv.FilterGradual, 0.1, 10, [3]int{1, 1, 1}},
		{kv.FilterGradual, 0.1, 9, [3]int{0, 0, 0}},
		{kv.FilterSingle, 0, 9, [3]int{0, 0, 0}},
	} {
		s := &selection{Spec: kv.Spec{Filter: c.filter, Ratio: c.ratio}, tail: c.tail}
		for l, want := range c.want {
			if got := s.count(l+1, 4); got != want {
				t.Errorf("%s %v of %d: %d tokens at layer %d, want %d", c.filter, c.ratio, c.tail, got, l+1, want)
			}
		}
	}
}

func TestBestTakesTheLowestPositionsOfEquals(t *testing.T) {
	score := map[int32]float64{3: 1, 4: 2, 5: 1, 6: 1}
	if got := best([]int32{3, 4, 5, 6}, func(at int32) float64 { return score[at] }, 3); len(got) != 3 || got[0] != 3 || got[1] != 4 || got[2] != 5 {
		t.Errorf("got %v", got)
	}
}
