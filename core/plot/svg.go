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
	c := p.on(s)
	b := new(svgWriter)
	w, h := num(ceil(c.w)), num(ceil(c.h))
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="` + w + `" height="` + h + `" viewBox="0 0 ` + w + ` ` + h +
		`" role="img" font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif">` + "\n")
	b.WriteString("<title>" + escape(s.Heading()) + "</title>\n")
	b.WriteString(`<rect width="` + w + `" height="` + h + `" fill="` + p.Ground.String() + `"/>` + "\n")
	for _, e := range c.elements {
		e.svg(b)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// svgWriter takes elements as SVG.
type svgWriter struct{ bytes.Buffer }

func (t words) svg(b *svgWriter) {
	b.WriteString(`<text x="` + num(t.x) + `" y="` + num(t.y) + `" font-size="` + strconv.Itoa(t.size) + `" fill="` + t.fill.String() + `"`)
	if t.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if t.rim {
		b.WriteString(` stroke="` + t.ground.String() + `" stroke-width="` + num(rimWidth) + `" paint-order="stroke"`)
	}
	if t.anchor != "" {
		b.WriteString(` text-anchor="` + t.anchor + `"`)
	}
	b.WriteString(">" + escape(t.text) + "</text>\n")
}

// rimWidth is that of the edge around letters, half of it outside.
const rimWidth = 4

func (r box) svg(b *svgWriter) {
	b.WriteString(`<rect x="` + num(r.x) + `" y="` + num(r.y) + `" width="` + num(r.w) + `" height="` + num(r.h) + `" fill="` + r.fill.String() + `"/>` + "\n")
}

func (l rule) svg(b *svgWriter) {
	b.WriteString(`<line x1="` + num(l.x1) + `" y1="` + num(l.y1) + `" x2="` + num(l.x2) + `" y2="` + num(l.y2) +
		`" stroke="` + l.ink.String() + `" stroke-width="` + num(l.width) + `"/>` + "\n")
}

func (s stroked) svg(b *svgWriter) {
	b.WriteString(`<path d="` + s.d.String() + `" fill="none" stroke="` + s.ink.String() + `" stroke-width="` + num(s.width) + `" stroke-linejoin="round"`)
	for i, v := range s.dash {
		b.WriteString([]string{` stroke-dasharray="`, " "}[min(i, 1)] + num(v))
	}
	if len(s.dash) > 0 {
		b.WriteByte('"')
	}
	b.WriteString("/>\n")
}

func (a filled) svg(b *svgWriter) {
	b.WriteString(`<path d="` + a.d.String() + `" fill="` + a.fill.String() + `"`)
	if a.crisp {
		b.WriteString(` shape-rendering="crispEdges"`)
	}
	b.WriteString("/>\n")
}

func (s sign) svg(b *svgWriter) {
	if s.corners == nil {
		b.WriteString(`<circle cx="` + num(s.x) + `" cy="` + num(s.y) + `" r="` + num(discRadius) + `" `)
	} else {
		b.WriteString(`<path d="` + s.corners.d.String() + `" `)
	}
	b.WriteString(`fill="` + s.fill.String() + `" stroke="` + s.edge.String() + `" stroke-width="` + num(signEdge) + `"/>` + "\n")
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

func ceil(v float64) float64 { return math.Ceil(v-1e-9) + 0 } // +0: no negative zero
