package compare

import (
	"slices"

	"assay/core/plot"
)

// Bars is one number of all runs on one axis, with its intervals.
func (c *Comparison) Bars(n Number) plot.BarChart {
	ch := plot.BarChart{Title: n.Path, Axis: plot.Axis{Name: n.Path}}
	for i, v := range n.Values {
		if v == nil {
			continue
		}
		b := plot.Bar{Label: c.Runs[i].Letter + " " + c.Runs[i].Name, Hue: i, Value: v.Value, Text: plot.Number(v.Value)}
		if v.CI95 != nil {
			b.Lo, b.Hi = v.CI95[0], v.CI95[1]
			ch.Note = "Whiskers: 95 % interval."
		}
		ch.Bars = append(ch.Bars, b)
	}
	return ch
}

// Lines is the family of a number, one line a run over the coordinate; ok is false
// where the number has none, or only one value of it.
func (c *Comparison) Lines(n Number) (ch plot.LineChart, ok bool) {
	ch = plot.LineChart{Title: n.Family, X: plot.Axis{Name: n.Axis}, Y: plot.Axis{Name: n.Path[lastName(n.Path):]}}
	if n.Axis == "" {
		return ch, false
	}
	if series, metric := c.series[n.Family]; metric {
		for i, values := range series {
			l := plot.Line{Name: c.Runs[i].Letter + " " + c.Runs[i].Name, Hue: i}
			for _, m := range values {
				l.X, l.Y = append(l.X, float64(m.Step)), append(l.Y, m.Value)
			}
			ok = ok || len(l.X) > 1
			ch.Lines = append(ch.Lines, l)
		}
		return ch, ok
	}
	var family []Number
	for _, m := range c.Numbers {
		if m.Family == n.Family && m.Axis == n.Axis {
			family = append(family, m)
		}
	}
	slices.SortStableFunc(family, func(a, b Number) int {
		switch {
		case a.X < b.X:
			return -1
		case a.X > b.X:
			return 1
		}
		return 0
	})
	for i, side := range c.Runs {
		l := plot.Line{Name: side.Letter + " " + side.Name, Hue: i}
		whole := true
		for _, m := range family {
			v := m.Values[i]
			if v == nil {
				continue
			}
			l.X, l.Y = append(l.X, m.X), append(l.Y, v.Value)
			lo, hi := v.Value, v.Value
			if v.CI95 != nil {
				lo, hi = v.CI95[0], v.CI95[1]
			} else {
				whole = false
			}
			l.Lo, l.Hi = append(l.Lo, lo), append(l.Hi, hi)
		}
		if !whole {
			l.Lo, l.Hi = nil, nil
		} else if len(l.X) > 0 {
			ch.Note = "Bars: 95 % interval."
		}
		if len(l.X) > 0 {
			ch.Lines = append(ch.Lines, l)
			ok = ok || len(l.X) > 1
		}
	}
	return ch, ok
}

func lastName(path string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return i + 1
		}
	}
	return 0
}
