package themes

import (
	"fmt"
	"math"
	"strconv"
)

// Depth is what a terminal can show.
type Depth uint8

// The depths, poorest first.
const (
	Mono      Depth = iota // attributes such as bold and reverse, no colour
	ANSI16                 // the 16 colours of the terminal's own palette
	ANSI256                // the 6x6x6 cube and the greys
	TrueColor              // 24 bits
)

// String returns the name of the depth as doctor and the log print it.
func (d Depth) String() string {
	return [...]string{"mono", "16", "256", "truecolor"}[min(d, TrueColor)]
}

// color is one colour of a theme file: 24 bits, an index of the terminal's
// palette, or the terminal's default. The zero value means that none was given.
type color struct {
	kind    colorKind
	r, g, b uint8
	index   uint8
}

type colorKind uint8

const (
	unset colorKind = iota
	terminalDefault
	indexed
	rgb
)

// parseColor reads "#rrggbb" or "default".
func parseColor(text string) (color, error) {
	if text == "default" {
		return color{kind: terminalDefault}, nil
	}
	if len(text) == 7 && text[0] == '#' {
		if n, err := strconv.ParseUint(text[1:], 16, 32); err == nil {
			return color{kind: rgb, r: uint8(n >> 16), g: uint8(n >> 8), b: uint8(n)}, nil
		}
	}
	return color{}, fmt.Errorf("%q is no colour: expected \"#rrggbb\", a number from 0 to 255, \"default\" or a name of [palette]", text)
}

// known reports whether the colour's appearance is fixed: the first 16 indices
// and the default are up to the terminal.
func (c color) known() bool { return c.kind == rgb || c.kind == indexed && c.index >= 16 }

// values returns the channels, 0..1.
func (c color) values() (r, g, b float64) {
	v := [3]uint8{c.r, c.g, c.b}
	if c.kind == indexed {
		v = cube(c.index)
	}
	return float64(v[0]) / 255, float64(v[1]) / 255, float64(v[2]) / 255
}

// cube returns the channels of an index of 16 to 255 as xterm defines them; the
// first 16 return black.
func cube(i uint8) [3]uint8 {
	switch {
	case i >= 232:
		v := 8 + 10*(i-232)
		return [3]uint8{v, v, v}
	case i >= 16:
		level := [6]uint8{0, 95, 135, 175, 215, 255}
		i -= 16
		return [3]uint8{level[i/36], level[i/6%6], level[i%6]}
	}
	return [3]uint8{}
}

// nearest256 returns the index of 16..255 that looks most like c: least distance
// in OKLab. It is slow and used only while a theme is loaded.
func nearest256(c color) uint8 {
	best, at := math.Inf(1), uint8(16)
	l, a, b := c.oklab()
	for i := 16; i <= 255; i++ {
		l2, a2, b2 := color{kind: indexed, index: uint8(i)}.oklab()
		if d := (l-l2)*(l-l2) + (a-a2)*(a-a2) + (b-b2)*(b-b2); d < best {
			best, at = d, uint8(i)
		}
	}
	return at
}

// sgr returns the SGR parameters that select the colour as foreground or
// background at a depth of 256 colours or more, "" for an unset colour.
func (c color) sgr(d Depth, background bool) string {
	base := 30
	if background {
		base = 40
	}
	switch c.kind {
	case terminalDefault:
		return strconv.Itoa(base + 9)
	case indexed:
		return fmt.Sprintf("%d;5;%d", base+8, c.index)
	case rgb:
		if d == TrueColor {
			return fmt.Sprintf("%d;2;%d;%d;%d", base+8, c.r, c.g, c.b)
		}
		return fmt.Sprintf("%d;5;%d", base+8, nearest256(c))
	}
	return ""
}

// sgr16 returns the SGR parameter of one of the terminal's 16 colours.
func sgr16(index int, background bool) string {
	base := 30
	if background {
		base = 40
	}
	if index >= 8 {
		base += 60 - 8
	}
	return strconv.Itoa(base + index)
}

func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// luminance returns the relative luminance of WCAG 2.1, 0..1.
func (c color) luminance() float64 {
	r, g, b := c.values()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// contrast returns the ratio of WCAG 2.1, 1..21.
func contrast(a, b color) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// oklab returns lightness and the two colour axes of Ottosson's OKLab.
func (c color) oklab() (l, a, b float64) {
	r, g, bl := c.values()
	return oklab(linear(r), linear(g), linear(bl))
}

func oklab(r, g, b float64) (float64, float64, float64) {
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s
}

// dichromat returns OKLab coordinates of the colour as somebody without red
// (protanopia) or green (deuteranopia) cones sees it, by the matrices of Machado,
// Oliveira and Fernandes (2009) at full severity, on linear channels.
func (c color) dichromat(red bool) (l, a, b float64) {
	m := [9]float64{0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881}
	if red {
		m = [9]float64{0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998}
	}
	r, g, bl := c.values()
	r, g, bl = linear(r), linear(g), linear(bl)
	return oklab(m[0]*r+m[1]*g+m[2]*bl, m[3]*r+m[4]*g+m[5]*bl, m[6]*r+m[7]*g+m[8]*bl)
}
