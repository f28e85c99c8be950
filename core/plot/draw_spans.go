package plot

import "math"

func (ch SpanChart) draw(c *canvas) {
	const row, thick = 34., 22.
	c.w = 760
	f := frame{top: c.head(ch.Title, ch.Note) + 8}
	names := 0.
	var ends, marks []float64
	for _, l := range ch.Lanes {
		names = max(names, textWidth(l.Name, textSize))
		for _, s := range l.Spans {
			ends = append(ends, s.From, s.To)
		}
	}
	_, hi, ok := Bounds(false, ends)
	for _, m := range ch.Marks {
		if m.At <= 2*hi || !ok { // one that is far behind everything would press it into a corner
			marks = append(marks, m.At)
		}
	}
	if len(marks) > 0 {
		f.top += 16 // for their names
	}
	f.bottom = f.top + row*float64(len(ch.Lanes))
	c.h = f.bottom + 58
	f.left, f.right = 20+min(names, 200)+12, c.w-30
	axis := ch.Axis
	axis.FromZero = true
	f.x = axis.scale(6, ends, marks)
	at, labels := axis.ticks(f.x, 6)
	for i, v := range at {
		x := f.px(v)
		c.line(x, f.top, x, f.bottom, c.p.Grid, 1)
		c.text(x, f.bottom+18, labels[i], label{size: smallSize, fill: c.p.Quiet, anchor: "middle"})
	}
	c.text(f.right, f.bottom+42, axis.Name, label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
	for i, l := range ch.Lanes {
		y := f.top + row*float64(i) + (row-thick)/2
		c.text(f.left-10, y+15.5, cutText(l.Name, textSize, 200), label{size: textSize, fill: c.p.Ink, anchor: "end"})
		for _, s := range l.Spans {
			if !finite(s.From) || !finite(s.To) || s.To <= s.From {
				continue
			}
			from, to := math.Round(f.px(s.From)*10)/10, math.Round(f.px(s.To)*10)/10
			c.rect(from, y, max(to-from-.6, .4), thick, c.p.part(l.Hue)) // neighbours are told apart by the gap
			if w := textWidth(s.Text, smallSize); w+6 < to-from {
				c.text((from+to)/2, y+15.5, s.Text, label{size: smallSize, fill: c.p.Ink, anchor: "middle"})
			}
		}
	}
	for _, m := range ch.Marks {
		if !finite(m.At) || !(f.x.At(m.At) >= 0 && f.x.At(m.At) <= 1) {
			continue
		}
		x := f.px(m.At)
		c.line(x, f.top-4, x, f.bottom, c.p.Ink, 1.6)
		l := label{size: smallSize, fill: c.p.Ink, anchor: "middle"}
		if x+textWidth(m.Name, smallSize)/2 > c.w-10 {
			x, l.anchor = c.w-10, "end"
		}
		c.text(x, f.top-8, m.Name, l)
	}
	c.line(f.left, f.top, f.left, f.bottom, c.p.Rule, 1)
}
