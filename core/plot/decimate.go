package plot

import "math"

// Column is what one pixel column of a line chart shows of a series: its
// samples in the order they came, reduced to four.
type Column struct {
	X                     int // 0..cols-1
	First, Min, Max, Last float64
	Break                 bool // a gap lies between this column and the one before: do not join them
}

// Decimate reduces a series to at most cols columns over the scale of its x
// axis; columns without a sample are left out. Samples whose y is not finite
// break the line and are counted in gaps; samples outside of the scale are left
// out. x need not be sorted, but the columns join in the order given only where
// it is.
func Decimate(x, y []float64, s Scale, cols int) (columns []Column, gaps int) {
	if cols < 1 {
		return nil, 0
	}
	broken := false
	for i := range min(len(x), len(y)) {
		if !finite(y[i]) {
			gaps++
			broken = true
			continue
		}
		at := s.At(x[i])
		if !(at >= -1e-9 && at <= 1+1e-9) {
			continue
		}
		c := min(max(int(math.Round(at*float64(cols-1))), 0), cols-1)
		v := y[i]
		if n := len(columns); n > 0 && columns[n-1].X == c {
			last := &columns[n-1]
			last.Min, last.Max, last.Last = min(last.Min, v), max(last.Max, v), v
			broken = false
			continue
		}
		columns = append(columns, Column{X: c, First: v, Min: v, Max: v, Last: v, Break: broken && len(columns) > 0})
		broken = false
	}
	return columns, gaps
}
