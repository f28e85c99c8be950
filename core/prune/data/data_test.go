package data_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/prng"
	"assay/core/prune/data"
)

func TestMNISTShipsWhole(t *testing.T) {
	s, err := data.Load(data.MNIST)
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.N() != 60_000 || s.Test.N() != 10_000 || !slices.Equal(s.Shape(), []int{1, 28, 28}) {
		t.Fatalf("%d and %d images of %v", s.Train.N(), s.Test.N(), s.Shape())
	}
	// Published means: 0.1307 of the training pixels, deviation 0.3081.
	var sum float64
	for _, p := range s.Train.Pixels {
		sum += float64(p)
	}
	if mean := sum / 255 / float64(len(s.Train.Pixels)); mean < 0.13065 || mean > 0.13075 {
		t.Errorf("mean %g, expected 0.1307", mean)
	}
	index, err := s.Train.Balanced(prng.New(1, "t"), 100)
	if err != nil {
		t.Fatal(err)
	}
	count := map[uint8]int{}
	for _, l := range s.Train.Pick(index).Labels {
		count[l]++
	}
	for c := range 10 {
		if count[uint8(c)] != 10 {
			t.Errorf("%d images of class %d in a balanced hundred", count[uint8(c)], c)
		}
	}
	if _, err := s.Test.Balanced(prng.New(1, "t"), 10_001); err == nil {
		t.Error("more images than there are")
	}
}

func idx(n int) (images, labels []byte) {
	for _, v := range []uint32{2051, uint32(n), 2, 3} {
		images = binary.BigEndian.AppendUint32(images, v)
	}
	images = append(images, make([]byte, n*6)...)
	for _, v := range []uint32{2049, uint32(n)} {
		labels = binary.BigEndian.AppendUint32(labels, v)
	}
	return images, append(labels, make([]byte, n)...)
}

func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamagedIDXFilesAreRefusedWithTheByte(t *testing.T) {
	for name, c := range map[string]struct {
		change func(images, labels []byte) ([]byte, []byte)
		want   string
	}{
		"good":       {func(i, l []byte) ([]byte, []byte) { return i, l }, ""},
		"short":      {func(i, l []byte) ([]byte, []byte) { return i[:20], l }, "20 bytes, expected 34"},
		"no header":  {func(i, l []byte) ([]byte, []byte) { return i[:3], l }, "expected a header of 16"},
		"bad magic":  {func(i, l []byte) ([]byte, []byte) { i[3] = 9; return i, l }, "magic number 2057 at byte 0"},
		"huge":       {func(i, l []byte) ([]byte, []byte) { i[4] = 255; return i, l }, "in the header at byte 4"},
		"few labels": {func(i, l []byte) ([]byte, []byte) { l[7] = 2; return i, l }, "2 labels for 3 images"},
		"bad label":  {func(i, l []byte) ([]byte, []byte) { l[9] = 10; return i, l }, "label 10 at byte 9"},
		"label file": {func(i, l []byte) ([]byte, []byte) { return i, l[:10] }, "10 bytes, expected 11"},
	} {
		dir := t.TempDir()
		i, l := idx(3)
		ti, tl := idx(2)
		i, l = c.change(i, l)
		write(t, dir, map[string][]byte{"train-images-idx3-ubyte": i, "train-labels-idx1-ubyte": l, "t10k-images-idx3-ubyte": ti, "t10k-labels-idx1-ubyte": tl})
		_, err := data.Load(dir)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
	for _, where := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if _, err := data.Load(where); err == nil || !strings.Contains(err.Error(), "30730000") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// folder writes 32x32 images of one colour for each class.
func folder(t *testing.T, side int) string {
	t.Helper()
	root := t.TempDir()
	for _, part := range []string{"train", "test"} {
		for c, name := range []string{"cat", "dog"} {
			dir := filepath.Join(root, part, name)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for k := range 4 {
				im := image.NewNRGBA(image.Rect(0, 0, side, side))
				for i := range side * side {
					im.Set(i%side, i/side, color.NRGBA{R: uint8(100 + c), G: uint8(k), B: uint8(i), A: 255})
				}
				var b bytes.Buffer
				if err := png.Encode(&b, im); err != nil {
					t.Fatal(err)
				}
				write(t, dir, map[string][]byte{string(rune('a'+k)) + ".png": b.Bytes()})
			}
		}
	}
	return root
}

func TestImportWritesTheStandardForm(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	doc, err := data.Import(context.Background(), folder(t, 32), out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Train != 8 || doc.Test != 8 || doc.Name != "cifar10-import" {
		t.Errorf("%+v", doc)
	}
	s, err := data.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.N() != 8 || !slices.Equal(s.Classes, []string{"cat", "dog"}) {
		t.Fatalf("%d images, classes %v", s.Train.N(), s.Classes)
	}
	for i := range s.Train.N() {
		p := s.Train.Image(i)
		if p[0] != 100+s.Train.Labels[i] || p[2*1024+7] != 7 {
			t.Errorf("image %d of class %d begins with %d", i, s.Train.Labels[i], p[0])
		}
	}
	// A record less, and half a record, are not what was written.
	f := filepath.Join(out, "test_batch.bin")
	b, err := os.ReadFile(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{len(b) - 3073, len(b) - 100} {
		write(t, out, map[string][]byte{"test_batch.bin": b[:n]})
		if _, err := data.Load(out); err == nil || !strings.Contains(err.Error(), "test_batch.bin has") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	b[3073] = 77
	write(t, out, map[string][]byte{"test_batch.bin": b})
	if _, err := data.Load(out); err == nil || !strings.Contains(err.Error(), "label 77 at byte 3073") {
		t.Errorf("a bad label: %v", err)
	}
}

func TestImportRefusesOtherSizesAndLeavesNothingHalf(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	if _, err := data.Import(context.Background(), folder(t, 31), out, nil); err == nil || !strings.Contains(err.Error(), "31x31, expected 32x32") {
		t.Errorf("wrong size: %v", err)
	}
	if _, err := data.Import(context.Background(), t.TempDir(), out, nil); err == nil || !strings.Contains(err.Error(), "train/CLASS") {
		t.Errorf("empty folder: %v", err)
	}
	entries, _ := os.ReadDir(out)
	if len(entries) != 0 {
		t.Errorf("%d files were left", len(entries))
	}
}

func TestAugmentationShiftsAndFlips(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	if _, err := data.Import(context.Background(), folder(t, 32), out, nil); err != nil {
		t.Fatal(err)
	}
	s, err := data.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 3072), make([]int32, 1)
	a, b := make([]float32, 3072), make([]int32, 1)
	s.Batch(s.Train, []int{0}, x, y)
	if want := (float32(s.Train.Image(0)[0])/255 - .4914) / .2023; x[0] != want {
		t.Errorf("normalised %g, expected %g", x[0], want)
	}
	seen := map[float32]bool{}
	for i := range 40 {
		s.Augmented(prng.New(uint64(i), "a"), s.Train, []int{0}, a, b)
		seen[a[2*1024+40]] = true
	}
	if len(seen) < 5 || b[0] != y[0] {
		t.Errorf("40 crops gave %d values", len(seen))
	}
}

func FuzzIDX(f *testing.F) {
	i, l := idx(3)
	f.Add(i, l)
	f.Add(i[:20], l)
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		dir := t.TempDir()
		write(t, dir, map[string][]byte{"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels, "t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": labels})
		s, err := data.Load(dir)
		if err != nil {
			return
		}
		x := make([]float32, s.Train.Shape[1]*s.Train.Shape[2])
		s.Batch(s.Train, []int{s.Train.N() - 1}, x, make([]int32, 1))
	})
}
