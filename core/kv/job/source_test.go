package job

import (
	"os"
	"path/filepath"
	"slices"
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
	id := store.Key{Model: "m", DType: "f32", IDs: []int32{1, 2}}
	first := ""
	for _, tier := range kv.Tiers() {
		var notes []string
		cache := t.TempDir()
		options := sourceOptions{ctx: t.Context(), spec: codec.Spec{Profile: kv.CodecExact, Level: "32"}, dims: dims, layers: 3, tier: tier, gbps: 10, cache: cache, note: func(text string) { notes = append(notes, text) }}
		s, err := newSource(codec.New(dev), options)
		if err != nil {
			t.Fatal(err)
		}
		var h *held
		read := func() string {
			e, err := s.serve(id, doc, rows{})
			if err != nil {
				t.Fatal(err)
			}
			h = e.(*coded).h
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
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			return all
		}
		got := read()
		if first == "" {
			first = got
		}
		if got != first || s.loaded != int64(h.size-8) || len(notes) != 0 {
			t.Errorf("%s: %d bytes of %d came, other numbers: %v", tier, s.loaded, h.size, got != first)
		}
		// The last stream is damaged where it lies.
		damage := func() []byte {
			path := files(t, cache, "v1", ".kvg")[0]
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)-30] ^= 0x55
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			return b
		}
		if h.blob != nil {
			h.blob = slices.Clone(h.blob) // the server reads the other one
			h.blob[h.size-30] ^= 0x55
			if s.server != nil {
				s.server.Put(h.key, h.blob)
			}
		} else {
			damage()
		}
		if read() != first || len(notes) != 1 || !strings.Contains(notes[0], "segment 4: chunk is damaged") || !strings.Contains(notes[0], "kept aside as kv/quarantine/") {
			t.Errorf("%s: damage gives other numbers, or is not said: %v", tier, notes)
		}
		if read() != first || len(notes) != 1 {
			t.Errorf("%s: what was made again is not kept: %v", tier, notes)
		}
		if aside := files(t, cache, "quarantine", ".kvg"); len(aside) != 1 || len(files(t, cache, "quarantine", ".txt")) != 1 {
			t.Errorf("%s: in quarantine: %v", tier, aside)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		// A later run finds the container, and damage that came between the two.
		notes = nil
		for _, bad := range []bool{false, true} {
			if bad {
				damage()
			}
			if s, err = newSource(codec.New(dev), options); err != nil {
				t.Fatal(err)
			}
			if read() != first || bad != (len(notes) == 1 && strings.Contains(notes[0], "does not match")) {
				t.Errorf("%s: a later run, damaged %v: %v", tier, bad, notes)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// files lists the files below a part of the store that end so.
func files(t *testing.T, cache, part, end string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(cache, "kv", part), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, end) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A tier that holds less than all chunks lets go of the one used longest ago; a disk
// that takes nothing leaves the chunks in memory. Numbers are the same.
func TestTiersThatAreFull(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	for _, tier := range kv.Tiers() {
		var notes []string
		cache := t.TempDir()
		s, err := newSource(codec.New(dev), sourceOptions{ctx: t.Context(), spec: codec.Spec{Profile: kv.CodecExact, Level: "32"}, dims: codec.Origin{KVHeads: 2, HeadDim: 16, Model: 7}, layers: 3, tier: tier, gbps: 10, cache: cache,
			note: func(text string) { notes = append(notes, text) }})
		if err != nil {
			t.Fatal(err)
		}
		read := func(segment int) string {
			e, err := s.serve(store.Key{Model: "m", IDs: []int32{int32(segment)}}, kv.SegmentDoc{Index: segment, End: 30}, rows{})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			dst := make([]byte, 4*30*32)
			if err := e.Read(1, store.V, dst); err != nil {
				t.Fatal(err)
			}
			return string(dst)
		}
		want := read(0)
		s.capacity = 5 * s.sizes[0] / 2 // room for two
		if tier == kv.TierDisk {
			if err := os.RemoveAll(filepath.Join(cache, "kv")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(cache, "kv"), nil, 0o644); err != nil { // where a folder should be
				t.Fatal(err)
			}
		}
		for _, segment := range []int{0, 1, 2, 1, 0, 2} {
			if read(segment) != want {
				t.Errorf("%s: other numbers of segment %d", tier, segment)
			}
		}
		if tier == kv.TierDisk {
			if s.outside != 3 || len(notes) == 0 || !strings.Contains(strings.Join(notes, "\n"), "served from memory") {
				t.Errorf("disk: %d chunks outside, %v", s.outside, notes)
			}
		} else if s.misses != 2 || len(notes) == 0 || !strings.Contains(notes[0], "the one used longest ago goes") { // 0 after 2 came, 2 after 0 came
			t.Errorf("%s: %d misses, %v", tier, s.misses, notes)
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
