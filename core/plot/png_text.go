package plot

import (
	"image"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// outlines reads the letters when the first picture needs them. The fonts are part
// of the program; they are always whole.
var outlines = sync.OnceValues(func() (regular, bold *opentype.Font) {
	return mustParse(goregular.TTF), mustParse(gobold.TTF)
})

func mustParse(data []byte) *opentype.Font {
	f, err := opentype.Parse(data)
	if err != nil {
		panic("plot: a font of the program cannot be read: " + err.Error())
	}
	return f
}

func faceOf(l label) font.Face {
	regular, bold := outlines()
	f := regular
	if l.bold {
		f = bold
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(l.size * pixelScale), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic("plot: a font of the program cannot be set: " + err.Error())
	}
	return face
}

// paint sets the text glyph by glyph. The layout has reserved as much room as
// textWidth says; Go's letters are as wide as those of Helvetica but for some, so
// they move together where they would take more.
func (t words) paint(r *raster) {
	face := faceOf(t.label)
	natural := float64(font.MeasureString(face, t.text)) / 64
	squeeze := 1.
	if room := textWidth(t.text, t.size) * pixelScale; natural > room && !t.bold {
		squeeze = room / natural
	}
	x := t.x * pixelScale
	switch t.anchor {
	case "middle":
		x -= natural * squeeze / 2
	case "end":
		x -= natural * squeeze
	}
	if t.rim {
		const around = 12
		for i := range around {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / around)
			t.set(r, face, x+cos*rimWidth/2*pixelScale, t.y*pixelScale+sin*rimWidth/2*pixelScale, squeeze, t.ground)
		}
	}
	t.set(r, face, x, t.y*pixelScale, squeeze, t.fill)
}

// set draws the glyphs from a place in pixels of the image.
func (t words) set(r *raster, face font.Face, x, y, squeeze float64, ink RGB) {
	d := font.Drawer{Dst: r.img, Src: image.NewUniform(ink.color()), Face: face}
	for _, c := range t.text {
		d.Dot = fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)}
		d.DrawString(string(c))
		if advance, ok := face.GlyphAdvance(c); ok {
			x += float64(advance) / 64 * squeeze
		}
	}
}
