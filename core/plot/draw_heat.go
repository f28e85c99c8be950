package plot

import (
	"fmt"
	"math"
	"strings"
)

// Sizes of heat maps in pixels. Cells have whole widths, so that their edges
// stay sharp.
const (
	heatRoom   = 720. // for the columns of a map
	narrowest  = 14.  // of a band that is worth showing, on average
	heatHeight = 150. // of a map, about
	barWidth   = 14.
)

func (ch HeatChart) draw(c *canvas) {
	cols, wide := 0, 1.
	for _, p := range ch.Panels {
		cols = max(cols, p.Matrix.Cols)
	}
	shownCols := cols
	if cols > 0 {
		if wide = math.Floor(heatRoom / float64(cols)); wide < 2 {
			shownCols, wide = min(cols, int(heatRoom/2)), 2
		}
	}
	wide = min(wide, 24)
	const left = 64.
	width := wide * float64(shownCols)
	c.w = max(left+width+110, 560)
	if float64(len(ch.Bands))*narrowest > width {
		ch.Bands = nil // a fence in front of the map would say less than the map
	}
	y := c.head(ch.Title, ch.Note) + 6
	first := y
	for i, p := range ch.Panels {
		y = c.panel(ch, p, left, y, wide, shownCols)
		if i+1 < len(ch.Panels) {
			y += 24
		}
	}
	if len(ch.Panels) > 0 && cols > 0 {
		c.bands(ch.Bands, cols, left, y, width)
		y += 22
		c.columns(cols, left, y, width)
		c.text(left+width, y+36, ch.X, label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
		c.scaleBar(ch, left+width+24, first+20)
	}
	c.h = max(y+50, first+20+float64(StepCount-1)*12+40)
}

// panel draws one map and returns the y below it.
func (c *canvas) panel(ch HeatChart, p HeatPanel, left, y, wide float64, cols int) float64 {
	m := p.Matrix
	c.text(left, y+10, p.Name, label{size: textSize, bold: true, fill: c.p.Ink})
	if !m.Valid() {
		c.text(left, y+32, "no values are stored", label{size: textSize, fill: c.p.Quiet})
		return y + 40
	}
	y += 26
	rows := min(m.Rows, int(heatHeight*2))
	g := Reduce(m, 0, m.Cols, rows, cols, Max)
	high := min(max(math.Floor(heatHeight/float64(g.Rows)), 1), 22)
	width, height := wide*float64(g.Cols), high*float64(g.Rows)
	if g.Cols < m.Cols {
		c.text(left+width, y-16, fmt.Sprintf("each column: the largest of up to %d values", (m.Cols+g.Cols-1)/g.Cols),
			label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
	}
	c.marks(p.Marks, g.ColAt, left, y, wide)
	// One path a step: far fewer bytes than a rectangle a cell.
	for step := 1; step < StepCount; step++ {
		d := new(path)
		for r := range g.Rows {
			for from := 0; from < g.Cols; {
				to := from
				for to < g.Cols && ch.Steps.Of(g.At(r, to)) == step {
					to++
				}
				if to > from {
					d.box(left+wide*float64(from), y+high*float64(r), wide*float64(to-from), high)
				}
				from = max(to, from+1)
			}
		}
		if !d.empty() {
			c.area(d, c.p.Ramp[step], true)
		}
	}
	for _, b := range ch.Bands {
		if b.From > 0 && b.From < m.Cols {
			x := left + width*float64(b.From)/float64(m.Cols)
			c.line(x, y, x, y+height, c.p.Rule, .6)
		}
	}
	c.stroke(closed(left, y, left+width, y, left+width, y+height, left, y+height), c.p.Rule, 1)
	every := max(1, int(math.Ceil(14/high)), (m.Rows+11)/12)
	for r := 0; r < m.Rows; r += every {
		c.text(left-8, y+height*(float64(r)+.5)/float64(m.Rows)+4, fmt.Sprint(r), label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
	}
	if ch.Y != "" {
		c.text(20, y-16, ch.Y, label{size: smallSize, fill: c.p.Quiet})
	}
	return y + height
}

// marks draws a tick above each marked column.
func (c *canvas) marks(marks []int, at []int, left, y, wide float64) {
	d := new(path)
	last := -1
	for _, m := range marks {
		if i := Find(at, m); i >= 0 && i != last {
			d.box(left+wide*float64(i), y-7, max(wide-1, 1), 4)
			last = i
		}
	}
	if !d.empty() {
		c.area(d, c.p.Series[1], true)
	}
}

// bands names the ranges of columns below the last map, where there is room.
func (c *canvas) bands(bands []Band, cols int, left, y, width float64) {
	for _, b := range bands {
		from, to := left+width*float64(b.From)/float64(cols), left+width*float64(b.To)/float64(cols)
		c.line(from+1.5, y+6, to-1.5, y+6, c.p.Rule, 1.5)
		name := cutText(b.Name, smallSize, to-from)
		if name != b.Name { // the number alone says which one it is
			name = b.Name[strings.LastIndexByte(b.Name, ' ')+1:]
		}
		if textWidth(name, smallSize) <= to-from {
			c.text((from+to)/2, y+20, name, label{size: smallSize, fill: c.p.Quiet, anchor: "middle"})
		}
	}
}

// columns writes round numbers of columns under their middle.
func (c *canvas) columns(cols int, left, y, width float64) {
	axis := Axis{Whole: true}
	s := Linear(0, float64(max(cols-1, 1)))
	at, labels := axis.ticks(s, 9)
	for i, v := range at {
		x := left + width*(v+.5)/float64(cols)
		c.line(x, y+4, x, y+8, c.p.Rule, 1)
		c.text(x, y+20, labels[i], label{size: smallSize, fill: c.p.Quiet, anchor: "middle"})
	}
}

// scaleBar draws the steps of the scale with the values where they begin.
func (c *canvas) scaleBar(ch HeatChart, x, y float64) {
	const high = 12.
	s := ch.Steps
	c.text(x, y-12, ch.Unit, label{size: smallSize, fill: c.p.Quiet})
	for i := range StepCount {
		step := StepCount - 1 - i
		if y0 := y + high*float64(i); step > 0 {
			c.rect(x, y0, barWidth, high, c.p.Ramp[step])
		} else {
			c.stroke(closed(x+.5, y0+.5, x+barWidth-.5, y0+.5, x+barWidth-.5, y0+high-.5, x+.5, y0+high-.5), c.p.Rule, 1)
		}
	}
	say := func(step int, text string) {
		c.text(x+barWidth+6, y+high*float64(StepCount-1-step)+high/2+4, text, label{size: smallSize, fill: c.p.Quiet})
	}
	say(0, "0")
	if s.N == 0 {
		return
	}
	for step := 4; step < StepCount-1; step += 4 {
		say(step, Plain(s.Edges[step]))
	}
	top := "≥ " + Plain(s.Edges[StepCount-1])
	say(StepCount-1, top)
}
