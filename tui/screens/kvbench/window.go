package kvbench

import "assay/core/plot"

// window is the range of context tokens that a map shows, and how: several
// tokens a column, one, or several columns a token.
type window struct {
	lo, hi int // tokens, hi exclusive
	cols   int // columns of the map
	cell   int // cells of the screen a column
}

// fewestTokens is where zooming in ends: tokens this wide show their whole text.
const fewestTokens = 8

// widestCell bounds the cells of a token; few texts of tokens are longer.
const widestCell = 12

// span returns the number of tokens that are shown at a zoom.
func span(n, zoom int) int { return max(n>>zoom, min(n, fewestTokens)) }

// fit places the window over n tokens so that it holds the token at the cursor.
// It stays where it was as long as it can, and then jumps instead of sliding, so
// that moving the cursor does not send the whole map again.
func (w *window) fit(n, zoom, token, width int) {
	s := span(n, zoom)
	width = max(width, 1)
	if s != w.hi-w.lo || token < w.lo || token >= w.hi || w.hi > n {
		w.lo = min(max(token-s/2, 0), n-s)
		w.hi = w.lo + s
	}
	w.cols, w.cell = min(s, width), 1
	if s <= width {
		w.cell = min(width/s, widestCell)
	}
}

// cuts returns the bounds of the columns.
func (w window) cuts() []int { return plot.Cuts(w.lo, w.hi, w.cols) }

// each reports whether every column is one token.
func (w window) each() bool { return w.cols > 0 && w.cols == w.hi-w.lo }

// column returns the column of a token, -1 where it is not in the window.
func (w window) column(token int) int {
	if w.cols == 0 {
		return -1
	}
	return plot.Find(w.cuts(), token)
}
