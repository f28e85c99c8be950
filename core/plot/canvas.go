package plot

// Sizes of letters in pixels.
const (
	titleSize = 17
	textSize  = 13
	smallSize = 12
)

// canvas collects the elements of a picture, in the order of drawing. The chart
// sets w and h.
type canvas struct {
	p        Palette
	w, h     float64
	elements []element
}

// element is a part of a picture that can be written as SVG and painted as pixels.
type element interface {
	svg(b *svgWriter)
	paint(r *raster)
}

// on draws a scene.
func (p Palette) on(s Scene) *canvas {
	c := &canvas{p: p}
	s.draw(c)
	return c
}

func (c *canvas) add(e element) { c.elements = append(c.elements, e) }

// head writes title and note, wrapped to the width, and returns the y below them.
func (c *canvas) head(title, note string) float64 {
	y := 30.
	c.text(20, y, title, label{size: titleSize, bold: true, fill: c.p.Ink})
	for _, l := range wrapText(note, textSize, c.w-40) {
		y += 19
		c.text(20, y, l, label{size: textSize, fill: c.p.Quiet})
	}
	return y + 16
}

// label says how a text is set; anchor is "", "middle" or "end". Rim puts an edge
// of the ground around the letters, for texts over lines of the grid.
type label struct {
	size   int
	bold   bool
	rim    bool
	fill   RGB
	anchor string
}

// words is a text whose base line begins at x, y, or has its middle or end there.
type words struct {
	x, y float64
	text string
	label
	ground RGB // of the rim
}

func (c *canvas) text(x, y float64, s string, l label) {
	if s != "" {
		c.add(words{x, y, s, l, c.p.Ground})
	}
}

// box is a filled rectangle.
type box struct {
	x, y, w, h float64
	fill       RGB
}

func (c *canvas) rect(x, y, w, h float64, fill RGB) { c.add(box{x, y, w, h, fill}) }

// rule is a straight line.
type rule struct {
	x1, y1, x2, y2 float64
	ink            RGB
	width          float64
}

func (c *canvas) line(x1, y1, x2, y2 float64, ink RGB, width float64) {
	c.add(rule{x1, y1, x2, y2, ink, width})
}

// stroked is a path that is not filled. Lines between dashes are as long as the
// pairs of dash say; empty is a whole line.
type stroked struct {
	*path
	ink   RGB
	width float64
	dash  []float64
}

func (c *canvas) stroke(p *path, ink RGB, width float64, dash ...float64) {
	c.add(stroked{p, ink, width, dash})
}

// filled is an area; crisp keeps its edges on pixels.
type filled struct {
	*path
	fill  RGB
	crisp bool
}

func (c *canvas) area(p *path, fill RGB, crisp bool) { c.add(filled{p, fill, crisp}) }

// sign is the marker of a series: a disc, or a polygon.
type sign struct {
	x, y       float64
	corners    *path // nil for a disc
	fill, edge RGB
}

const (
	discRadius = 4.5
	signEdge   = 1.5
)

// marker draws the sign of a series, so that lines differ without color: disc,
// square, diamond, triangle, and the same hollow.
func (c *canvas) marker(x, y float64, hue int) {
	const r = 4.
	s := sign{x: x, y: y, fill: c.p.series(hue), edge: c.p.Ground}
	if wrapped(hue, 9) >= 4 {
		s.fill, s.edge = s.edge, s.fill
	}
	switch wrapped(hue, 9) % 4 {
	case 1:
		s.corners = closed(x-r, y-r, x+r, y-r, x+r, y+r, x-r, y+r)
	case 2:
		s.corners = closed(x, y-r-1.5, x+r+1.5, y, x, y+r+1.5, x-r-1.5, y)
	case 3:
		s.corners = closed(x, y-r-1, x+r+1, y+r, x-r-1, y+r)
	}
	c.add(s)
}
