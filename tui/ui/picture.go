package ui

import (
	"image"
	"strings"

	"golang.org/x/image/draw"

	"assay/themes"
)

// Picture draws an image into cells: two pixels a cell by half blocks where the
// terminal has colours, characters by brightness where it has none. The image
// keeps its proportions and stands in the middle; what is left is blank.
type Picture struct {
	Image image.Image
	Marks []Mark
}

// Mark is a rectangle to outline, in pixels of the image, in the colour of a role.
type Mark struct {
	image.Rectangle
	Role string
}

// brightness holds characters from dark to bright, for a terminal without colours.
const brightness = " .:-=+*#%@"

// Lines draws the picture as exactly h lines of w cells. A nil or empty image
// leaves them blank.
func (p Picture) Lines(c *Context, w, h int) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	r := p.place(w, h)
	if r.W == 0 {
		return Block(nil, w, h)
	}
	px := image.NewRGBA(image.Rect(0, 0, r.W, 2*r.H))
	draw.BiLinear.Scale(px, px.Bounds(), p.Image, p.Image.Bounds(), draw.Src, nil) // its kernel widens with the scale, so nothing is skipped
	marks := p.marks(r)
	lines := make([]string, h)
	left, right := strings.Repeat(" ", r.X), strings.Repeat(" ", w-r.X-r.W)
	var pn pen
	for y := range lines {
		if y < r.Y || y >= r.Y+r.H {
			lines[y] = strings.Repeat(" ", w)
			continue
		}
		pn.begin(r.W)
		for x := range r.W {
			if g, role := glyphAt(c, marks, x, y-r.Y); g != "" {
				pn.set("", "", c.Theme.SGR(role))
				pn.b.WriteString(g)
				continue
			}
			cell(c, &pn, px, x, 2*(y-r.Y))
		}
		lines[y] = left + pn.end() + right
	}
	return lines
}

// place returns the cells that the picture covers: a cell is as high as two
// pixels and as wide as one.
func (p Picture) place(w, h int) Rect {
	if p.Image == nil || p.Image.Bounds().Empty() {
		return Rect{}
	}
	b := p.Image.Bounds()
	pw, ph := w, w*b.Dy()/b.Dx()
	if ph > 2*h {
		pw, ph = 2*h*b.Dx()/b.Dy(), 2*h
	}
	pw, ch := min(max(pw, 1), w), min(max((ph+1)/2, 1), h)
	return Rect{X: (w - pw) / 2, Y: (h - ch) / 2, W: pw, H: ch}
}

// cell draws the pixels (x, y) and (x, y+1).
func cell(c *Context, pn *pen, px *image.RGBA, x, y int) {
	u, l := px.RGBAAt(x, y), px.RGBAAt(x, y+1)
	if c.ASCII || c.Theme.Depth() == themes.Mono {
		// Rec. 709 luma of both pixels, 0..255.
		luma := (2126*(int(u.R)+int(l.R)) + 7152*(int(u.G)+int(l.G)) + 722*(int(u.B)+int(l.B))) / 20000
		pn.set("", "", "")
		pn.b.WriteByte(brightness[luma*len(brightness)/256])
		return
	}
	d := c.Theme.Depth()
	fg, bg := themes.Pixel(d, u.R, u.G, u.B, false), themes.Pixel(d, l.R, l.G, l.B, true)
	if themes.Pixel(d, u.R, u.G, u.B, true) == bg {
		pn.set(pn.fg, bg, "") // one colour: a blank that keeps the foreground as it is
		pn.b.WriteByte(' ')
		return
	}
	pn.set(fg, bg, "")
	pn.b.WriteString("▀")
}

// outline is a mark in cells of the drawn picture, its corners included.
type outline struct {
	x0, y0, x1, y1 int
	role           string
}

func (p Picture) marks(r Rect) []outline {
	b := p.Image.Bounds()
	var out []outline
	for _, m := range p.Marks {
		k := m.Intersect(b)
		if k.Empty() {
			continue
		}
		out = append(out, outline{
			x0: (k.Min.X - b.Min.X) * r.W / b.Dx(), y0: (k.Min.Y - b.Min.Y) * r.H / b.Dy(),
			x1: (k.Max.X - b.Min.X - 1) * r.W / b.Dx(), y1: (k.Max.Y - b.Min.Y - 1) * r.H / b.Dy(), role: m.Role,
		})
	}
	return out
}

// glyphAt returns what the outlines draw at a cell, "" for nothing.
func glyphAt(c *Context, marks []outline, x, y int) (glyph, role string) {
	for _, m := range marks {
		if x < m.x0 || x > m.x1 || y < m.y0 || y > m.y1 {
			continue
		}
		side, flat := x == m.x0 || x == m.x1, y == m.y0 || y == m.y1
		switch {
		case side && flat && c.ASCII:
			return "+", m.role
		case side && flat:
			return corner(x == m.x0, y == m.y0), m.role
		case flat && c.ASCII:
			return "-", m.role
		case flat:
			return "─", m.role
		case side && c.ASCII:
			return "|", m.role
		case side:
			return "│", m.role
		}
	}
	return "", ""
}

func corner(left, top bool) string {
	switch {
	case left && top:
		return "┌"
	case top:
		return "┐"
	case left:
		return "└"
	}
	return "┘"
}
