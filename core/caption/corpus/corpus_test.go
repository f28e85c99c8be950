package corpus_test

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/caption/corpus"
	"assay/core/caption/picture"
	"assay/core/run"
)

// disc is a striped ellipse that fills its picture, the rest transparent.
func disc(w, h, stripe int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(2*x-w)/float64(w), float64(2*y-h)/float64(h)
			if dx*dx+dy*dy < 1 {
				m.SetNRGBA(x, y, color.NRGBA{uint8(x / stripe % 2 * 255), uint8(y * 2), 90, 255})
			}
		}
	}
	return m
}

func save(t *testing.T, path string, m *image.NRGBA) {
	t.Helper()
	data, err := picture.PNG(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestBuiltinSetIsWhole(t *testing.T) {
	s, err := corpus.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Classes()); n != 90 || len(s.Objects) != 218 {
		t.Errorf("%d objects of %d classes, expected 218 of 90", len(s.Objects), n)
	}
	for _, o := range s.Objects {
		if o.Area == 0 || o.Size.X < 10 {
			t.Errorf("%s: %v, %d opaque pixels", o.ID, o.Size, o.Area)
		}
	}
}

func TestFoldersAreReadAndFiltered(t *testing.T) {
	dir := t.TempDir()
	save(t, dir+"/dog-1.png", disc(100, 80, 9))
	save(t, dir+"/style/traffic_light-2.png", disc(60, 90, 5))
	twin := disc(100, 80, 9)
	twin.SetNRGBA(50, 40, color.NRGBA{A: 255})
	save(t, dir+"/dog-2.png", twin)
	save(t, dir+"/cat-1.png", disc(30, 80, 9))
	solid := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for i := range solid.Pix {
		solid.Pix[i] = 255
	}
	save(t, dir+"/kite-1.png", solid)
	save(t, dir+"/book-1.png", solid)
	two := image.NewNRGBA(image.Rect(0, 0, 160, 60))
	for y := range 60 {
		for x := range 160 {
			if x < 60 || x >= 100 {
				two.SetNRGBA(x, y, color.NRGBA{1, 2, 3, 255})
			}
		}
	}
	save(t, dir+"/bear-1.png", two)
	thin := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	for i := range 100 {
		thin.SetNRGBA(i, i, color.NRGBA{A: 255})
	}
	save(t, dir+"/spoon-1.png", thin)
	save(t, dir+"/vase-1.png", image.NewNRGBA(image.Rect(0, 0, 60, 60)))
	if err := os.WriteFile(dir+"/cup-1.png", []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := corpus.Folder(dir, corpus.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Classes(), []string{"book", "dog", "traffic light"}; !slices.Equal(got, want) {
		t.Errorf("classes %v, expected %v", got, want)
	}
	rules := map[string]string{}
	for _, r := range s.Rejects {
		rules[r.Class] = fmt.Sprint(r.Rule, r.Kept)
	}
	want := map[string]string{"dog": "twinfalse", "cat": "smallfalse", "kite": "alphalessfalse", "book": "alphalesstrue", "bear": "fragmentfalse", "spoon": "thinfalse", "vase": "thinfalse", "cup": "decodefalse"}
	for class, rule := range want {
		if rules[class] != rule {
			t.Errorf("%s: %q, expected %q", class, rules[class], rule)
		}
	}
	out := t.TempDir()
	if err := s.Write(out); err != nil {
		t.Fatal(err)
	}
	again, err := corpus.Folder(out, corpus.DefaultLimits())
	if err != nil || !slices.Equal(again.Classes(), s.Classes()) {
		t.Errorf("written and read again: %v, %v", again, err)
	}
}

func TestFoldersWithoutAnObjectAreRefused(t *testing.T) {
	dir := t.TempDir()
	opaque := disc(60, 60, 5)
	for i := 3; i < len(opaque.Pix); i += 4 {
		opaque.Pix[i] = 255
	}
	save(t, dir+"/dog-1.png", opaque)
	for name, want := range map[string]string{dir: "alpha", t.TempDir(): "no usable", "/nonexistent": "cannot be read"} {
		if _, err := corpus.Folder(name, corpus.DefaultLimits()); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected an input error with %q", name, err, want)
		}
	}
}

func TestObjectsAreCutOutOfPhotos(t *testing.T) {
	dir := t.TempDir()
	save(t, dir+"/a.png", disc(200, 200, 11))
	coco := map[string]any{
		"info":       map[string]any{"year": 2026},
		"images":     []any{map[string]any{"id": 1, "file_name": "a.png", "width": 200, "height": 200}, map[string]any{"id": 2, "file_name": "gone.png"}, map[string]any{"id": 3, "file_name": "../a.png"}},
		"categories": []any{map[string]any{"id": 18, "name": "dog"}, map[string]any{"id": 3, "name": "car"}},
		"annotations": []any{
			map[string]any{"id": 1, "image_id": 1, "category_id": 18, "segmentation": []any{[]float64{20, 20, 90, 20, 90, 100, 50, 120, 20, 100}}},
			map[string]any{"id": 2, "image_id": 2, "category_id": 18, "segmentation": []any{}},
			map[string]any{"id": 3, "image_id": 1, "category_id": 18, "segmentation": []any{}},
			map[string]any{"id": 4, "image_id": 1, "category_id": 18, "segmentation": []any{[]float64{1, 2}}},
			map[string]any{"id": 5, "image_id": 1, "category_id": 99, "segmentation": []any{[]float64{120, 20, 190, 20, 150, 90}}},
			map[string]any{"id": 6, "image_id": 1, "category_id": 3, "iscrowd": 1, "segmentation": map[string]any{"size": []int{200, 200}, "counts": []int{0, 40000}}},
			map[string]any{"id": 7, "image_id": 3, "category_id": 3, "segmentation": []any{}},
			map[string]any{"id": 8, "image_id": 1, "category_id": 3, "segmentation": []any{[]float64{0, 130, 80, 130, 80, 200, 0, 200}}},
			map[string]any{"id": 9, "image_id": 77, "category_id": 3},
		},
	}
	data, err := json.Marshal(coco)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/i.json", data, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := corpus.Import(dir+"/i.json", dir, corpus.DefaultLimits(), func(int, int) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{}
	for _, r := range s.Rejects {
		rules[strings.TrimPrefix(r.File, "annotation ")] = r.Rule
	}
	want := map[string]string{"2": "image", "3": "polygon", "4": "polygon", "5": "category", "6": "crowd", "7": "image", "8": "cutoff", "9": "image"}
	for id, rule := range want {
		if rules[id] != rule {
			t.Errorf("annotation %s: %q, expected %q", id, rules[id], rule)
		}
	}
	if len(s.Objects) != 1 && rules["1"] != "crowd" { // the crowd covers it
		t.Errorf("objects %v, rules %v", s.Objects, rules)
	}
}

func TestInstancesFilesThatAreNoneAreNamed(t *testing.T) {
	for in, want := range map[string]string{
		"[]": "JSON object", "{": "wrong JSON", `{"images":{}}`: "expected a list", `{"images":[],"annotations":[]}`: "categories", `{"images":[{"id":"x"}]}`: "images",
	} {
		if _, err := corpus.ReadInstances(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", in, err, want)
		}
	}
}

func TestPolygonsCoverTheirArea(t *testing.T) {
	m := corpus.NewMask(100, 100)
	var ring []float64
	for i := range 100 {
		a := 2 * math.Pi * float64(i) / 100
		ring = append(ring, 50+30*math.Cos(a), 50+30*math.Sin(a))
	}
	if !m.Fill(ring) || math.Abs(float64(m.Area())-math.Pi*900) > 0.02*math.Pi*900 {
		t.Errorf("a disc of radius 30 covers %d pixels, expected about %.0f", m.Area(), math.Pi*900)
	}
	if m.Fill([]float64{1, 2, 3, 4}) || m.Fill([]float64{0, 0, math.NaN(), 1, 2, 2}) {
		t.Error("two corners or NaN: expected a refusal")
	}
}

// The compressed form was made with the public encoder's rules: 5 bits a
// character, low ones first, the sixth says that more follow, differences to the
// number two before from the fourth on.
func TestRunLengthsOfCOCO(t *testing.T) {
	encode := func(counts []int) string {
		var b strings.Builder
		for i, c := range counts {
			x := c
			if i > 2 {
				x -= counts[i-2]
			}
			for more := true; more; {
				d := x & 31
				x >>= 5
				more = !(x == 0 && d&16 == 0 || x == -1 && d&16 != 0)
				if more {
					d |= 32
				}
				b.WriteByte(byte(d + 48))
			}
		}
		return b.String()
	}
	counts := []int{7, 3, 100, 5, 60, 1000, 3, 0, 22}
	got, err := corpus.ParseRuns(encode(counts))
	if err != nil || !slices.Equal(got, counts) {
		t.Errorf("%v %v, expected %v", got, err, counts)
	}
	m := corpus.NewMask(4, 3) // columns first: x 1 y 0..2 and x 2 y 0
	if err := m.Runs([]int{3, 4, 5}); err != nil {
		t.Fatal(err)
	}
	for k, set := range m.Bits {
		if want := k%4 == 1 || k == 2; set != want {
			t.Errorf("pixel %d,%d is %v", k%4, k/4, set)
		}
	}
	for _, bad := range [][]int{{13}, {-1, 13}, {3}} {
		if err := corpus.NewMask(4, 3).Runs(bad); err == nil {
			t.Errorf("runs %v: expected an error", bad)
		}
	}
}

func FuzzReadInstances(f *testing.F) {
	f.Add(`{"images":[{"id":1,"file_name":"a"}],"annotations":[{"id":1,"segmentation":[[1,2,3,4,5,6]]}],"categories":[{"id":1,"name":"x"}]}`)
	f.Add(`{"annotations":[{"segmentation":{"size":[8,8],"counts":"PPPP"}}],"images":[],"categories":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		in, err := corpus.ReadInstances(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, o := range in.Objects {
			if m, err := o.Mask(8, 8); err == nil && len(m.Bits) != 64 {
				t.Errorf("mask of %d bits", len(m.Bits))
			}
		}
	})
}

func FuzzParseRuns(f *testing.F) {
	f.Add("071mP0")
	f.Fuzz(func(t *testing.T, text string) {
		if counts, err := corpus.ParseRuns(text); err == nil {
			_ = corpus.NewMask(8, 8).Runs(counts)
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"file":"a.png","class":"dog","also":["cat"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := corpus.ParseManifest(data)
		if err == nil && m == nil {
			t.Error("neither entries nor an error")
		}
	})
}
