package tinycap_test

import (
	"archive/tar"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"testing"

	"assay/core/caption/picture"
	"assay/core/caption/tinycap"
	"assay/gpu"
)

func open(t testing.TB, threads int) *tinycap.Model {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	m, err := tinycap.Builtin(dev)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type golden struct {
	File   string
	Greedy string
	Tokens []int
	Beam3  string
	Top5   [][2]any
}

// goldens reads the scenes and captions of the reference implementation, which
// runs in PyTorch.
func goldens(t testing.TB) (list []golden, files map[string][]byte) {
	t.Helper()
	f, err := os.Open("testdata/golden.tar")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files = map[string][]byte{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(files["golden.json"], &list); err != nil {
		t.Fatal(err)
	}
	return list, files
}

func TestGoldenScenesAreCaptionedAsTheReferenceDoes(t *testing.T) {
	m := open(t, 0)
	list, files := goldens(t)
	if len(list) != 12 {
		t.Fatalf("%d golden scenes, expected 12", len(list))
	}
	for _, g := range list {
		img, err := picture.Decode(files[g.File])
		if err != nil {
			t.Fatal(err)
		}
		a, err := m.Caption(img, 1)
		if err != nil {
			t.Fatal(err)
		}
		if a.Text != g.Greedy || !slices.Equal(a.IDs, g.Tokens) {
			t.Errorf("%s: %q %v, expected %q %v", g.File, a.Text, a.IDs, g.Greedy, g.Tokens)
		}
		for _, top := range g.Top5 { // printed with four digits; f32 sums in another order
			word, logit := top[0].(string), top[1].(float64)
			if got := float64(a.Head[slices.Index(m.Words, word)]); math.Abs(got-logit) > 2e-3 {
				t.Errorf("%s: first logit of %q %.5f, expected %.4f", g.File, word, got, logit)
			}
		}
		if a, err = m.Caption(img, 3); err != nil || a.Text != g.Beam3 {
			t.Errorf("%s: beam of 3 %q %v, expected %q", g.File, a.Text, err, g.Beam3)
		}
	}
}

func BenchmarkCaption(b *testing.B) {
	m := open(b, 1)
	list, files := goldens(b)
	img, err := picture.Decode(files[list[0].File])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Caption(img, 1); err != nil {
			b.Fatal(err)
		}
	}
}
