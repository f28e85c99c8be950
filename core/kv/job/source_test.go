package job

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/kv/store"
	"assay/gpu"
)

// rows is an exact cache of numbers that repeat nowhere.
type rows struct{}

func (rows) Close() error { return nil }

func (rows) Read(layer int, p store.Part, dst []byte) error {
	for i := 0; i < len(dst); i += 4 {
		dst[i], dst[i+1], dst[i+2], dst[i+3] = byte(i), byte(i>>3+layer), byte(i*7+int(p)), 0x3f
	}
	return nil
}

func TestEveryTierServesTheSameNumbersAndHealsDamage(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	dims := codec.Origin{KVHeads: 2, HeadDim: 16, Model: 7}
	doc := kv.SegmentDoc{Index: 4, Start: 10, End: 40}
	first := ""
	for _, tier := range kv.Tiers() {
		var notes []string
		s, err := newSource(t.Context(), codec.New(dev), codec.Spec{Profile: kv.CodecExact, Level: "32"}, dims, 3, tier, 10, func(text string) { notes = append(notes, text) })
		if err != nil {
			t.Fatal(err)
		}
		read := func() string {
			e, err := s.serve(doc, rows{})
			if err != nil {
				t.Fatal(err)
			}
			all := ""
			dst := make([]byte, 4*30*32)
			for l := range 3 {
				for _, p := range []store.Part{store.K, store.V} {
					if err := e.Read(l, p, dst); err != nil {
						t.Fatal(err)
					}
					all += string(dst)
				}
			}
			return all
		}
		got := read()
		if first == "" {
			first = got
		}
		h := s.held[doc.Index]
		if got != first || s.loaded != int64(h.size-8) || len(notes) != 0 {
			t.Errorf("%s: %d bytes of %d came, other numbers: %v", tier, s.loaded, h.size, got != first)
		}
		// The last stream is damaged where it lies.
		if h.blob != nil {
			h.blob[h.size-30] ^= 0x55
		} else {
			path := filepath.Join(s.dir, h.key)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[h.size-30] ^= 0x55
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if read() != first || len(notes) != 1 || !strings.Contains(notes[0], "segment 4: chunk is damaged") {
			t.Errorf("%s: damage gives other numbers, or is not said: %v", tier, notes)
		}
		if read() != first || len(notes) != 1 {
			t.Errorf("%s: what was made again is not kept: %v", tier, notes)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestControllerTakesTheCheapestThatHides(t *testing.T) {
	a := kv.TierDoc{Tier: "a", LoadMs: 5, RecomputeMs: 10, Cost: 3}
	b := kv.TierDoc{Tier: "b", LoadMs: 9, RecomputeMs: 10, Cost: 1}
	c := kv.TierDoc{Tier: "c", LoadMs: 11, RecomputeMs: 10, Cost: .1}
	if p := choose([]kv.TierDoc{a, b, c}, .2); p.Tier != "b" || p.Ratio != .2 {
		t.Errorf("%+v", p)
	}
	d := kv.TierDoc{Tier: "d", LoadMs: 12, RecomputeMs: 10}
	if p := choose([]kv.TierDoc{d, c}, .2); p.Tier != "c" {
		t.Errorf("%+v", p)
	}
}
