package plot

import (
	"math"
	"slices"
)

// frame is the area of a chart inside its axes and the scales over it.
type frame struct {
	left, top, right, bottom float64
	pad                      float64 // between the edges and the ends of the horizontal scale
	x, y                     Scale
}

// inset keeps the first and the last sample of a line off the edges.
const inset = 16

// px returns the place of a value on the horizontal axis.
func (f frame) px(v float64) float64 { return f.left + f.pad + f.x.At(v)*(f.right-f.left-2*f.pad) }

// py returns the height of a value; what lies below the scale stands at its foot.
func (f frame) py(v float64) float64 {
	at := f.y.At(v)
	if math.IsNaN(at) {
		at = 0
	}
	return f.bottom - min(max(at, 0), 1)*(f.bottom-f.top)
}

func (ch LineChart) draw(c *canvas) {
	c.w = 760
	top := c.head(ch.Title, ch.Note) + 22
	f := frame{top: top, bottom: top + 280, pad: inset}
	c.h = f.bottom + 58
	var xs, ys [][]float64
	names := 0.
	for _, l := range ch.Lines {
		xs, ys = append(xs, l.X), append(ys, l.Y, l.Lo, l.Hi)
		names = max(names, textWidth(l.Name, textSize))
	}
	names = min(names, 200)
	if lo, hi, ok := Bounds(ch.X.Log, xs...); ok && !(ch.X.Lo < ch.X.Hi) {
		f.x = Linear(lo, hi)
		if ch.X.Log {
			f.x = Log(lo, hi)
		}
	} else {
		f.x = ch.X.scale(8, xs...)
	}
	f.y = ch.Y.scale(7, ys...)
	at, labels := ch.Y.ticks(f.y, 6)
	width := 0.
	for _, l := range labels {
		width = max(width, textWidth(l, smallSize))
	}
	f.left, f.right = 20+width+10, c.w-20-names-18
	c.axes(f, ch.X, at, labels)
	c.text(20, f.top-14, ch.Y.Name, label{size: smallSize, fill: c.p.Quiet})
	c.text(f.right, f.bottom+44, ch.X.Name, label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
	// The first series lies on top: it is what the chart is about.
	beside := ch.beside()
	for i, l := range slices.Backward(ch.Lines) {
		c.series(f, l, ch.Y.Log, beside[i])
	}
	c.endLabels(f, ch.Lines, ch.Y.Log, names)
}

// beside returns how far each line is moved to the side in pixels, so that
// intervals at the same place can be told apart; 0 where there are none.
func (ch LineChart) beside() []float64 {
	const apart = 7
	out := make([]float64, len(ch.Lines))
	var with []int
	for i, l := range ch.Lines {
		if len(l.Lo) > 0 && !l.Level {
			with = append(with, i)
		}
	}
	for k, i := range with {
		out[i] = apart * (float64(k) - float64(len(with)-1)/2)
	}
	return out
}

// axes draws grid, ticks and their labels.
func (c *canvas) axes(f frame, x Axis, at []float64, labels []string) {
	for i, v := range at {
		y := f.py(v)
		c.line(f.left, y, f.right, y, c.p.Grid, 1)
		c.text(f.left-8, y+4, labels[i], label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
	}
	c.line(f.left, f.bottom, f.right, f.bottom, c.p.Rule, 1)
	xs, names := x.ticks(f.x, 8)
	for i, v := range xs {
		px := f.px(v)
		c.line(px, f.bottom, px, f.bottom+5, c.p.Rule, 1)
		c.text(px, f.bottom+20, names[i], label{size: smallSize, fill: c.p.Quiet, anchor: "middle"})
	}
}

// shown reports whether a value has a place on the axis.
func shown(v float64, log bool) bool { return finite(v) && (!log || v > 0) }

func (c *canvas) series(f frame, l Line, log bool, beside float64) {
	color := c.p.series(l.Hue)
	n := min(len(l.X), len(l.Y))
	if l.Level {
		for i := range n {
			if shown(l.Y[i], log) {
				y := f.py(l.Y[i])
				c.stroke(open(f.left, y, f.right, y), color, 1.5, 6, 4)
				return
			}
		}
		return
	}
	for i := range min(n, len(l.Lo), len(l.Hi)) {
		if shown(l.Y[i], log) && finite(l.Lo[i]) && finite(l.Hi[i]) && l.Lo[i] < l.Hi[i] {
			x, hi, lo := f.px(l.X[i])+beside, f.py(l.Hi[i]), f.py(l.Lo[i])
			c.stroke(open(x, hi, x, lo).open(x-4, hi, x+4, hi).open(x-4, lo, x+4, lo), color, 1.2)
		}
	}
	d := new(path)
	var piece []float64
	end := func() {
		if len(piece) > 2 {
			d.open(piece...)
		}
		piece = nil
	}
	for i := range n {
		if !shown(l.Y[i], log) {
			end()
			continue
		}
		piece = append(piece, f.px(l.X[i])+beside, f.py(l.Y[i]))
	}
	end()
	if !d.empty() {
		c.stroke(d, color, 2.2)
	}
	if n > mostMarkers {
		return
	}
	for i := range n {
		if shown(l.Y[i], log) {
			c.marker(f.px(l.X[i])+beside, f.py(l.Y[i]), l.Hue)
		}
	}
}

// mostMarkers is the length of a line up to which its samples are marked; above
// it the markers would touch.
const mostMarkers = 48

// endLabels names each line at its right end, moved apart where they would touch.
func (c *canvas) endLabels(f frame, lines []Line, log bool, width float64) {
	type end struct {
		line Line
		y    float64 // of the line's end
		at   float64 // of its name
	}
	var ends []end
	for _, l := range lines {
		for i := min(len(l.X), len(l.Y)) - 1; i >= 0; i-- {
			if shown(l.Y[i], log) {
				y := f.py(l.Y[i])
				ends = append(ends, end{l, y, y})
				break
			}
		}
	}
	slices.SortStableFunc(ends, func(a, b end) int {
		switch {
		case a.y < b.y:
			return -1
		case a.y > b.y:
			return 1
		}
		return 0
	})
	const apart = 16
	for i := 1; i < len(ends); i++ { // down
		ends[i].at = max(ends[i].at, ends[i-1].at+apart)
	}
	limit := f.bottom
	for i := len(ends) - 1; i >= 0; i-- { // and back up from the foot
		ends[i].at = min(ends[i].at, limit)
		limit = ends[i].at - apart
	}
	for _, e := range ends {
		c.stroke(open(f.right+1, e.y, f.right+6, e.y, f.right+12, e.at, f.right+15, e.at), c.p.Rule, 1)
		c.text(f.right+18, e.at+4.5, cutText(e.line.Name, textSize, width), label{size: textSize, fill: c.p.series(e.line.Hue)})
	}
}
