package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"assay/core/plot"
	"assay/themes"
)

// Span is a labelled range of cells below a map: Lo to Hi, the end exclusive.
// Labels are tried from the first: the longest that fits is drawn.
type Span struct {
	Lo, Hi int
	Labels []string
}

// SpanRuler draws ranges as one line of w cells: a stroke where each begins and
// one behind the last, and its label where there is room. A span without a cell
// of its own is left out.
func SpanRuler(c *Context, w int, spans []Span) string {
	stroke := "│"
	if c.ASCII {
		stroke = "|"
	}
	cells := make([]string, w)
	for i := range cells {
		cells[i] = " "
	}
	end := 0
	for _, s := range spans {
		lo, hi := max(s.Lo, 0), min(s.Hi, w)
		if hi <= lo {
			continue
		}
		end = max(end, hi)
		cells[lo] = stroke
		for _, l := range s.Labels {
			if ansi.StringWidth(l) > hi-lo-1 || len(l) != len([]rune(l)) {
				continue // only plain characters of one cell each go in here
			}
			for i := range l {
				cells[lo+1+i] = l[i : i+1]
			}
			break
		}
	}
	if end > 0 && end < w {
		cells[end] = stroke
	}
	return c.Theme.Paint("axis", strings.Join(cells, ""))
}

// The marks of a MarkRuler.
const (
	MarkNone    byte = ' '
	MarkPicked  byte = '^'
	MarkAdded   byte = '+'
	MarkRemoved byte = 'x'
)

// MarkRuler draws one mark a cell, each in the role of its meaning; the
// characters differ too, so that nothing rests on colour.
func MarkRuler(c *Context, marks []byte) string {
	p := pen{}
	p.begin(len(marks))
	for _, m := range marks {
		switch m {
		case MarkPicked:
			p.set("", "", c.Theme.SGR("mark"))
		case MarkAdded:
			p.set("", "", c.Theme.SGR("added"))
		case MarkRemoved:
			p.set("", "", c.Theme.SGR("removed"))
		default:
			p.set("", "", "")
		}
		p.b.WriteByte(m)
	}
	return p.end()
}

// Swatch is a patch of a shade, n cells wide.
func Swatch(c *Context, s themes.Shade, n int) string {
	switch {
	case !c.ASCII && c.Theme.Depth() >= themes.ANSI256:
		return "\x1b[" + s.Bg + "m" + strings.Repeat(" ", n) + "\x1b[m"
	case s.Fg != "":
		return "\x1b[" + s.Fg + "m" + strings.Repeat(string(s.Char), n) + "\x1b[m"
	}
	return strings.Repeat(string(s.Char), n)
}

// ScaleLine draws a sequential scale on one line: zero, the fifteen steps, where
// the scale ends, and the largest value where it was clipped.
func ScaleLine(c *Context, s plot.Steps) string {
	var b strings.Builder
	b.WriteString("0 ")
	for i := 1; i < plot.StepCount; i++ {
		b.WriteString(Swatch(c, Shade(c, i, false), 1))
	}
	b.WriteString(" " + plot.Number(s.Clip))
	if s.Clipped() {
		b.WriteString(" clip, max " + plot.Number(s.Top))
	}
	return b.String()
}

// DivergeLine is ScaleLine for a scale around zero.
func DivergeLine(c *Context, d plot.Diverging) string {
	var b strings.Builder
	b.WriteString(plot.Number(-d.Limit) + " ")
	for i := -plot.DivergeMost; i <= plot.DivergeMost; i++ {
		if i == 0 {
			b.WriteByte('0')
			continue
		}
		b.WriteString(Swatch(c, Shade(c, i, true), 1))
	}
	b.WriteString(" +" + plot.Number(d.Limit))
	if d.Clipped() {
		b.WriteString(" clip, max " + plot.Number(d.Top))
	}
	return b.String()
}

// ScaleLegend lists the steps of a sequential scale with the values they begin
// at, the largest first, in lines of at most w cells. Steps that share a
// character where colour does not tell them apart are listed once. The last
// line, which says where the scale is clipped, may be longer than w.
func ScaleLegend(c *Context, s plot.Steps, w int) []string {
	if s.N == 0 {
		return []string{"every value is 0: the map is blank"}
	}
	const cell = 10 // patch, blank, number, gap
	per := max(w/cell, 1)
	var lines []string
	var b strings.Builder
	n := 0
	flush := func() {
		if n > 0 {
			lines = append(lines, strings.TrimRight(b.String(), " "))
			b.Reset()
			n = 0
		}
	}
	for i := plot.StepCount - 1; i >= 1; i-- {
		shade := Shade(c, i, false)
		below := Shade(c, i-1, false)
		if i > 1 && shade.Bg == below.Bg && shade.Fg == below.Fg && shade.Char == below.Char {
			continue
		}
		text := plot.Number(s.Edges[i])
		switch {
		case i == 1:
			text = ">0" // whatever is too small for the scale is here too
		case i == plot.StepCount-1 && s.Clipped():
			text = ">" + text
		}
		b.WriteString(Swatch(c, shade, 2) + " " + Fit(text, cell-3))
		if n++; n == per {
			flush()
		}
	}
	b.WriteString("blank 0")
	n++
	flush()
	if s.Clipped() {
		lines = append(lines, "clipped at "+plot.Number(s.Clip)+", max "+plot.Number(s.Top))
	}
	return lines
}
