package kv_test

import (
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

func TestSymbolsThatMakeNoSenseAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       "it is empty",
		`{"bins":4`:                              "ends inside its JSON",
		`[]`:                                     "array where something else belongs",
		`{}`:                                     "bins 0: expected 2 to 256",
		`{"bins":257,"symbols":[0]}`:             "bins 257",
		`{"bins":4}`:                             "no list of symbols",
		`{"bins":4,"symbols":null}`:              "no list of symbols",
		`{"bins":4,"symbols":[0,4]}`:             "symbols[1] is 4: expected 0 to 3",
		`{"bins":4,"symbols":[-1]}`:              "symbols[0] is -1",
		`{"bins":4,"symbols":[0.5]}`:             "symbols has number 0.5 where a whole number belongs",
		`{"bins":2,"symbols":[0],"cdf":[]}`:      "a cdf of 0 entries: expected bins + 1 = 3",
		`{"bins":2,"symbols":[0],"cdf":[1,2,3]}`: "cdf[0] is 1: expected 0",
		`{"bins":2,"symbols":[0],"cdf":[0,9,9]}`: "cdf[2] is 9 after 9",
		`{"bins":2,"symbols":[0],"cdf":[0,9,-1]}`: "cdf[2] is -1",
		`{"bins":2,"symbols":[0]} []`:             "something follows",
		`{"bins":2,"symbols":[0],"more":1}`:       "unknown field",
	} {
		if _, err := kv.ParseSymbols([]byte(text)); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if s, err := kv.ParseSymbols([]byte(`{"bins":4,"symbols":[]}`)); err != nil || len(s.Symbols) != 0 {
		t.Errorf("an empty list: %v", err)
	}
}

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
