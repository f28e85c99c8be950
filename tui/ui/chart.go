package ui

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"assay/core/plot"
)

// Series is one line of a chart. X ascends; a Y that is NaN breaks the line. Lo and
// Hi are intervals around the samples, drawn as strokes; they may be nil, and one
// where Lo is not below Hi is none.
type Series struct {
	Name   string
	X, Y   []float64
	Lo, Hi []float64
	Hidden bool
}

// Chart draws lines over two axes: in braille, each series with a dash pattern
// and a letter at its end; in ASCII with a marker a series. The legend stands
// above, with the last value of each, or the value at the cross-hair.
type Chart struct {
	XName, YName string
	X, Y         plot.Scale // zero: made from the data, Y from 0 unless LogY
	LogX, LogY   bool
	Series       []Series
	Cross        float64 // x of the cross-hair; NaN for none
}

// Letter returns the letter that stands for the i-th series in legends and at
// the ends of lines.
func Letter(i int) string { return string(rune('a' + i%26)) }

// chartFrame is the geometry of one drawing.
type chartFrame struct {
	x, y   plot.Scale
	w, h   int // cells of the plot itself
	labelW int
	cells  []chartCell
	cross  int // column of the cross-hair, -1 for none
	zero   int // line of 0 where that lies between the ends of the scale, else -1
}

type chartCell struct {
	dots   uint8 // braille bits
	ch     byte  // ASCII instead
	series int   // 1-based; 0 for none
}

// Lines draws the chart in w times h cells. Where there is too little room for
// axes it returns the legend alone.
func (ch Chart) Lines(c *Context, w, h int) []string {
	legend, gaps := ch.legend(c, w)
	f, ok := ch.frame(w, h-1)
	if !ok || h < 5 {
		return slices.Concat([]string{legend}, blank(h-1))[:max(h, 1)]
	}
	for i, s := range ch.Series {
		if s.Hidden {
			continue
		}
		if c.ASCII {
			f.inkASCII(s, i)
		} else {
			f.inkBraille(s, i)
		}
	}
	if gaps > 0 && ansi.StringWidth(legend)+10 < w {
		legend += c.Theme.Paint("warn", "  "+strconv.Itoa(gaps)+" NaN")
	}
	return append([]string{legend}, f.draw(c, ch)...)
}

// Readout names the values of every visible series at the sample nearest to x; where one
// has no sample there, that of its own nearest, behind a ~.
func (ch Chart) Readout(x float64) string {
	snap := math.Inf(1)
	for _, s := range ch.Series {
		if _, at, ok := s.near(x); ok && !s.Hidden && math.Abs(at-x) < math.Abs(snap-x) {
			snap = at
		}
	}
	if math.IsInf(snap, 0) {
		return ""
	}
	text := ch.XName + " " + plot.Number(snap)
	for i, s := range ch.Series {
		v, at, ok := s.near(snap)
		if s.Hidden || !ok {
			continue
		}
		about := ""
		if at != snap {
			about = "~"
		}
		text += "  " + Letter(i) + " " + s.Name + " " + about + plot.Number(v)
	}
	return text
}

func (s Series) near(x float64) (value, at float64, ok bool) {
	best := math.Inf(1)
	for i := range min(len(s.X), len(s.Y)) {
		if d := math.Abs(s.X[i] - x); d < best {
			best, value, at, ok = d, s.Y[i], s.X[i], true
		}
	}
	return value, at, ok
}

func (s Series) last() float64 {
	if n := min(len(s.X), len(s.Y)); n > 0 {
		return s.Y[n-1]
	}
	return math.NaN()
}

func (ch Chart) legend(c *Context, w int) (line string, gaps int) {
	var b strings.Builder
	b.WriteString(ch.YName)
	for i, s := range ch.Series {
		for _, y := range s.Y {
			if math.IsNaN(y) {
				gaps++
			}
		}
		value := s.last()
		if !math.IsNaN(ch.Cross) {
			var ok bool
			if value, _, ok = s.near(ch.Cross); !ok {
				value = math.NaN()
			}
		}
		text := Letter(i) + " " + s.Name + " " + plot.Number(value)
		if s.Hidden {
			text = Letter(i) + " " + s.Name + " hidden"
		}
		b.WriteString("  ")
		if sgr := c.Theme.Series(i); sgr != "" && !s.Hidden {
			text = sgr + text + "\x1b[m"
		}
		b.WriteString(text)
	}
	return strings.TrimRight(Fit(strings.TrimLeft(b.String(), " "), w), " "), gaps
}

// frame decides scales and sizes: h lines for plot, axis and its labels.
func (ch Chart) frame(w, h int) (chartFrame, bool) {
	f := chartFrame{cross: -1, zero: -1, h: h - 2}
	f.x, f.y = ch.scales(max(h/3, 2))
	for _, l := range f.y.Labels(f.y.Ticks(ch.yTicks(f.h))) {
		f.labelW = max(f.labelW, len(l))
	}
	f.w = w - f.labelW - 1 - 2 // axis, letters at the right end
	if f.w < 8 || f.h < 2 {
		return f, false
	}
	f.cells = make([]chartCell, f.w*f.h)
	if !f.y.Log && f.y.Lo < 0 && f.y.Hi > 0 {
		f.zero = int(math.Round((1 - f.y.At(0)) * float64(f.h-1)))
	}
	if !math.IsNaN(ch.Cross) {
		if at := f.x.At(ch.Cross); at >= 0 && at <= 1 {
			f.cross = f.column(at)
		}
	}
	return f, true
}

func (ch Chart) yTicks(h int) int { return max((h+2)/3+1, 2) }

func (ch Chart) scales(ny int) (x, y plot.Scale) {
	x, y = ch.X, ch.Y
	var xs, ys [][]float64
	for _, s := range ch.Series {
		if !s.Hidden {
			xs, ys = append(xs, s.X), append(ys, s.Y, s.Lo, s.Hi)
		}
	}
	if x.Lo == x.Hi {
		lo, hi, _ := plot.Bounds(ch.LogX, xs...)
		if x = plot.Linear(lo, hi); ch.LogX {
			x = plot.Log(lo, hi)
		}
	}
	if y.Lo == y.Hi {
		lo, hi, ok := plot.Bounds(ch.LogY, ys...)
		if !ok {
			lo, hi = .1, 1
		}
		if !ch.LogY {
			lo = min(lo, 0)
			hi = max(hi, 0)
		}
		y = plot.Nice(lo, hi, 2*ny, ch.LogY) // finer than the ticks, so that the ink fills the height
	}
	return x, y
}

func (f *chartFrame) column(at float64) int {
	return min(max(int(math.Round(at*float64(f.w-1))), 0), f.w-1)
}

// inkBraille draws a series as dots, two columns and four rows a cell.
func (f *chartFrame) inkBraille(s Series, i int) {
	cols, _ := plot.Decimate(s.X, s.Y, f.x, f.w*2)
	rows := f.h*4 - 1
	place := func(v float64) int {
		at := f.y.At(v)
		if math.IsNaN(at) {
			return -1
		}
		return min(max(int(math.Round((1-at)*float64(rows))), 0), rows)
	}
	// Dash patterns, so that lines differ without colour: dots on, dots in all.
	dash := [][2]int{{1, 1}, {4, 6}, {2, 4}, {1, 4}}[i%4]
	dot := func(x, y int, always bool) {
		if !always && x%dash[1] >= dash[0] {
			return
		}
		cell := &f.cells[y/4*f.w+x/2]
		cell.dots |= brailleBit(x%2, y%4)
		if cell.series == 0 || cell.series > i+1 {
			cell.series = i + 1
		}
	}
	for k, col := range cols {
		lo, hi := place(col.Max), place(col.Min)
		if lo < 0 || hi < 0 {
			continue
		}
		for y := lo; y <= hi; y++ {
			dot(col.X, y, true)
		}
		if k == 0 || col.Break {
			continue
		}
		from, to := place(cols[k-1].Last), place(col.First)
		if from < 0 || to < 0 {
			continue
		}
		segment(cols[k-1].X, from, col.X, to, func(x, y int) { dot(x, y, false) })
	}
	if len(cols) == 1 { // one dot alone is hardly seen
		if y := place(cols[0].Last); y >= 0 {
			for _, d := range [][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
				if x, y := cols[0].X+d[0], y+d[1]; x >= 0 && x < f.w*2 && y >= 0 && y <= rows {
					dot(x, y, true)
				}
			}
		}
	}
	f.strokes(s, f.w*2, place, func(x, y int) {
		if y%2 == 0 { // every second dot, so that a stroke is no line
			dot(x, y, true)
		}
	})
}

// strokes visits the places of the intervals of a series, in columns of the plot.
func (f *chartFrame) strokes(s Series, columns int, place func(float64) int, visit func(x, y int)) {
	for i := range min(len(s.X), len(s.Lo), len(s.Hi)) {
		at := f.x.At(s.X[i])
		lo, hi := place(s.Hi[i]), place(s.Lo[i])
		if !(s.Lo[i] < s.Hi[i]) || !(at >= 0 && at <= 1) || lo < 0 || hi < 0 {
			continue
		}
		x := min(max(int(math.Round(at*float64(columns-1))), 0), columns-1)
		for y := lo; y <= hi; y++ {
			visit(x, y)
		}
	}
}

// brailleBit is the bit of a dot in U+2800: columns 1-2-3-7 and 4-5-6-8.
func brailleBit(x, y int) uint8 {
	return [2][4]uint8{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}[x][y]
}

// inkASCII draws a series with its marker at the samples and points between.
func (f *chartFrame) inkASCII(s Series, i int) {
	cols, _ := plot.Decimate(s.X, s.Y, f.x, f.w)
	place := func(v float64) int {
		at := f.y.At(v)
		if math.IsNaN(at) {
			return -1
		}
		return min(max(int(math.Round((1-at)*float64(f.h-1))), 0), f.h-1)
	}
	put := func(x, y int, ch byte) {
		cell := &f.cells[y*f.w+x]
		if cell.ch == 0 || cell.ch == '.' {
			*cell = chartCell{ch: ch, series: i + 1}
		}
	}
	marker := "o+x@#%*&"[i%8]
	for k, col := range cols {
		lo, hi := place(col.Max), place(col.Min)
		if lo < 0 || hi < 0 {
			continue
		}
		if k > 0 && !col.Break {
			if from := place(cols[k-1].Last); from >= 0 {
				segment(cols[k-1].X, from, col.X, place(col.First), func(x, y int) { put(x, y, '.') })
			}
		}
		for y := lo; y <= hi; y++ {
			put(col.X, y, marker)
		}
	}
	f.strokes(s, f.w, place, func(x, y int) { put(x, y, ':') })
}

// segment visits the points of a straight line (Bresenham).
func segment(x0, y0, x1, y1 int, visit func(x, y int)) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	sx, sy := 1, 1
	if x0 > x1 {
		sx = -1
	}
	if y0 > y1 {
		sy = -1
	}
	for e := dx + dy; ; {
		visit(x0, y0)
		if x0 == x1 && y0 == y1 {
			return
		}
		if 2*e >= dy {
			if x0 == x1 {
				return
			}
			e += dy
			x0 += sx
		}
		if 2*e <= dx {
			if y0 == y1 {
				return
			}
			e += dx
			y0 += sy
		}
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

func blank(n int) []string { return make([]string, max(n, 0)) }
