package plot

import "math"

func (ch CellChart) draw(c *canvas) {
	const high = 34.
	names, wide := 0., 64.
	for _, r := range ch.Rows {
		names = max(names, textWidth(r, textSize))
	}
	for _, k := range ch.Cols {
		wide = max(wide, textWidth(k, textSize)+14)
	}
	names, wide = min(names, 220), min(wide, 140)
	left := 20 + names + 12
	c.w = max(left+wide*float64(len(ch.Cols))+20, 560)
	y := c.head(ch.Title, ch.Note) + 16
	for i, k := range ch.Cols {
		c.text(left+wide*(float64(i)+.5), y, cutText(k, textSize, wide-4), label{size: textSize, fill: c.p.Quiet, anchor: "middle"})
	}
	y += 10
	s := Linear(ch.Lo, ch.Hi)
	for r, name := range ch.Rows {
		c.text(left-12, y+high/2+4.5, cutText(name, textSize, names), label{size: textSize, fill: c.p.Ink, anchor: "end"})
		for k := range ch.Cols {
			i := r*len(ch.Cols) + k
			if i >= len(ch.Values) || !finite(ch.Values[i]) {
				continue
			}
			v := ch.Values[i]
			// Not the ends of the ramp: a cell never looks empty, and is never black.
			fill := c.p.Ramp[1+int(math.Round(min(max(s.At(v), 0), 1)*(StepCount-5)))]
			c.rect(left+wide*float64(k)+1, y+1, wide-2, high-2, fill)
			text := Plain(v)
			if i < len(ch.Texts) {
				text = ch.Texts[i]
			}
			ink := RGB(0xffffff)
			if fill.light() {
				ink = 0x111820
			}
			c.text(left+wide*(float64(k)+.5), y+high/2+4.5, text, label{size: textSize, fill: ink, anchor: "middle"})
		}
		y += high
	}
	c.h = y + 24
}
