package blend_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/store"
)

// tallied passes reads on and counts them.
type tallied struct {
	blend.Entry
	reads *int
}

func (c tallied) Read(layer int, p store.Part, dst []byte) error {
	*c.reads++
	return c.Entry.Read(layer, p, dst)
}

func TestLoadingAheadChangesNoNumber(t *testing.T) {
	w := newWorld(t, fourLayers)
	e := newEngine(t, w.m, blend.Options{})
	prompt := assemble(t, w.m, 3, []int{7, 5, 9}, 4)
	reads := 0
	results := func(ahead bool) []kv.ModeDoc {
		s, err := e.Start(t.Context(), prompt, blend.SessionOptions{MaxNew: 3, Ahead: ahead,
			Serve: func(_ store.Key, _ kv.SegmentDoc, e blend.Entry) (blend.Entry, error) { return tallied{e, &reads}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		var docs []kv.ModeDoc
		for _, spec := range []kv.Spec{{Mode: kv.Reuse}, {Mode: kv.Prefix}, {Mode: kv.Blend, Ratio: .3}, {Mode: kv.Blend, Ratio: .3, Filter: kv.FilterGradual, Rule: kv.RuleKV}, {Mode: kv.LegoLink, LegoK: 2}} {
			r, err := s.Run(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			d := r.Doc
			d.TTFTMs, d.PhasesMs = 0, nil
			for i := range d.Layers {
				d.Layers[i].LoadMs, d.Layers[i].ComputeMs = 0, 0
			}
			docs = append(docs, d)
		}
		return docs
	}
	if d := cmp.Diff(results(false), results(true)); d != "" {
		t.Error(d)
	}
	if reads == 0 {
		t.Error("nothing went through what serves the caches")
	}
}
