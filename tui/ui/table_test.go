package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"assay/tui/ui"
)

type rows []string

func (r rows) Len() int         { return len(r) }
func (r rows) Key(i int) string { return r[i] }
func (r rows) Cells(i int) []ui.Cell {
	return []ui.Cell{{Text: "name " + r[i]}, {Text: fmt.Sprint(i), Role: "number"}, {Text: "extra"}}
}

func numbered(from, to int) rows {
	var r rows
	for i := from; i < to; i++ {
		r = append(r, fmt.Sprintf("r%03d", i))
	}
	return r
}

func table() *ui.Table {
	return ui.NewTable([]ui.Column{
		{Title: "name", Min: 9, Grow: 1, Priority: 9},
		{Title: "n", Min: 3, Ideal: 3, Right: true, Priority: 5},
		{Title: "more", Min: 5, Ideal: 5, Priority: 1},
	})
}

func TestTableDropsColumnsByPriority(t *testing.T) {
	c := context(t, 80, 24, false)
	tb := table()
	tb.SetRows(numbered(0, 2))
	for w, want := range map[int]string{
		30: "   name               n  more |>  name r000          0  extra",
		22: "   name              n|>  name r000         0",
		13: "   name      |>  name r000 ",
	} {
		tb.SetSize(w, 2)
		if got := strip(strings.Join(tb.View(c, true), "|")); got != want {
			t.Errorf("%d cells: %q, want %q", w, got, want)
		}
	}
}

func TestTableKeepsTheCursorRowOnItsLine(t *testing.T) {
	c := context(t, 80, 24, false)
	tb := table()
	tb.SetSize(30, 6) // five rows
	tb.SetRows(numbered(10, 40))
	tb.Move(7)
	line := func() int {
		for i, l := range tb.View(c, true) {
			if strings.HasPrefix(strip(l), ">") {
				return i
			}
		}
		return -1
	}
	at := line()
	key, _, _ := tb.Cursor()
	tb.SetRows(numbered(0, 40)) // ten came in above
	if k, i, _ := tb.Cursor(); k != key || i != 17 || line() != at {
		t.Errorf("cursor %s at %d on line %d, was %s on line %d", k, i, line(), key, at)
	}
	if tb.Fresh() != 10 {
		t.Errorf("%d fresh rows", tb.Fresh())
	}
	tb.Home()
	if tb.Fresh() != 0 {
		t.Error("rows stay fresh at the top")
	}
	tb.Select("r020")
	tb.SetRows(numbered(30, 40)) // the row is gone
	if k, i, ok := tb.Cursor(); !ok || i != 9 || k != "r039" {
		t.Errorf("cursor %s at %d", k, i)
	}
	tb.SetRows(rows(nil))
	if _, _, ok := tb.Cursor(); ok {
		t.Error("a cursor in an empty table")
	}
}

func TestTableAwaitsARow(t *testing.T) {
	tb := table()
	tb.SetSize(30, 6)
	tb.Await("r025")
	tb.SetRows(numbered(0, 40))
	if k, i, _ := tb.Cursor(); k != "r025" || i != 25 || tb.Fresh() != 0 {
		t.Errorf("cursor %s at %d, %d fresh", k, i, tb.Fresh())
	}
}

func TestTableMarksInTheOrderOfRows(t *testing.T) {
	tb := table()
	tb.SetSize(30, 6)
	tb.SetRows(numbered(0, 9))
	tb.End()
	tb.Mark()
	tb.Home()
	tb.Mark()
	tb.Move(1)
	tb.Mark()
	tb.Mark()
	if got := strings.Join(tb.Marks(), " "); got != "r000 r008" {
		t.Errorf("marks %s", got)
	}
	tb.SetRows(numbered(5, 9))
	if got := strings.Join(tb.Marks(), " "); got != "r008" {
		t.Errorf("marks %s", got)
	}
}

func TestTableAsksForTheWindowOnly(t *testing.T) {
	c := context(t, 80, 24, false)
	r := &counted{n: 1_000_000}
	tb := table()
	tb.SetSize(80, 25)
	tb.SetRows(r)
	tb.End()
	tb.View(c, true)
	if r.cells > 24 {
		t.Errorf("asked for the cells of %d rows", r.cells)
	}
}

type counted struct{ n, cells int }

func (r *counted) Len() int         { return r.n }
func (r *counted) Key(i int) string { return fmt.Sprint(i) }
func (r *counted) Cells(i int) []ui.Cell {
	r.cells++
	return []ui.Cell{{Text: fmt.Sprint(i)}}
}

func TestTableFindsWhatIsUnderAPointer(t *testing.T) {
	tb := table()
	tb.SetRows(numbered(0, 10))
	tb.SetSize(30, 5) // a header and four rows
	tb.MoveTo(7)      // scrolls to rows 4 to 7
	for y, want := range map[int]int{0: -1, 1: 4, 4: 7, 5: -1, -1: -1} {
		if i, ok := tb.RowAt(y); ok != (want >= 0) || ok && i != want {
			t.Errorf("line %d: row %d %v, want %d", y, i, ok, want)
		}
	}
	for x, want := range map[int]int{0: -1, 3: 0, 17: 0, 18: -1, 20: 1, 22: 1, 25: 2, 29: 2, 40: -1} {
		if i, ok := tb.ColumnAt(x); ok != (want >= 0) || ok && i != want {
			t.Errorf("cell %d: column %d %v, want %d", x, i, ok, want)
		}
	}
}
