package ui_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/themes"
	"assay/tui/ui"
)

// halves is a square picture: the left half black, the right half white.
func halves(side int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			m.Set(x, y, color.Gray{Y: uint8(x / (side / 2) * 255)})
		}
	}
	return m
}

// noise is a square picture in which no two pixels are alike but by chance.
func noise(side int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = uint8(r.Uint32()) | uint8(i%4/3*255) // opaque
	}
	return m
}

func TestPictureWithoutColoursDrawsBrightness(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	got := ui.Picture{Image: halves(4)}.Lines(c, 6, 2)
	if d := cmp.Diff([]string{"   @@ ", "   @@ "}, got); d != "" {
		t.Error(d)
	}
}

func TestPictureKeepsItsProportionsAndItsCells(t *testing.T) {
	for _, d := range []themes.Depth{themes.Mono, themes.ANSI16, themes.ANSI256, themes.TrueColor} {
		c := chartContext(t, "default-dark", d)
		for _, size := range [][2]int{{1, 1}, {3, 1}, {1, 5}, {40, 10}, {57, 13}} {
			lines := ui.Picture{Image: halves(4), Marks: []ui.Mark{{Rectangle: image.Rect(1, 1, 9, 3), Role: "added"}}}.Lines(c, size[0], size[1])
			if len(lines) != size[1] {
				t.Fatalf("%v at %v: %d lines", d, size, len(lines))
			}
			for _, l := range lines {
				if ui.Width(l) != size[0] {
					t.Errorf("%v at %v: a line of %d cells", d, size, ui.Width(l))
				}
			}
		}
	}
	// A square picture in 40x10 cells is 20 pixels high, so 20 cells wide.
	lines := ui.Picture{Image: halves(20)}.Lines(chartContext(t, "mono", themes.Mono), 40, 10)
	if want := strings.Repeat(" ", 20) + strings.Repeat("@", 10) + strings.Repeat(" ", 10); lines[4] != want {
		t.Errorf("%q", lines[4])
	}
}

func TestPictureSendsColoursWhereTheyChange(t *testing.T) {
	c := chartContext(t, "default-dark", themes.ANSI256)
	got := ui.Picture{Image: halves(4)}.Lines(c, 4, 2)[0]
	if want := "\x1b[48;5;16m  \x1b[48;5;231m  \x1b[m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Two pictures at 120x40 in 256 colours stay below the budget of the screen even
// where no two pixels are alike.
func TestPicturesFitTheBudgetOfASlowLink(t *testing.T) {
	c := chartContext(t, "default-dark", themes.ANSI256)
	m := noise(128)
	n := 0
	for _, l := range (ui.Picture{Image: m}).Lines(c, 57, 17) {
		n += len(l)
	}
	if n > 20<<10 {
		t.Errorf("a picture of %d bytes", n)
	}
}

func TestPictureOutlinesMarks(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	c.ASCII = true
	m := image.NewRGBA(image.Rect(0, 0, 8, 8))
	got := ui.Picture{Image: m, Marks: []ui.Mark{{Rectangle: image.Rect(2, 2, 6, 8), Role: "text"}}}.Lines(c, 8, 4)
	want := []string{"        ", "  +--+  ", "  |  |  ", "  +--+  "}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPictureOfNothingIsBlank(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	for _, p := range []ui.Picture{{}, {Image: image.NewRGBA(image.Rectangle{})}} {
		if d := cmp.Diff([]string{"   ", "   "}, p.Lines(c, 3, 2)); d != "" {
			t.Error(d)
		}
	}
}
