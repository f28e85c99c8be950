package fuzzbench

import (
	"math"
	"strconv"
	"strings"

	"assay/core/fuzz"
	"assay/tui/ui"
)

// matrices is the Jacobian of a case in every mode. Outputs run down, inputs across.
type matrices struct {
	rows, cols int
	modes      []mode
	row, col   int // of the largest error
}

// mode is one way to differentiate and what it gave.
type mode struct {
	name string
	j    []fuzz.Float
}

func matricesOf(e *fuzz.EvidenceDoc) matrices {
	m := matrices{rows: e.Rows, cols: e.Cols, row: e.Row, col: e.Col}
	for _, x := range []mode{{"reverse", e.Reverse}, {"forward", e.Forward}, {"numeric", e.Numeric}} {
		if len(x.j) == e.Rows*e.Cols && len(x.j) > 0 {
			m.modes = append(m.modes, x)
		}
	}
	return m
}

// err returns how far apart the modes are at an entry, relative to the larger of
// them and one; infinite where one is no number and another is.
func (m matrices) err(row, col int) float64 {
	lo, hi, nan := math.Inf(1), math.Inf(-1), 0
	for _, x := range m.modes {
		v := float64(x.j[row*m.cols+col])
		if math.IsNaN(v) {
			nan++
			continue
		}
		lo, hi = min(lo, v), max(hi, v)
	}
	switch {
	case nan > 0 && nan < len(m.modes):
		return math.Inf(1)
	case nan > 0 || len(m.modes) < 2 || lo == hi:
		return 0
	case math.IsInf(hi-lo, 0):
		return math.Inf(1)
	}
	return (hi - lo) / max(math.Abs(lo), math.Abs(hi), 1)
}

// errorStep returns the step of the heat map: one a decade from 1e-15 to 1.
func errorStep(err float64) int {
	switch {
	case err == 0:
		return 0
	case math.IsInf(err, 0) || err >= 1:
		return 15
	}
	return min(max(15+int(math.Floor(math.Log10(err))), 1), 15)
}

// cellWide is the width of an entry of a table.
const cellWide = 9

// table writes the matrices side by side, or one below the other where they do not
// fit, each with at most a screenful of entries around the largest error.
func (m matrices) table(c *ui.Context, w int) []string {
	if len(m.modes) == 0 {
		return nil
	}
	beside := (w - 2) / len(m.modes) / cellWide
	if beside >= m.cols {
		return m.block(c, w, m.modes, m.cols, 6)
	}
	var lines []string
	for _, x := range m.modes {
		lines = append(lines, m.block(c, w, []mode{x}, max((w-2)/cellWide, 1), 3)...)
	}
	return lines
}

// block writes some modes side by side with at most cols columns and rows rows of each.
func (m matrices) block(c *ui.Context, w int, modes []mode, cols, rows int) []string {
	cols, rows = min(cols, m.cols), min(rows, m.rows)
	r0, c0 := start(m.row, rows, m.rows), start(m.col, cols, m.cols)
	head := " "
	for _, x := range modes {
		title := x.name
		if rows < m.rows || cols < m.cols {
			title += " rows " + strconv.Itoa(r0) + ".." + strconv.Itoa(r0+rows-1) + " of " + strconv.Itoa(m.rows) + ", columns " + strconv.Itoa(c0) + ".." + strconv.Itoa(c0+cols-1) + " of " + strconv.Itoa(m.cols)
		}
		head += ui.Fit(title, max(cols*cellWide, w/len(modes)-4)) + "  "
	}
	lines := []string{c.Theme.Paint("muted", ui.Cut(head, w))}
	for r := r0; r < r0+rows; r++ {
		var b strings.Builder
		b.WriteByte(' ')
		for _, x := range modes {
			var entries strings.Builder
			for col := c0; col < c0+cols; col++ {
				text := ui.FitRight(number(x.j[r*m.cols+col]), cellWide-1) + " "
				if m.err(r, col) > noticeable {
					text = c.Theme.Paint("changed", text)
				}
				entries.WriteString(text)
			}
			b.WriteString(ui.Fit(entries.String(), max(cols*cellWide, w/len(modes)-4)))
			b.WriteString("  ")
		}
		lines = append(lines, ui.Cut(b.String(), w))
	}
	return lines
}

// noticeable is the relative difference from which entries are marked: the looser of
// the two tolerances of single precision, so that rounding alone marks nothing.
const noticeable = 1e-4

// start is where a window of n out of all begins so that it holds at.
func start(at, n, all int) int { return max(min(at-n/2, all-n), 0) }

// heat draws the error over the Jacobian, the largest under the cross-hair.
func (m matrices) heat(c *ui.Context, w, h int) []string {
	if len(m.modes) < 2 || m.rows == 0 || m.cols == 0 {
		return nil
	}
	rows, cols := min(m.rows, max(h, 1)), min(m.cols, max(w-1, 1))
	r0, c0 := start(m.row, rows, m.rows), start(m.col, cols, m.cols)
	wide := max(min((w-1)/cols, 4), 1)
	lines := ui.Heat{Rows: rows, Cols: cols, CellWidth: wide, CursorRow: m.row - r0, CursorCol: m.col - c0,
		Step: func(r, col int) int { return errorStep(m.err(r0+r, c0+col)) }}.Lines(c, false)
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

// slopes draws the function along one input with the line that each mode's slope
// makes through the point.
func slopes(c *ui.Context, p *fuzz.ProfileDoc, w, h int) []string {
	if p == nil || len(p.X) < 2 || len(p.X) != len(p.Y) {
		return nil
	}
	x := make([]float64, len(p.X))
	y := make([]float64, len(p.Y))
	for i := range x {
		x[i], y[i] = float64(p.X[i]), float64(p.Y[i])
	}
	mid := len(x) / 2
	chart := ui.Chart{Cross: x[mid], Y: slopeScale(y), Series: []ui.Series{{Name: "f", X: x, Y: y}}}
	for _, s := range []struct {
		name  string
		slope fuzz.Float
	}{{"reverse", p.Reverse}, {"forward", p.Forward}, {"numeric", p.Numeric}} {
		k := float64(s.slope)
		if math.IsNaN(k) || math.IsInf(k, 0) {
			continue
		}
		line := make([]float64, len(x))
		for i := range x {
			line[i] = y[mid] + k*(x[i]-x[mid])
		}
		chart.Series = append(chart.Series, ui.Series{Name: s.name, X: x, Y: line})
	}
	return chart.Lines(c, w, h)
}
