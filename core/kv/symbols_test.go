package kv_test

import (
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

func FuzzParseSymbols(f *testing.F) {
	f.Add([]byte(`{"bins":3,"symbols":[0,1,2],"cdf":[0,1,2,65536]}`))
	f.Add([]byte(`{"bins":16,"symbols":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := kv.ParseSymbols(data)
		if err != nil {
			if run.CodeOf(err) != run.EInput {
				t.Fatal(err)
			}
			return
		}
		if s.CDF != nil && (len(s.CDF) != s.Bins+1 || s.CDF[0] != 0 || s.CDF[s.Bins] > 65535) {
			t.Fatalf("%+v", s)
		}
	})
}

func TestLevelsScaleWithTheDepth(t *testing.T) {
	for _, c := range []struct {
		level          string
		layers, k16, v int // first layer of the coarser bins
		fine, coarse   int
	}{{"1", 32, 20, 2, 16, 12}, {"2", 32, 10, 2, 32, 16}, {"1", 8, 5, 1, 16, 12}, {"2", 80, 25, 5, 32, 16}} {
		k, v, err := kv.LevelBins(c.level, c.layers)
		if err != nil {
			t.Fatal(err)
		}
		for l := range c.layers {
			want := func(cut int) int {
				if l < cut {
					return c.fine
				}
				return c.coarse
			}
			if k[l] != want(c.k16) || v[l] != want(c.v) {
				t.Errorf("level %s of %d layers: %d and %d in layer %d", c.level, c.layers, k[l], v[l], l)
			}
		}
	}
	if k, v, err := kv.LevelBins("3", 5); err != nil || k[4] != 32 || v[0] != 32 {
		t.Errorf("%v %v %v", k, v, err)
	}
}
