package blend_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/store"

	"github.com/google/go-cmp/cmp"
)

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// entriesIn lists the files of the entries in a store.
func entriesIn(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".kv") && !strings.Contains(path, "quarantine") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStoredCachesGiveTheSameNumbers(t *testing.T) {
	w := newWorld(t, fourLayers)
	dir := t.TempDir()
	a := assemble(t, w.m, 3, []int{9, 1, 14}, 5)
	modes := kv.Modes()
	run := func(o blend.Options) (out []*blend.Result, chunks []kv.ChunkDoc) {
		s := start(t, newEngine(t, w.m, o), a, blend.SessionOptions{MaxNew: 3})
		for _, mode := range modes {
			out = append(out, serve(t, s, kv.Spec{Mode: kv.Mode(mode), Ratio: 0.3, LegoK: 3}))
		}
		return out, s.Chunks()
	}
	memory, _ := run(blend.Options{})
	for attempt, want := range []struct {
		hit    bool
		reason string
	}{{false, "never stored"}, {true, ""}} {
		stored, chunks := run(blend.Options{Store: openStore(t, dir)})
		if d := cmp.Diff(memory, stored, untimed); d != "" {
			t.Errorf("attempt %d: other numbers than without a store:\n%s", attempt, d)
		}
		for _, c := range chunks {
			if c.Hit != want.hit || c.Reason != want.reason || (c.PrecomputeMs > 0) == want.hit {
				t.Errorf("attempt %d: %+v", attempt, c)
			}
		}
	}
}

func TestSameChunkTwiceIsStoredOnce(t *testing.T) {
	w := newWorld(t, fourLayers)
	dir := t.TempDir()
	same := part("same", 8)
	p := kv.Prompt{Prefix: part("prefix", 2), Chunks: []kv.Part{same, part("other", 4), same}, Question: part("q", 3)}
	s := start(t, newEngine(t, w.m, blend.Options{Store: openStore(t, dir)}), assembled(t, w.m, p), blend.SessionOptions{})
	if n := len(entriesIn(t, dir)); n != 3 { // prefix and two chunks
		t.Errorf("%d entries, want 3", n)
	}
	if c := s.Chunks(); c[1].Hit || !c[3].Hit {
		t.Errorf("the second copy was computed again: %+v", c)
	}
	r := serve(t, s, kv.Spec{Mode: kv.Reuse})
	if slices.Equal(r.DV[3*22+2:3*22+10], r.DV[3*22+14:3*22+22]) {
		t.Error("both places deviate alike, though other text precedes them")
	}
}

// TestDamageDuringARunCostsTimeAlone damages every entry behind the session's
// back: modes notice, compute the caches again and give the same numbers.
func TestDamageDuringARunCostsTimeAlone(t *testing.T) {
	w := newWorld(t, fourLayers)
	a := assemble(t, w.m, 3, []int{9, 1, 14}, 5)
	for name, harm := range map[string]func(path string) error{
		"removed":   os.Remove,
		"truncated": func(path string) error { return os.Truncate(path, 150) },
		"flipped": func(path string) error {
			data, err := os.ReadFile(path)
			if err == nil {
				data[len(data)-1] ^= 1
				err = os.WriteFile(path, data, 0o644)
			}
			return err
		},
	} {
		for _, mode := range []kv.Mode{kv.Reuse, kv.PromptCache, kv.Blend, kv.Oracle} {
			dir := t.TempDir()
			var notes []string
			e := newEngine(t, w.m, blend.Options{Store: openStore(t, dir), Note: func(s string) { notes = append(notes, s) }})
			s := start(t, e, a, blend.SessionOptions{MaxNew: 2})
			spec := kv.Spec{Mode: mode, Ratio: 0.3}
			want := serve(t, s, spec)
			if len(notes) != 0 {
				t.Fatalf("%s, %s: notes before any damage: %q", name, mode, notes)
			}
			for _, path := range entriesIn(t, dir) {
				if err := harm(path); err != nil {
					t.Fatal(err)
				}
			}
			got := serve(t, s, spec)
			if d := cmp.Diff(want, got, untimed); d != "" {
				t.Errorf("%s, %s:\n%s", name, mode, d)
			}
			if len(notes) == 0 {
				t.Errorf("%s, %s: nobody was told", name, mode)
			}
		}
	}
}

func TestStoreThatCannotBeWrittenIsNotedOnce(t *testing.T) {
	w := newWorld(t, fourLayers)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var notes []string
	e := newEngine(t, w.m, blend.Options{Store: openStore(t, filepath.Join(file, "store")), Note: func(s string) { notes = append(notes, s) }})
	a := assemble(t, w.m, 3, []int{9, 14}, 5)
	got := serve(t, start(t, e, a, blend.SessionOptions{}), kv.Spec{Mode: kv.Blend, Ratio: 0.3})
	want := serve(t, start(t, newEngine(t, w.m, blend.Options{}), a, blend.SessionOptions{}), kv.Spec{Mode: kv.Blend, Ratio: 0.3})
	if d := cmp.Diff(want, got, untimed); d != "" {
		t.Error(d)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "stay in memory") {
		t.Errorf("notes %q", notes)
	}
}

func TestMoreChunksThanFilesMayBeOpen(t *testing.T) {
	w := newWorld(t, fourLayers)
	chunks := make([]int, 230)
	for i := range chunks {
		chunks[i] = 1
	}
	a := assemble(t, w.m, 2, chunks, 3)
	s := start(t, newEngine(t, w.m, blend.Options{Store: openStore(t, t.TempDir())}), a, blend.SessionOptions{})
	if r := serve(t, s, kv.Spec{Mode: kv.Blend, Ratio: 1}); r.Doc.KL != 0 {
		t.Errorf("KL %v", r.Doc.KL)
	}
	if r := serve(t, s, kv.Spec{Mode: kv.Reuse}); r.Doc.Loaded != 4*2*16*4*232 {
		t.Errorf("%d bytes loaded", r.Doc.Loaded)
	}
}
