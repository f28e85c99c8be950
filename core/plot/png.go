package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"
)

// pixelScale is how many pixels of a PNG a pixel of the layout takes: twice, for
// dense displays and for print.
const pixelScale = 2

// PNG draws a scene as pixels, from the same elements as SVG: the same words and
// figures at the same places, two pixels for one of SVG. Letters are Go's. The same
// build gives the same bytes. The error is that of the encoder.
func PNG(s Scene, p Palette) ([]byte, error) {
	c := p.on(s)
	r := newRaster(int(ceil(c.w))*pixelScale, int(ceil(c.h))*pixelScale, p.Ground)
	for _, e := range c.elements {
		e.paint(r)
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, r.img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// raster paints on an image. Coordinates of its methods are those of the layout.
type raster struct {
	img *image.RGBA
	pen *vector.Rasterizer
}

func newRaster(w, h int, ground RGB) *raster {
	r := &raster{img: image.NewRGBA(image.Rect(0, 0, w, h)), pen: vector.NewRasterizer(1, 1)}
	draw.Draw(r.img, r.img.Bounds(), image.NewUniform(ground.color()), image.Point{}, draw.Src)
	return r
}

func (c RGB) color() color.RGBA {
	return color.RGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 255}
}

// polygons fills shapes given by their corners; where two overlap that turn the same
// way the area counts once.
func (r *raster) polygons(shapes [][]float64, fill RGB, crisp bool) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, at := range shapes {
		for i := 0; i+1 < len(at); i += 2 {
			if !finite(at[i]) || !finite(at[i+1]) {
				return // no scene places anything there
			}
			x0, x1 = min(x0, at[i]), max(x1, at[i])
			y0, y1 = min(y0, at[i+1]), max(y1, at[i+1])
		}
	}
	if !(x0 <= x1) {
		return
	}
	// Only as much as the shapes cover is rasterised.
	area := image.Rect(int(math.Floor(x0*pixelScale)), int(math.Floor(y0*pixelScale)), int(math.Ceil(x1*pixelScale))+1, int(math.Ceil(y1*pixelScale))+1)
	area = area.Intersect(r.img.Bounds())
	if area.Empty() {
		return
	}
	r.pen.Reset(area.Dx(), area.Dy())
	place := func(v float64, origin int) float32 {
		v = v*pixelScale - float64(origin)
		if crisp {
			v = math.Round(v)
		}
		return float32(v)
	}
	for _, at := range shapes {
		for i := 0; i+1 < len(at); i += 2 {
			x, y := place(at[i], area.Min.X), place(at[i+1], area.Min.Y)
			if i == 0 {
				r.pen.MoveTo(x, y)
			} else {
				r.pen.LineTo(x, y)
			}
		}
		r.pen.ClosePath()
	}
	r.pen.Draw(r.img, area, image.NewUniform(fill.color()), image.Point{})
}

// disc is a circle as a polygon that no eye tells from one.
func disc(x, y, radius float64) []float64 {
	const corners = 24
	at := make([]float64, 0, 2*corners)
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		at = append(at, x+radius*cos, y+radius*sin)
	}
	return at
}

// bar is the rectangle of a line of some width; all turn the way disc does.
func bar(x1, y1, x2, y2, width float64) []float64 {
	dx, dy := x2-x1, y2-y1
	length := math.Hypot(dx, dy)
	if length == 0 {
		return nil
	}
	nx, ny := dy/length*width/2, -dx/length*width/2
	return []float64{x1 + nx, y1 + ny, x2 + nx, y2 + ny, x2 - nx, y2 - ny, x1 - nx, y1 - ny}
}

func (r box) paint(to *raster) {
	to.polygons([][]float64{{r.x, r.y, r.x + r.w, r.y, r.x + r.w, r.y + r.h, r.x, r.y + r.h}}, r.fill, false)
}

func (l rule) paint(r *raster) {
	r.polygons([][]float64{bar(l.x1, l.y1, l.x2, l.y2, l.width)}, l.ink, false)
}

func (a filled) paint(r *raster) {
	var shapes [][]float64
	for _, p := range a.pieces {
		shapes = append(shapes, p.at)
	}
	r.polygons(shapes, a.fill, a.crisp)
}

func (s stroked) paint(r *raster) {
	var shapes [][]float64
	for _, p := range s.pieces {
		shapes = append(shapes, p.outline(s.width, s.dash)...)
	}
	r.polygons(shapes, s.ink, false)
}

func (s sign) paint(r *raster) {
	edge := piece{at: disc(s.x, s.y, discRadius), closed: true}
	if s.corners != nil {
		edge = s.corners.pieces[0]
	}
	r.polygons([][]float64{edge.at}, s.fill, false)
	r.polygons(edge.outline(signEdge, nil), s.edge, false)
}

// outline returns the shapes of a line along the piece, round where it bends.
func (p piece) outline(width float64, dash []float64) [][]float64 {
	at := p.at
	if p.closed && len(at) >= 4 {
		at = append(append([]float64(nil), at...), at[0], at[1])
	}
	var shapes [][]float64
	walked := 0.
	for i := 0; i+3 < len(at); i += 2 {
		x1, y1, x2, y2 := at[i], at[i+1], at[i+2], at[i+3]
		if i > 0 || p.closed {
			shapes = append(shapes, disc(x1, y1, width/2))
		}
		length := math.Hypot(x2-x1, y2-y1)
		for _, d := range dashes(walked, length, dash) {
			from, to := d[0]/length, d[1]/length
			shapes = append(shapes, bar(x1+(x2-x1)*from, y1+(y2-y1)*from, x1+(x2-x1)*to, y1+(y2-y1)*to, width))
		}
		walked += length
	}
	return shapes
}

// dashes returns the drawn parts of a line of some length, as distances from its
// beginning, after so much of the pattern was walked before; dash holds the lengths
// of a line and a gap, or nothing.
func dashes(walked, length float64, dash []float64) [][2]float64 {
	if length == 0 {
		return nil
	}
	if len(dash) < 2 {
		return [][2]float64{{0, length}}
	}
	var out [][2]float64
	period := dash[0] + dash[1]
	for from := -math.Mod(walked, period); from < length; from += period {
		if to := min(from+dash[0], length); to > 0 {
			out = append(out, [2]float64{max(from, 0), to})
		}
	}
	return out
}
