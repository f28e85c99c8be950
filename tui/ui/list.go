package ui

import "strconv"

// List presents to a Table a list that is held whole: Name gives the key of a row and
// Draw what stands in it. Both are asked for visible rows only.
type List struct {
	Count int
	Name  func(i int) string // nil: the index
	Draw  func(i int) []Cell
}

// Len returns the number of rows.
func (l List) Len() int { return l.Count }

// Key returns the name of a row.
func (l List) Key(i int) string {
	if l.Name == nil {
		return strconv.Itoa(i)
	}
	return l.Name(i)
}

// Cells returns the cells of a row.
func (l List) Cells(i int) []Cell { return l.Draw(i) }

// NumberColumn is a column of numbers, of one width.
func NumberColumn(title string, width, priority int) Column {
	return Column{Title: title, Min: width, Ideal: width, Priority: priority, Right: true}
}

// TextColumn is a column of words that may grow.
func TextColumn(title string, least, ideal, grow, priority int) Column {
	return Column{Title: title, Min: least, Ideal: ideal, Grow: grow, Priority: priority}
}
