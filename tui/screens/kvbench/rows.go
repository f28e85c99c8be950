package kvbench

import (
	"strconv"

	"assay/tui/ui"
)

// rows shows a list as the rows of a ui.Table: key names a row, cells asks for
// what stands in it. Both are asked for visible rows only.
type rows struct {
	n     int
	key   func(i int) string // nil: the index
	cells func(i int) []ui.Cell
}

// Len returns the number of rows.
func (r rows) Len() int { return r.n }

// Key returns the name of a row.
func (r rows) Key(i int) string {
	if r.key == nil {
		return strconv.Itoa(i)
	}
	return r.key(i)
}

// Cells returns the cells of a row.
func (r rows) Cells(i int) []ui.Cell { return r.cells(i) }

// number is a column of numbers.
func number(title string, width, priority int) ui.Column {
	return ui.Column{Title: title, Min: width, Ideal: width, Priority: priority, Right: true}
}

// text is a column of words that may grow.
func text(title string, least, ideal, grow, priority int) ui.Column {
	return ui.Column{Title: title, Min: least, Ideal: ideal, Grow: grow, Priority: priority}
}
