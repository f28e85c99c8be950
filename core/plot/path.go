package plot

import (
	"strings"
)

// path is an outline in pixels: pieces of straight lines, each open or closed. It
// keeps the notation of SVG as well, in which boxes are short.
type path struct {
	d      strings.Builder
	pieces []piece
}

// piece is one run of corners x, y, x, y, ...
type piece struct {
	at     []float64
	closed bool
}

// open appends a run of corners given as x, y, x, y, ...
func (p *path) open(at ...float64) *path {
	for i := 0; i+1 < len(at); i += 2 {
		if i == 0 {
			p.d.WriteByte('M')
		} else {
			p.d.WriteByte('L')
		}
		p.d.WriteString(num(at[i]) + " " + num(at[i+1]))
	}
	p.pieces = append(p.pieces, piece{at: append([]float64(nil), at...)})
	return p
}

// closed appends the corners of a polygon.
func (p *path) closed(at ...float64) *path {
	p.open(at...).d.WriteByte('Z')
	p.pieces[len(p.pieces)-1].closed = true
	return p
}

// box appends a rectangle.
func (p *path) box(x, y, w, h float64) {
	p.d.WriteString("M" + num(x) + " " + num(y) + "h" + num(w) + "v" + num(h) + "h" + num(-w) + "z")
	p.pieces = append(p.pieces, piece{at: []float64{x, y, x + w, y, x + w, y + h, x, y + h}, closed: true})
}

func (p *path) empty() bool { return len(p.pieces) == 0 }

// open and closed begin a path.
func open(at ...float64) *path   { return new(path).open(at...) }
func closed(at ...float64) *path { return new(path).closed(at...) }
