package ui

import (
	"strings"

	"assay/core/plot"
	"assay/themes"
)

// Heat draws a matrix of ramp steps, one cell of the matrix to a cell of the
// screen, or two rows to a line with half blocks. It writes escape sequences by
// hand and only where the colour changes, since a map is the largest thing that
// a screen ever sends. Zero stays on the terminal's own ground.
//
// Where the theme has no colours, or the context asks for ASCII, the characters
// of the mono ramp are drawn instead; at 16 colours those in colour.
type Heat struct {
	Rows, Cols int
	Step       func(row, col int) int // plot.NoStep draws "?"
	Diverging  bool                   // steps are -7..7 of a diverging scale, not 0..15
	CellWidth  int                    // screen columns a matrix column; below 1 means 1

	// CursorRow and CursorCol place the cross-hair; -1 means none.
	CursorRow, CursorCol int

	// Glyph may replace a cell by a character in a role, for cells that need more
	// than a shade; a zero character leaves the cell alone. May be nil.
	Glyph func(row, col int) (ch byte, role string)
}

// HeatHalves reports whether a map of so many rows is drawn with two rows a line
// when it has at most lines lines: where it does not fit otherwise and the
// terminal has the colours and glyphs for it.
func HeatHalves(c *Context, rows, lines int) bool {
	return rows > lines && !c.ASCII && c.Theme.Depth() >= themes.ANSI256
}

// Lines draws the map. With half set each line holds two rows (see HeatHalves).
func (h Heat) Lines(c *Context, half bool) []string {
	cw := max(h.CellWidth, 1)
	per := 1
	if half {
		per = 2
	}
	lines := make([]string, 0, (h.Rows+per-1)/per)
	p := pen{}
	for row := 0; row < h.Rows; row += per {
		p.begin(h.Cols * cw)
		for col := range h.Cols {
			if half {
				h.pair(c, &p, row, col, cw)
			} else {
				h.single(c, &p, row, col, cw)
			}
		}
		lines = append(lines, p.end())
	}
	return lines
}

func (h Heat) shade(c *Context, step int) themes.Shade {
	if step == plot.NoStep {
		return themes.Shade{Char: '?'}
	}
	return Shade(c, step, h.Diverging)
}

// Shade returns a step of the theme's sequential or diverging ramp. The ramps of
// 16 colours begin in the colour of the ground; where characters are drawn
// instead of patches those steps are grey, since zero alone may vanish.
func Shade(c *Context, step int, diverging bool) themes.Shade {
	of := c.Theme.Ramp
	if diverging {
		of = c.Theme.Diverge
	}
	s := of(step)
	if c.Theme.Depth() == themes.ANSI16 && step != 0 && s.Fg == of(0).Fg {
		s.Fg = "90"
	}
	return s
}

// single draws a cell that has a line of its own.
func (h Heat) single(c *Context, p *pen, row, col, cw int) {
	step := h.Step(row, col)
	s := h.shade(c, step)
	ch, fg, bg, attr := s.Char, "", "", ""
	colored := !c.ASCII && c.Theme.Depth() >= themes.ANSI256 && step != plot.NoStep
	switch {
	case colored && step != 0:
		ch, bg = ' ', s.Bg
	case colored:
		ch = ' '
	default:
		fg = s.Fg
	}
	if h.Glyph != nil {
		if g, role := h.Glyph(row, col); g != 0 {
			ch, fg, attr = g, "", c.Theme.SGR(role)
		}
	}
	if row == h.CursorRow && col == h.CursorCol {
		if ch == ' ' {
			ch = s.Char
		}
		fg, bg, attr = "", "", crosshair(c)
	}
	p.set(fg, bg, attr)
	for range cw {
		p.b.WriteByte(ch)
	}
}

// pair draws two cells in one: the upper half in the foreground colour, the
// lower in the background colour.
func (h Heat) pair(c *Context, p *pen, row, col, cw int) {
	if col == h.CursorCol && (row == h.CursorRow || row+1 == h.CursorRow) {
		// Two values reversed as one cell would only swap them; an arrow says which is meant.
		p.set("", "", crosshair(c))
		ch := byte('^')
		if row != h.CursorRow {
			ch = 'v'
		}
		for range cw {
			p.b.WriteByte(ch)
		}
		return
	}
	if h.Glyph != nil {
		for r := row; r < min(row+2, h.Rows); r++ {
			if g, role := h.Glyph(r, col); g != 0 {
				p.set("", "", c.Theme.SGR(role))
				for range cw {
					p.b.WriteByte(g)
				}
				return
			}
		}
	}
	upper, lower := h.Step(row, col), 0
	if row+1 < h.Rows {
		lower = h.Step(row+1, col)
	}
	if upper == plot.NoStep || lower == plot.NoStep {
		p.set("", "", "")
		p.b.WriteString(strings.Repeat("?", cw))
		return
	}
	u, l := h.shade(c, upper), h.shade(c, lower)
	glyph := "▀"
	switch {
	case upper == 0 && lower == 0:
		p.set("", "", "")
		glyph = " "
	case upper == lower:
		p.set("", l.Bg, "")
		glyph = " "
	case lower == 0:
		p.set(u.Fg, "", "")
	case upper == 0:
		p.set(l.Fg, "", "")
		glyph = "▄"
	default:
		p.set(u.Fg, l.Bg, "")
	}
	for range cw {
		p.b.WriteString(glyph)
	}
}

func crosshair(c *Context) string {
	if s := c.Theme.SGR("crosshair"); s != "" {
		return s
	}
	return "\x1b[7m"
}

// pen writes cells and sends what changed of their style. Blank cells do not
// reset a foreground colour that they cannot show.
type pen struct {
	b            strings.Builder
	fg, bg, attr string
}

func (p *pen) begin(cells int) {
	p.b.Reset()
	p.b.Grow(cells * 4)
	p.fg, p.bg, p.attr = "", "", ""
}

func (p *pen) end() string {
	p.set("", "", "")
	return p.b.String()
}

// set brings the style to fg and bg, SGR parameters, or to attr, a whole
// sequence that starts from the plain style.
func (p *pen) set(fg, bg, attr string) {
	if fg == p.fg && bg == p.bg && attr == p.attr {
		return
	}
	if attr != p.attr || fg == "" && bg == "" {
		if p.fg != "" || p.bg != "" || p.attr != "" {
			p.b.WriteString("\x1b[m")
		}
		p.fg, p.bg = "", ""
		p.b.WriteString(attr)
		p.attr = attr
	}
	var parts [2]string
	n := 0
	if fg != p.fg {
		if parts[n] = fg; fg == "" {
			parts[n] = "39"
		}
		n++
	}
	if bg != p.bg {
		if parts[n] = bg; bg == "" {
			parts[n] = "49"
		}
		n++
	}
	if n > 0 {
		p.b.WriteString("\x1b[")
		p.b.WriteString(parts[0])
		if n == 2 {
			p.b.WriteByte(';')
			p.b.WriteString(parts[1])
		}
		p.b.WriteByte('m')
	}
	p.fg, p.bg = fg, bg
}
