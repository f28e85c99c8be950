package plot

import (
	"math"
	"slices"
)

// Agg says how the values behind one cell become one.
type Agg uint8

// The aggregations. Max is the default of every heat map: a mean hides the few
// values that matter.
const (
	Max Agg = iota
	Mean
	P95
	Extreme // the value of the largest size, with its sign: for differences
)

// String returns the word that legends show.
func (a Agg) String() string {
	switch a {
	case Mean:
		return "mean"
	case P95:
		return "p95"
	case Extreme:
		return "extreme"
	default:
		return "max"
	}
}

// Next returns the aggregation that a key cycles to: Max, Mean, P95.
func (a Agg) Next() Agg { return (a + 1) % Extreme }

// Matrix is a block of values, row-major: Rows times Cols of them.
type Matrix struct {
	Rows, Cols int
	Values     []float32
}

// Valid reports whether the values fill the shape and there is at least one.
func (m Matrix) Valid() bool {
	return m.Rows > 0 && m.Cols > 0 && len(m.Values) == m.Rows*m.Cols
}

// At returns the value of a cell.
func (m Matrix) At(row, col int) float32 { return m.Values[row*m.Cols+col] }

// Row returns the values of a row, not copied.
func (m Matrix) Row(row int) []float32 { return m.Values[row*m.Cols : (row+1)*m.Cols] }

// Grid is a matrix reduced to the cells of a pane. Cell r, c stands for the
// rows RowAt[r] to RowAt[r+1] and the columns ColAt[c] to ColAt[c+1], the ends
// exclusive.
type Grid struct {
	Matrix
	RowAt, ColAt []int
}

// Reduce reduces the columns lo to hi (exclusive) of a matrix to at most rows
// times cols cells of nearly equal ranges; a matrix with fewer rows or columns
// keeps them as they are. NaN is left out; a cell of nothing else is NaN. An
// empty selection gives a Grid without cells.
func Reduce(m Matrix, lo, hi, rows, cols int, a Agg) Grid {
	lo, hi = max(lo, 0), min(hi, m.Cols)
	if !m.Valid() || hi <= lo || rows < 1 || cols < 1 {
		return Grid{}
	}
	g := Grid{RowAt: Cuts(0, m.Rows, rows), ColAt: Cuts(lo, hi, cols)}
	g.Rows, g.Cols = len(g.RowAt)-1, len(g.ColAt)-1
	g.Values = make([]float32, g.Rows*g.Cols)
	var scratch []float32
	for r := range g.Rows {
		for c := range g.Cols {
			scratch = scratch[:0]
			for i := g.RowAt[r]; i < g.RowAt[r+1]; i++ {
				for _, v := range m.Row(i)[g.ColAt[c]:g.ColAt[c+1]] {
					if v == v {
						scratch = append(scratch, v)
					}
				}
			}
			g.Values[r*g.Cols+c] = a.of(scratch)
		}
	}
	return g
}

// Cuts divides lo to hi into at most n ranges of nearly equal size and returns
// their bounds, one more than there are ranges.
func Cuts(lo, hi, n int) []int {
	n = min(max(n, 1), max(hi-lo, 1))
	at := make([]int, n+1)
	for i := range at {
		at[i] = lo + i*(hi-lo)/n
	}
	return at
}

// Find returns the range of the bounds that holds v: the i with at[i] <= v <
// at[i+1], or -1.
func Find(at []int, v int) int {
	if len(at) < 2 || v < at[0] || v >= at[len(at)-1] {
		return -1
	}
	i, found := slices.BinarySearch(at, v)
	if found {
		return i
	}
	return i - 1
}

// of reduces values that hold no NaN; it may reorder them.
func (a Agg) of(v []float32) float32 {
	if len(v) == 0 {
		return float32(math.NaN())
	}
	if len(v) == 1 {
		return v[0]
	}
	switch a {
	case Mean:
		var sum float64
		for _, x := range v {
			sum += float64(x)
		}
		return float32(sum / float64(len(v)))
	case P95:
		slices.Sort(v)
		// The nearest rank: the smallest value with 95 % at or below it.
		return v[(95*len(v)+99)/100-1]
	case Extreme:
		best := v[0]
		for _, x := range v {
			if max(x, -x) > max(best, -best) {
				best = x
			}
		}
		return best
	default:
		return slices.Max(v)
	}
}
