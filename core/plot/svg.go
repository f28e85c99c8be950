package plot

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// SVG draws a scene as a picture of its own: one SVG 1.1 document without
// scripts, links or fonts, which browsers, Markdown viewers and office programs
// show. The same scene and palette give the same bytes on every machine:
// coordinates are rounded to a tenth.
func SVG(s Scene, p Palette) []byte {
	c := &canvas{p: p}
	s.draw(c)
	var b bytes.Buffer
	w, h := num(ceil(c.w)), num(ceil(c.h))
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="` + w + `" height="` + h + `" viewBox="0 0 ` + w + ` ` + h +
		`" role="img" font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif">` + "\n")
	b.WriteString("<title>" + escape(s.Heading()) + "</title>\n")
	b.WriteString(`<rect width="` + w + `" height="` + h + `" fill="` + p.Ground.String() + `"/>` + "\n")
	b.Write(c.b.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// Sizes of letters in pixels.
const (
	titleSize = 17
	textSize  = 13
	smallSize = 12
)

// canvas collects the elements of a picture. The chart sets w and h.
type canvas struct {
	p    Palette
	w, h float64
	b    bytes.Buffer
}

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

func (c *canvas) text(x, y float64, s string, l label) {
	if s == "" {
		return
	}
	c.b.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `" font-size="` + strconv.Itoa(l.size) + `" fill="` + l.fill.String() + `"`)
	if l.bold {
		c.b.WriteString(` font-weight="bold"`)
	}
	if l.rim {
		c.b.WriteString(` stroke="` + c.p.Ground.String() + `" stroke-width="4" paint-order="stroke"`)
	}
	if l.anchor != "" {
		c.b.WriteString(` text-anchor="` + l.anchor + `"`)
	}
	c.b.WriteString(">" + escape(s) + "</text>\n")
}

func (c *canvas) rect(x, y, w, h float64, fill RGB) {
	c.b.WriteString(`<rect x="` + num(x) + `" y="` + num(y) + `" width="` + num(w) + `" height="` + num(h) + `" fill="` + fill.String() + `"/>` + "\n")
}

func (c *canvas) line(x1, y1, x2, y2 float64, stroke RGB, width float64) {
	c.b.WriteString(`<line x1="` + num(x1) + `" y1="` + num(y1) + `" x2="` + num(x2) + `" y2="` + num(y2) +
		`" stroke="` + stroke.String() + `" stroke-width="` + num(width) + `"/>` + "\n")
}

// stroke draws a path without filling it; dash may be "".
func (c *canvas) stroke(d string, stroke RGB, width float64, dash string) {
	c.b.WriteString(`<path d="` + d + `" fill="none" stroke="` + stroke.String() + `" stroke-width="` + num(width) + `" stroke-linejoin="round"`)
	if dash != "" {
		c.b.WriteString(` stroke-dasharray="` + dash + `"`)
	}
	c.b.WriteString("/>\n")
}

// area fills a path; crisp keeps its edges on pixels.
func (c *canvas) area(d string, fill RGB, crisp bool) {
	c.b.WriteString(`<path d="` + d + `" fill="` + fill.String() + `"`)
	if crisp {
		c.b.WriteString(` shape-rendering="crispEdges"`)
	}
	c.b.WriteString("/>\n")
}

// marker draws the sign of a series, so that lines differ without color: disc,
// square, diamond, triangle, and the same hollow.
func (c *canvas) marker(x, y float64, hue int) {
	const r = 4.
	fill, edge := c.p.series(hue), c.p.Ground
	if wrapped(hue, 9) >= 4 {
		fill, edge = edge, fill
	}
	style := `fill="` + fill.String() + `" stroke="` + edge.String() + `" stroke-width="1.5"/>` + "\n"
	switch wrapped(hue, 9) % 4 {
	case 0:
		c.b.WriteString(`<circle cx="` + num(x) + `" cy="` + num(y) + `" r="4.5" ` + style)
	case 1:
		c.b.WriteString(`<path d="` + closed(x-r, y-r, x+r, y-r, x+r, y+r, x-r, y+r) + `" ` + style)
	case 2:
		c.b.WriteString(`<path d="` + closed(x, y-r-1.5, x+r+1.5, y, x, y+r+1.5, x-r-1.5, y) + `" ` + style)
	default:
		c.b.WriteString(`<path d="` + closed(x, y-r-1, x+r+1, y+r, x-r-1, y+r) + `" ` + style)
	}
}

// closed is the path of a polygon given as x, y, x, y, ...
func closed(at ...float64) string { return open(at...) + "Z" }

func open(at ...float64) string {
	var b strings.Builder
	for i := 0; i+1 < len(at); i += 2 {
		if i == 0 {
			b.WriteByte('M')
		} else {
			b.WriteByte('L')
		}
		b.WriteString(num(at[i]) + " " + num(at[i+1]))
	}
	return b.String()
}

// num writes a coordinate, rounded to a tenth.
func num(v float64) string {
	if !finite(v) {
		return "0" // no scene places anything there; a picture stays well formed
	}
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64) // +0: no negative zero
}

// withZero writes the zero before the point that Number leaves out: a picture
// is read by people who do not know our tables.
func withZero(s string) string {
	if rest, ok := strings.CutPrefix(s, "-."); ok {
		return "-0." + rest
	}
	if strings.HasPrefix(s, ".") {
		return "0" + s
	}
	return s
}

// Plain writes a value as Number does, with the zero before the point: "0.094",
// "18.2k". Reports and pictures use it.
func Plain(v float64) string { return withZero(Number(v)) }

func ceil(v float64) float64 { return math.Ceil(v - 1e-9) }
