package ui

import (
	"math"
	"strings"

	"assay/core/plot"
)

// Spark draws a series in one line of w cells: the mean of the samples of each cell, as
// an eighth of its height or, in ASCII, one of four heights. x is the scale of the
// whole line, so that one whose data grows under a scale with room only gets longer.
// Cells between two samples are joined, a value that is missing leaves a blank; the
// lowest value stands at the foot.
func Spark(c *Context, xs, ys []float64, x plot.Scale, w int) string {
	if w < 1 {
		return ""
	}
	sums, counts, missing := make([]float64, w), make([]float64, w), make([]bool, w)
	for i := range min(len(xs), len(ys)) {
		at := x.At(xs[i])
		if !(at >= -1e-9 && at <= 1+1e-9) {
			continue
		}
		k := min(max(int(at*float64(w)), 0), w-1)
		if math.IsNaN(ys[i]) || math.IsInf(ys[i], 0) {
			missing[k] = true
			continue
		}
		sums[k] += ys[i]
		counts[k]++
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for k := range sums {
		if counts[k] > 0 {
			sums[k] /= counts[k]
			lo, hi = min(lo, sums[k]), max(hi, sums[k])
		}
	}
	for k, from := 0, -1; k < w; k++ {
		if missing[k] && counts[k] == 0 {
			from = -1
		}
		if counts[k] == 0 {
			continue
		}
		for j := from + 1; from >= 0 && j < k; j++ {
			sums[j], counts[j] = sums[from]+(sums[k]-sums[from])*float64(j-from)/float64(k-from), 1
		}
		from = k
	}
	marks := []rune("▁▂▃▄▅▆▇█")
	if c.ASCII {
		marks = []rune("_.-'")
	}
	var b strings.Builder
	for k := range sums {
		if counts[k] == 0 {
			b.WriteByte(' ')
			continue
		}
		step := 0.
		if hi > lo {
			step = (sums[k] - lo) / (hi - lo)
		}
		b.WriteRune(marks[min(int(step*float64(len(marks))), len(marks)-1)])
	}
	return b.String()
}
