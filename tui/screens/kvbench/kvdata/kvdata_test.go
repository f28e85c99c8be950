package kvdata_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/kv"
	"assay/core/plot"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/screens/kvbench/kvdata"
)

const id run.ID = "01J9W2KQ000000000000000000"

func store(t *testing.T) *runtest.Store {
	t.Helper()
	s := runtest.New()
	s.Put(run.Run{ID: id, Bench: "kv", Kind: "kv.blend", State: run.Running})
	return s
}

// read brings a run up to date.
func read(t *testing.T, s *runtest.Store, r *kvdata.Run) {
	t.Helper()
	n, err := kvdata.Read(context.Background(), s, id, r.Seq)
	if err != nil {
		t.Fatal(err)
	}
	r.Apply(n)
}

func TestReadingGoesOnWhereItStopped(t *testing.T) {
	s := store(t)
	r := kvdata.New(id)
	s.PutRecord(id, kv.RecordMode, "full", kv.ModeDoc{Key: "full", Mode: "full", KL: 0})
	read(t, s, r)
	s.PutRecord(id, kv.RecordMode, "blend.3v", kv.ModeDoc{Key: "blend.3v", Mode: "blend", Ratio: .3, Rule: "v"})
	s.PutRecord(id, kv.RecordMode, "blend.15v", kv.ModeDoc{Key: "blend.15v", Mode: "blend", Ratio: .15, Rule: "v"})
	s.PutRecord(id, kv.RecordMode, "reuse", kv.ModeDoc{Key: "reuse", Mode: "reuse", KL: .7})
	s.PutRecord(id, "kv.of-a-newer-version", "", map[string]int{"x": 1})
	read(t, s, r)
	keys := func() (out []string) {
		for _, m := range r.Modes {
			out = append(out, m.Key)
		}
		return out
	}
	if d := cmp.Diff([]string{"full", "reuse", "blend.15v", "blend.3v"}, keys()); d != "" {
		t.Error(d)
	}
	// A resumed run repeats its last step: the newer numbers stand, once.
	s.PutRecord(id, kv.RecordMode, "reuse", kv.ModeDoc{Key: "reuse", Mode: "reuse", KL: .6})
	read(t, s, r)
	if m, _ := r.Mode("reuse"); m.KL != .6 || len(r.Modes) != 4 {
		t.Errorf("reuse %v of %v", m.KL, keys())
	}
}

func TestRelativeValuesAndTheirRoots(t *testing.T) {
	s := store(t)
	put := func(name string, v ...float32) { s.PutArray(id, run.F32Array(name, v, 2, 3)) }
	put("reuse/dk", 3, 0, 0, 6, 1, 0)
	put("reuse/dv", 4, 0, 2, 8, 0, 0)
	put("full/knorm", 6, 1, 1, 6, 0, 0)
	put("full/vnorm", 8, 1, 4, 8, 0, 0)
	r := kvdata.New(id)
	read(t, s, r)
	nan := float32(math.NaN())
	for _, c := range []struct {
		m        kvdata.Measure
		relative bool
		want     []float32
	}{
		{kvdata.DK, false, []float32{3, 0, 0, 6, 1, 0}},
		{kvdata.DK, true, []float32{.5, 0, 0, 1, nan, 0}},
		{kvdata.DV, true, []float32{.5, 0, .5, 1, 0, 0}},
		{kvdata.DKV, false, []float32{5, 0, 2, 10, 1, 0}},
		{kvdata.DKV, true, []float32{.5, 0, 2 / float32(math.Hypot(1, 4)), 1, nan, 0}},
	} {
		got, ok := r.Matrix("reuse", c.m, c.relative)
		if !ok || got.Rows != 2 || got.Cols != 3 {
			t.Fatalf("%v: %+v", c.m, got)
		}
		for i, w := range c.want {
			if g := got.Values[i]; g != w && !(g != g && w != w) {
				t.Errorf("%v relative %v [%d]: %v, want %v", c.m, c.relative, i, g, w)
			}
		}
	}
	for _, m := range []kvdata.Measure{kvdata.Selection, kvdata.Attention} {
		if _, ok := r.Matrix("reuse", m, false); ok {
			t.Errorf("%v: a matrix that is not stored", m)
		}
	}
	// The array of a mode that ran again replaces what was derived from the old one.
	put("reuse/dv", 0, 0, 0, 0, 0, 8)
	read(t, s, r)
	if got, _ := r.Matrix("reuse", kvdata.DV, false); got.At(1, 2) != 8 {
		t.Errorf("stale: %v", got.Values)
	}
}

func TestRankIsTheOrderOfTheSelection(t *testing.T) {
	m := plot.Matrix{Rows: 1, Cols: 4, Values: []float32{.2, .5, .2, .1}}
	for token, want := range []int{2, 1, 3, 4} { // equal values: the lower position first
		if got := kvdata.Rank(m, 0, token); got != want {
			t.Errorf("token %d: rank %d, want %d", token, got, want)
		}
	}
}

func TestFaultyRowsAreNamed(t *testing.T) {
	s := store(t)
	s.PutRecord(id, kv.RecordMode, "blend", map[string]string{"ratio": "much"})
	_, err := kvdata.Read(context.Background(), s, id, 0)
	if err == nil || !strings.Contains(err.Error(), `kv.mode "blend"`) {
		t.Errorf("got %v", err)
	}
	if _, err := kvdata.Read(context.Background(), s, "01J9W2KQ000000000000000001", 0); run.CodeOf(err) != run.ENoRun {
		t.Errorf("got %v", err)
	}
}

func TestSubtractNeedsOneShape(t *testing.T) {
	a := plot.Matrix{Rows: 1, Cols: 2, Values: []float32{1, 2}}
	b := plot.Matrix{Rows: 1, Cols: 2, Values: []float32{4, 1}}
	d, ok := kvdata.Subtract(a, b)
	if !ok || d.Values[0] != 3 || d.Values[1] != -1 {
		t.Errorf("%v", d.Values)
	}
	if _, ok := kvdata.Subtract(a, plot.Matrix{Rows: 2, Cols: 1, Values: []float32{1, 2}}); ok {
		t.Error("different shapes were subtracted")
	}
}
