package ui

import (
	"image"
	"image/color"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi/kitty"
	"golang.org/x/image/draw"
)

// The graphics protocol of kitty, as ghostty speaks it too: an image is sent once
// under a number, and cells that hold placeholder characters show its parts. The
// cells are text like any other, so that the renderer, scrolling and overlays
// need not know of pictures.

// Pixels of a cell where a picture is sent: the usual ones. The terminal scales
// the picture to the cells it really has.
const cellWidth, cellHeight = 8, 16

// Transmit returns the sequence that sends the picture under an id, 1..255, to be
// shown in w x h cells by Placeholders. It replaces what had the id before. The
// sequence is empty for an empty picture.
func (p Picture) Transmit(id, w, h int) (string, error) {
	r := p.place(w, h)
	if r.W == 0 {
		return "", nil
	}
	px := image.NewRGBA(image.Rect(0, 0, r.W*cellWidth, r.H*cellHeight))
	draw.CatmullRom.Scale(px, px.Bounds(), p.Image, p.Image.Bounds(), draw.Src, nil)
	for _, m := range p.Marks {
		frameMark(px, scaled(m.Rectangle, p.Image.Bounds(), px.Bounds()))
	}
	var b strings.Builder
	err := kitty.EncodeGraphics(&b, px, &kitty.Options{
		Action: kitty.TransmitAndPut, Transmission: kitty.Direct, Quiet: 2, ID: id, Format: kitty.PNG, Chunk: true,
		VirtualPlacement: true, Columns: r.W, Rows: r.H,
	})
	return b.String(), err
}

// Placeholders returns h lines of w cells that show the picture sent under an id
// for the same size.
func (p Picture) Placeholders(id, w, h int) []string {
	r := p.place(w, h)
	lines := Block(nil, w, h)
	for y := range r.H {
		var pn pen
		pn.begin(10 * r.W)
		pn.set("38;5;"+strconv.Itoa(id), "", "") // names the image; it is no colour
		for x := range r.W {
			pn.b.WriteRune(kitty.Placeholder)
			pn.b.WriteRune(kitty.Diacritic(y))
			pn.b.WriteRune(kitty.Diacritic(x))
		}
		lines[r.Y+y] = strings.Repeat(" ", r.X) + pn.end() + strings.Repeat(" ", w-r.X-r.W)
	}
	return lines
}

// scaled maps a rectangle of one image to another.
func scaled(r, from, to image.Rectangle) image.Rectangle {
	r = r.Intersect(from).Sub(from.Min)
	return image.Rect(r.Min.X*to.Dx()/from.Dx(), r.Min.Y*to.Dy()/from.Dy(), r.Max.X*to.Dx()/from.Dx(), r.Max.Y*to.Dy()/from.Dy())
}

// frameMark draws a white line with a black one inside: visible on any picture.
func frameMark(px *image.RGBA, r image.Rectangle) {
	for i, c := range []color.Color{color.White, color.Black} {
		k := r.Inset(i)
		for x := k.Min.X; x < k.Max.X; x++ {
			px.Set(x, k.Min.Y, c)
			px.Set(x, k.Max.Y-1, c)
		}
		for y := k.Min.Y; y < k.Max.Y; y++ {
			px.Set(k.Min.X, y, c)
			px.Set(k.Max.X-1, y, c)
		}
	}
}
