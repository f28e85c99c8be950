package ui

import (
	"math"
	"strings"
)

// letters puts the letter of each series behind its last sample; where two
// would meet, the later moves to the nearest free line.
func (f *chartFrame) letters(series []Series) []string {
	ends := make([]string, f.h)
	for i, s := range series {
		v := math.NaN()
		for k := min(len(s.X), len(s.Y)) - 1; k >= 0; k-- {
			if !math.IsNaN(s.Y[k]) {
				v = s.Y[k]
				break
			}
		}
		at := f.y.At(v)
		if s.Hidden || math.IsNaN(at) {
			continue
		}
		row := min(max(int(math.Round((1-at)*float64(f.h-1))), 0), f.h-1)
		for d := range 2 * f.h {
			try := row + (d+1)/2*(1-2*(d%2))
			if try >= 0 && try < f.h && ends[try] == "" {
				ends[try] = Letter(i)
				break
			}
		}
	}
	return ends
}

// draw writes plot, axes and labels: h+2 lines.
func (f *chartFrame) draw(c *Context, ch Chart) []string {
	stroke, corner, rule, tick := "│", "└", "─", "┼"
	if c.ASCII {
		stroke, corner, rule, tick = "|", "+", "-", "+"
	}
	labels := make([]string, f.h)
	ticks := f.y.Ticks(ch.yTicks(f.h))
	for i, text := range f.y.Labels(ticks) {
		row := int(math.Round((1 - f.y.At(ticks[i])) * float64(f.h-1)))
		if row >= 0 && row < f.h {
			labels[row] = text
		}
	}
	ends := f.letters(ch.Series)
	lines := make([]string, 0, f.h+2)
	for y := range f.h {
		axis := stroke
		if labels[y] != "" {
			axis = tick
		}
		line := c.Theme.Paint("axis", strings.Repeat(" ", f.labelW-len(labels[y]))+labels[y]+axis) + f.row(c, y)
		if e := ends[y]; e != "" {
			line += paintSeries(c, int(e[0]-'a'), e)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	bottom, under := f.xAxis(ch.XName, corner, rule, tick)
	return append(lines, c.Theme.Paint("axis", bottom), c.Theme.Paint("axis", under))
}

// row is the ink of one line, with the cross-hair and the line of zero in its blank cells.
func (f *chartFrame) row(c *Context, y int) string {
	p := pen{}
	p.begin(f.w)
	for x, cell := range f.cells[y*f.w : (y+1)*f.w] {
		attr, text := "", " "
		switch {
		case cell.dots != 0:
			text = string(rune(0x2800 + int(cell.dots)))
		case cell.ch != 0:
			text = string(cell.ch)
		}
		if text == " " && y == f.zero {
			text, attr = "╌", c.Theme.SGR("faint")
			if c.ASCII {
				text = "-"
			}
		}
		if cell.series > 0 {
			attr = c.Theme.Series(cell.series - 1)
		}
		if x == f.cross {
			blank := text == " " || cell.series == 0
			if attr = crosshair(c); blank && c.ASCII {
				text, attr = "|", ""
			} else if blank {
				text, attr = "│", c.Theme.SGR("muted")
			}
		}
		p.set("", "", attr)
		p.b.WriteString(text)
	}
	return p.end()
}

// xAxis is the axis with its ticks and the line of labels below, the name of the
// axis at the right end where there is room.
func (f *chartFrame) xAxis(name, corner, rule, tick string) (axis, under string) {
	axisCells := make([]string, f.w)
	for i := range axisCells {
		axisCells[i] = rule
	}
	text := []byte(strings.Repeat(" ", f.labelW+1+f.w+2))
	ticks := f.x.Ticks(max(f.w/8, 2))
	free := 0
	reserve := len(name) + 2
	for i, l := range f.x.Labels(ticks) {
		col := f.column(f.x.At(ticks[i]))
		at := f.labelW + 1 + col - len(l)/2
		if at < free || at+len(l) > len(text)-reserve {
			continue
		}
		axisCells[col] = tick
		copy(text[at:], l)
		free = at + len(l) + 1
	}
	if free+len(name) < len(text) {
		copy(text[len(text)-len(name):], name)
	}
	return strings.Repeat(" ", f.labelW) + corner + strings.Join(axisCells, ""), strings.TrimRight(string(text), " ")
}

func paintSeries(c *Context, i int, text string) string {
	if sgr := c.Theme.Series(i); sgr != "" {
		return sgr + text + "\x1b[m"
	}
	return text
}
