package plot

import "math"

func (ch BarChart) draw(c *canvas) {
	const row, thick = 30., 20.
	c.w = 760
	top := c.head(ch.Title, ch.Note)
	if len(ch.Parts) > 0 {
		top = c.legend(ch.Parts, top+8)
	}
	top += 4
	f := frame{top: top, bottom: top + row*float64(len(ch.Bars))}
	c.h = f.bottom + 58
	var values []float64
	names, texts := 0., 0.
	for _, b := range ch.Bars {
		values = append(values, b.Value, b.Lo, b.Hi)
		names = max(names, textWidth(b.Label, textSize))
		texts = max(texts, textWidth(b.text(), textSize))
	}
	names = min(names, 200)
	axis := ch.Axis
	if !(axis.Lo < axis.Hi) {
		// No round end: the longest bar is as long as there is room.
		axis.Lo = 0
		_, axis.Hi, _ = Bounds(false, values)
		if axis.Hi <= 0 {
			axis.Hi = 1
		}
	}
	f.x = Linear(axis.Lo, axis.Hi)
	f.left, f.right = 20+names+12, c.w-20-texts-10
	at, labels := axis.ticks(f.x, 6)
	for i, v := range at {
		x := f.px(v)
		c.line(x, f.top, x, f.bottom, c.p.Grid, 1)
		c.text(x, f.bottom+18, labels[i], label{size: smallSize, fill: c.p.Quiet, anchor: "middle"})
	}
	c.text(f.right, f.bottom+42, axis.Name, label{size: smallSize, fill: c.p.Quiet, anchor: "end"})
	for i, b := range ch.Bars {
		y := f.top + row*float64(i) + (row-thick)/2
		c.text(f.left-10, y+14.5, cutText(b.Label, textSize, names), label{size: textSize, fill: c.p.Ink, anchor: "end"})
		end := c.bar(f, b, ch.Parts, y, thick)
		c.text(end+8, y+14.5, b.text(), label{size: textSize, fill: c.p.Ink, rim: true})
	}
	c.line(f.left, f.top, f.left, f.bottom, c.p.Rule, 1)
}

// bar draws one bar and returns where its text may begin.
func (c *canvas) bar(f frame, b Bar, parts []Part, y, thick float64) float64 {
	if !finite(b.Value) {
		return f.left
	}
	end := f.px(max(b.Value, 0))
	if len(b.Parts) == 0 {
		c.rect(f.left, y, end-f.left, thick, c.p.series(b.Hue))
	}
	sum := 0.
	for i, v := range b.Parts {
		if i < len(parts) && v > 0 && finite(v) {
			// Bounds are rounded, not widths, so that a bar is as long as its total.
			from, to := math.Round(f.px(sum)*10)/10, math.Round(f.px(sum+v)*10)/10
			c.rect(from, y, to-from, thick, c.p.part(parts[i].Hue))
			sum += v
		}
	}
	if b.Lo < b.Hi && finite(b.Lo) && finite(b.Hi) {
		lo, hi, m := f.px(b.Lo), f.px(b.Hi), y+thick/2
		d := open(lo, m, hi, m).open(lo, m-5, lo, m+5).open(hi, m-5, hi, m+5)
		c.stroke(d, c.p.Ground, 3.6) // a rim, so that the whisker shows on the bar
		c.stroke(d, c.p.Ink, 1.6)
		end = max(end, hi)
	}
	return end
}

func (b Bar) text() string {
	if b.Text != "" {
		return b.Text
	}
	if !finite(b.Value) {
		return "-"
	}
	return Plain(b.Value)
}

// legend writes the names of parts beside their colors and returns the y below.
func (c *canvas) legend(parts []Part, y float64) float64 {
	x := 20.
	for _, p := range parts {
		w := 17 + textWidth(p.Name, smallSize) + 18
		if x+w > c.w-20 && x > 20 {
			x, y = 20, y+20
		}
		c.rect(x, y-10, 12, 12, c.p.part(p.Hue))
		c.text(x+17, y, p.Name, label{size: smallSize, fill: c.p.Quiet})
		x += w
	}
	return y + 14
}
