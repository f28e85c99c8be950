package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/core/plot"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scenes are charts of every kind, ordinary and awkward ones.
func scenes() map[string]plot.Scene {
	nan, inf := math.NaN(), math.Inf(1)
	wide := plot.Matrix{Rows: 3, Cols: 5000, Values: make([]float32, 15000)}
	for i := range wide.Values {
		wide.Values[i] = float32(i % 97)
	}
	small := plot.Matrix{Rows: 2, Cols: 4, Values: []float32{0, 0, 0, 0, .1, .2, float32(nan), .9}}
	return map[string]plot.Scene{
		"lines": plot.LineChart{Title: "Lines", Note: "A note that is long enough to be wrapped into a second line, because nobody wants to scroll sideways to read what a chart shows.",
			X: plot.Axis{Name: "layer", Whole: true}, Y: plot.Axis{Name: "value, ms", FromZero: true},
			Lines: []plot.Line{
				{Name: "one", X: []float64{0, 1, 2}, Y: []float64{1, 4, 2}, Lo: []float64{.5, 3, 1}, Hi: []float64{2, 5, 2.5}},
				{Name: "two", Hue: 1, X: []float64{0, 1, 2}, Y: []float64{1, nan, 2}},
				{Name: "level", Hue: 7, X: []float64{0, 2}, Y: []float64{3, 3}, Level: true},
			}},
		"log":       plot.LineChart{Title: "Log", Y: plot.Axis{Log: true}, Lines: []plot.Line{{Name: "x", X: []float64{.1, .2, .3}, Y: []float64{1e-6, 0, 10}}}},
		"one point": plot.LineChart{Title: "Point", Lines: []plot.Line{{Name: "x", X: []float64{.15}, Y: []float64{2}}}},
		"no line":   plot.LineChart{Title: "Nothing"},
		"endless":   plot.LineChart{Title: "Endless", Lines: []plot.Line{{Name: "x", X: []float64{0, 1}, Y: []float64{inf, nan}, Lo: []float64{-inf}, Hi: []float64{inf}}}},
		"bars": plot.BarChart{Title: "Bars", Axis: plot.Axis{Name: "ms"}, Parts: []plot.Part{{Name: "load"}, {Name: "work", Hue: 1}},
			Bars: []plot.Bar{{Label: "full", Value: 10, Parts: []float64{1, 9}}, {Label: "blend", Value: 3, Parts: []float64{1, 2}, Text: "3 ms"}, {Label: "none", Value: nan}}},
		"whiskers": plot.BarChart{Title: "Whiskers", Axis: plot.Axis{Lo: 0, Hi: 1}, Bars: []plot.Bar{{Label: "a", Value: .5, Lo: .4, Hi: .6}}},
		"spans": plot.SpanChart{Title: "Spans", Note: "When.", Axis: plot.Axis{Name: "ms"}, Marks: []plot.SpanMark{{Name: "deadline", At: 9}, {Name: "far", At: 1e9}, {Name: "never", At: inf}},
			Lanes: []plot.SpanLane{{Name: "load", Spans: []plot.Span{{0, 3, "0"}, {3, 3, "empty"}, {3, nan, "1"}, {5, 2, "back"}}}, {Name: "compute", Hue: 1, Spans: []plot.Span{{3, 8, "<a text that is far too long to stand in its bar, whatever its width>"}}}}},
		"no span": plot.SpanChart{Title: "Nothing", Marks: []plot.SpanMark{{Name: "deadline", At: 3}}},
		"no bar":  plot.BarChart{Title: "Nothing"},
		"heat": plot.HeatChart{Title: "Heat", X: "token", Y: "layer", Unit: "L2", Steps: plot.NewSteps(plot.LinearSteps, small.Values),
			Panels: []plot.HeatPanel{{Name: "a", Matrix: small, Marks: []int{1, 3, 99, -1}}, {Name: "b"}},
			Bands:  []plot.Band{{Name: "chunk 1", From: 0, To: 2}, {Name: "chunk 2", From: 2, To: 4}}},
		"wide heat": plot.HeatChart{Title: "Wide", Steps: plot.NewSteps(plot.QuantileSteps, wide.Values), Panels: []plot.HeatPanel{{Name: "a", Matrix: wide}}},
		"no heat":   plot.HeatChart{Title: "Nothing"},
		"cells":     plot.CellChart{Title: "Cells", Rows: []string{"full", "reuse"}, Cols: []string{"who", "all"}, Values: []float64{.8, nan, 0, 1}, Texts: []string{"80", "", "0", "100"}, Hi: 1},
		"no cell":   plot.CellChart{Title: "Nothing"},
		"hostile":   plot.BarChart{Title: `<script>&"'` + "\x00\x1b[2J]]>\ufffe", Bars: []plot.Bar{{Label: "</svg>", Value: 1, Text: "a<b"}}},
	}
}

func TestPicturesAreWellFormedAndTheSameEachTime(t *testing.T) {
	for name, s := range scenes() {
		for paper, p := range map[string]plot.Palette{"light": plot.Light(), "dark": plot.Dark()} {
			t.Run(name+" "+paper, func(t *testing.T) {
				a, b := plot.SVG(s, p), plot.SVG(s, p)
				if !bytes.Equal(a, b) {
					t.Error("two drawings differ")
				}
				w, h := 0., 0.
				texts := 0
				for d := xml.NewDecoder(bytes.NewReader(a)); ; {
					tok, err := d.Token()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatalf("not XML: %v\n%s", err, a)
					}
					e, ok := tok.(xml.StartElement)
					if !ok {
						continue
					}
					if !slices.Contains([]string{"svg", "title", "rect", "line", "path", "circle", "text"}, e.Name.Local) {
						t.Errorf("element %s", e.Name.Local)
					}
					if e.Name.Local == "text" {
						texts++
					}
					inside(t, e, &w, &h)
				}
				if texts == 0 {
					t.Error("no text, not even the title")
				}
				for _, bad := range []string{"NaN", "Inf", "script>", "href"} {
					if strings.Contains(string(a), bad) {
						t.Errorf("%q in the picture", bad)
					}
				}
			})
		}
	}
}

// inside checks that an element lies within the picture, whose size the first
// one states.
func inside(t *testing.T, e xml.StartElement, w, h *float64) {
	t.Helper()
	for _, a := range e.Attr {
		var most float64
		switch a.Name.Local {
		case "width", "x", "x1", "x2", "cx":
			most = *w
		case "height", "y", "y1", "y2", "cy":
			most = *h
		default:
			continue
		}
		v, err := strconv.ParseFloat(a.Value, 64)
		if err != nil {
			t.Errorf("%s %s=%q", e.Name.Local, a.Name.Local, a.Value)
		}
		if e.Name.Local == "svg" {
			if a.Name.Local == "width" {
				*w = v
			} else {
				*h = v
			}
			continue
		}
		if v < 0 || v > most {
			t.Errorf("%s: %s=%v lies outside of %v x %v", e.Name.Local, a.Name.Local, v, *w, *h)
		}
	}
}

// A PNG has the size of the SVG twice, is the same each time, and shows the ground
// and something on it.
func TestPixelsAreTheSamePicture(t *testing.T) {
	for name, s := range scenes() {
		for paper, p := range map[string]plot.Palette{"light": plot.Light(), "dark": plot.Dark()} {
			t.Run(name+" "+paper, func(t *testing.T) {
				a, err := plot.PNG(s, p)
				if err != nil {
					t.Fatal(err)
				}
				if b, err := plot.PNG(s, p); err != nil || !bytes.Equal(a, b) {
					t.Error("two drawings differ", err)
				}
				img, err := png.Decode(bytes.NewReader(a))
				if err != nil {
					t.Fatal(err)
				}
				size := fmt.Sprintf(`width="%d" height="%d"`, img.Bounds().Dx()/2, img.Bounds().Dy()/2)
				if !strings.Contains(string(plot.SVG(s, p)), size) {
					t.Errorf("the SVG is not %s", size)
				}
				seen := map[plot.RGB]int{}
				for y := range img.Bounds().Dy() {
					for x := range img.Bounds().Dx() {
						r, g, b, _ := img.At(x, y).RGBA()
						seen[plot.RGB(r>>8<<16|g>>8<<8|b>>8)]++
					}
				}
				if seen[p.Ground] == 0 || seen[p.Ink] == 0 {
					t.Errorf("%d pixels of the ground, %d of ink", seen[p.Ground], seen[p.Ink])
				}
			})
		}
	}
}

func TestPictureGolden(t *testing.T) {
	got := plot.SVG(scenes()["bars"], plot.Light())
	path := filepath.Join("testdata", "bars.svg")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the picture differs from %s; look at both, then -update\n%s", path, got)
	}
}

func TestTwoValuesOfTheSameStepLookTheSame(t *testing.T) {
	// A map of zeros draws no cell: exactly nothing is the ground.
	zero := plot.HeatChart{Panels: []plot.HeatPanel{{Name: "z", Matrix: plot.Matrix{Rows: 2, Cols: 2, Values: make([]float32, 4)}}}}
	if svg := string(plot.SVG(zero, plot.Light())); strings.Contains(svg, "crispEdges") {
		t.Errorf("zeros are drawn:\n%s", svg)
	}
}

func TestRampsGrowInLightness(t *testing.T) {
	luma := func(c plot.RGB) float64 {
		return .2126*math.Pow(float64(c>>16)/255, 2.2) + .7152*math.Pow(float64(c>>8&255)/255, 2.2) + .0722*math.Pow(float64(c&255)/255, 2.2)
	}
	for i := range plot.StepCount - 1 {
		light, dark := plot.Light().Ramp, plot.Dark().Ramp
		if luma(light[i]) <= luma(light[i+1]) {
			t.Errorf("light: step %d is not lighter than step %d", i, i+1)
		}
		if i > 0 && luma(dark[i]) >= luma(dark[i+1]) {
			t.Errorf("dark: step %d is not darker than step %d", i, i+1)
		}
	}
}

func TestPlain(t *testing.T) {
	for v, want := range map[float64]string{.094: "0.094", -.25: "-0.250", 1.41: "1.41", 18200: "18.2k", 0: "0"} {
		if got := plot.Plain(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
