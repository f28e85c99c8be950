package kv_test

import (
	"math"
	"testing"

	"assay/core/kv"
)

func TestPipelineHidesWhatItCan(t *testing.T) {
	layers := []kv.LayerCost{{Read: 2, Compute: 4}, {Read: 3, Work: 2, Compute: 1, Place: .5}, {Read: 1, Work: 1, Compute: 5, Place: .5}}
	for _, c := range []struct {
		with kv.Contention
		want float64
	}{
		{kv.Contention{}, 2 + 4 + .5 + 1 + .5 + 5},
		{kv.Contention{Compute: 1, Read: 1}, 2 + 4 + .5 + 1 + .5 + 5},
		// Each at half its rate while both run: layer 1 is read for two thirds of the
		// time, layer 2 all of it.
		{kv.Contention{Compute: 2, Read: 2}, 2 + (4 + 4 - 4/(5./3)) + .5 + 2 + .5 + 5},
	} {
		total, lanes := kv.Pipeline(layers, c.with)
		if math.Abs(total-c.want) > 1e-9 || len(lanes) != 6 {
			t.Errorf("%+v: %g ms, want %g, %d spans", c.with, total, c.want, len(lanes))
		}
		for _, s := range lanes {
			if s.End > total || s.Start > s.End {
				t.Errorf("%+v: %+v outside of %g ms", c.with, s, total)
			}
		}
	}
	slow := []kv.LayerCost{{Read: 9, Compute: 1}, {Read: 9, Compute: 1}}
	if total, _ := kv.Pipeline(slow, kv.Contention{Compute: 2, Read: 2}); total != 9+9+1 {
		t.Errorf("a link that is slower than everything: %g ms", total)
	}
	if total, lanes := kv.Pipeline(nil, kv.Contention{}); total != 0 || lanes != nil {
		t.Errorf("nothing: %g ms, %v", total, lanes)
	}
}
