package ui

import (
	"fmt"
	"strings"
)

// Column describes a column of a Table. It is at least Min cells wide, Ideal
// where there is room, and gets a share of what is left by Grow. Where even the
// minima do not fit, columns of the lowest Priority go first.
type Column struct {
	Title      string
	Min, Ideal int
	Grow       int
	Priority   int
	Right      bool // numbers: aligned to the right
}

// Cell is a text with the role it is painted in, "" for plain.
type Cell struct{ Text, Role string }

// Rows is what a Table shows: a list of rows with a key each, which names the row
// however the list is sorted. Cells is asked for rows in the window only.
type Rows interface {
	Len() int
	Key(i int) string
	Cells(i int) []Cell
}

// finder are rows that find a key by themselves: those of a Window, which does not
// hold them all.
type finder interface {
	Index(key string) (i int, ok bool)
}

// index finds a row by its key.
func (t *Table) index(key string) (int, bool) {
	if f, ok := t.rows.(finder); ok {
		return f.Index(key)
	}
	for i := range t.rows.Len() {
		if t.rows.Key(i) == key {
			return i, true
		}
	}
	return 0, false
}

// Table shows a window of rows under a header. Its cursor is the key of a row:
// when the rows change, the row under the cursor stays where it is on the screen.
type Table struct {
	columns []Column
	widths  []int
	rows    Rows
	w, h    int // without the header
	cursor  int
	key     string
	top     int
	marks   map[string]bool
	part    []byte // of a line being drawn; kept for the next
	fresh   int    // rows that came in above the window since it was last at the top
}

// NewTable returns an empty table.
func NewTable(columns []Column) *Table {
	return &Table{columns: columns, rows: noRows{}, marks: map[string]bool{}}
}

type noRows struct{}

func (noRows) Len() int         { return 0 }
func (noRows) Key(int) string   { return "" }
func (noRows) Cells(int) []Cell { return nil }

// SetSize gives the table w x h cells, header included.
func (t *Table) SetSize(w, h int) {
	if w != t.w {
		const sign, gap = 3, 2 // cells before the first column and between columns
		areas := make([]Area, len(t.columns))
		for i, c := range t.columns {
			areas[i] = Area{Min: c.Min, Ideal: c.Ideal, Weight: c.Grow, Priority: c.Priority}
		}
		t.widths = Divide(max(w-sign, 1), -gap, areas)
	}
	t.w, t.h = w, max(h-1, 0)
	t.scroll()
}

// SetRows replaces the rows. The cursor stays on the row of its key, and that row
// where it is on the screen; where the row is gone the cursor stays at its index.
func (t *Table) SetRows(rows Rows) {
	first := t.rows.Len() == 0
	t.rows = rows
	if t.key == "" {
		t.move(t.cursor)
		return
	}
	at, ok := t.index(t.key)
	if !ok {
		at = t.cursor
	}
	if shift := at - t.cursor; shift != 0 && !first {
		if shift > 0 && t.top+shift > 0 {
			t.fresh += shift
		}
		t.top += shift
	}
	t.move(at)
}

// Sorted tells that the order of rows changed by a wish of the person: the cursor
// stays on its row and the window goes there.
func (t *Table) Sorted(rows Rows) {
	t.SetRows(rows)
	t.fresh = 0
}

// Len returns the number of rows.
func (t *Table) Len() int { return t.rows.Len() }

// Cursor returns key and index of the row under the cursor; ok is false for an empty table.
func (t *Table) Cursor() (key string, i int, ok bool) {
	return t.key, t.cursor, t.rows.Len() > 0
}

// Sentence says the row under the cursor in plain words: each cell behind the name of
// its column, and which row it is; "" for an empty table.
func (t *Table) Sentence() string {
	n := t.rows.Len()
	if n == 0 {
		return ""
	}
	var parts []string
	for i, cell := range t.rows.Cells(t.cursor) {
		text := strings.Join(strings.Fields(cell.Text), " ")
		if i >= len(t.columns) || text == "" || text == "-" {
			continue
		}
		parts = append(parts, strings.TrimSpace(t.columns[i].Title+" "+text))
	}
	if t.marks[t.key] {
		parts = append(parts, "marked")
	}
	return strings.Join(append(parts, fmt.Sprintf("row %d of %d", t.cursor+1, n)), ", ")
}

// Select puts the cursor on the row of a key and reports whether there is one.
func (t *Table) Select(key string) bool {
	i, ok := t.index(key)
	if ok {
		t.move(i)
	}
	return ok
}

// Await puts the cursor on the row of a key as soon as there are rows.
func (t *Table) Await(key string) {
	if t.rows.Len() == 0 {
		t.key = key
	}
}

// RowAt returns the index of the row that is drawn in line y of the table, the
// header being line 0; ok is false where there is none.
func (t *Table) RowAt(y int) (i int, ok bool) {
	i = t.top + y - 1
	return i, y >= 1 && y <= t.h && i < t.rows.Len()
}

// ColumnAt returns the index of the column at cell x; ok is false between columns
// and beside them.
func (t *Table) ColumnAt(x int) (i int, ok bool) {
	at := 3 // cells before the first column
	for i, w := range t.widths {
		if w > 0 && x >= at && x < at+w {
			return i, true
		}
		if w > 0 {
			at += w + 2
		}
	}
	return 0, false
}

// MoveTo puts the cursor on a row by its index.
func (t *Table) MoveTo(i int) { t.move(i) }

// Move moves the cursor by n rows, as far as there are rows.
func (t *Table) Move(n int) { t.move(t.cursor + n) }

// Page moves the cursor by n halves of the window.
func (t *Table) Page(n int) { t.move(t.cursor + n*max(t.h/2, 1)) }

// Home and End move the cursor to the first and to the last row.
func (t *Table) Home() { t.move(0) }

// End moves the cursor to the last row.
func (t *Table) End() { t.move(t.rows.Len() - 1) }

func (t *Table) move(to int) {
	n := t.rows.Len()
	t.cursor = max(min(to, n-1), 0)
	t.key = ""
	if n > 0 {
		t.key = t.rows.Key(t.cursor)
	}
	t.scroll()
}

// scroll keeps the cursor inside the window and the window inside the rows.
func (t *Table) scroll() {
	if t.h > 0 {
		t.top = min(t.top, t.cursor)
		t.top = max(t.top, t.cursor-t.h+1)
	}
	t.top = max(min(t.top, t.rows.Len()-t.h), 0)
	if t.top == 0 {
		t.fresh = 0
	}
}

// Fresh returns how many rows came in above the window since it was last at the top.
func (t *Table) Fresh() int { return t.fresh }

// Mark marks or unmarks the row under the cursor.
func (t *Table) Mark() {
	if t.key == "" {
		return
	}
	if t.marks[t.key] {
		delete(t.marks, t.key)
		return
	}
	t.marks[t.key] = true
}

// Marks returns the keys of the marked rows in the order of the rows; marked rows
// that are not among the rows now are left out.
func (t *Table) Marks() []string {
	var out []string
	if len(t.marks) == 0 {
		return out
	}
	for i := range t.rows.Len() {
		if k := t.rows.Key(i); t.marks[k] {
			out = append(out, k)
		}
	}
	return out
}

// MarkRange marks the rows from the one of a key to the cursor; it reports false where
// there is no row of that key.
func (t *Table) MarkRange(from string) bool {
	at, ok := t.index(from)
	if !ok {
		return false
	}
	for i := min(at, t.cursor); i <= max(at, t.cursor); i++ {
		t.marks[t.rows.Key(i)] = true
	}
	return true
}

// NextMarked puts the cursor on the next marked row, after the last on the first; it
// reports false where none is.
func (t *Table) NextMarked() bool {
	n := t.rows.Len()
	for i := 1; i <= n; i++ {
		if at := (t.cursor + i) % n; t.marks[t.rows.Key(at)] {
			t.move(at)
			return true
		}
	}
	return false
}

// SetMarks replaces the marks.
func (t *Table) SetMarks(keys []string) {
	t.marks = make(map[string]bool, len(keys))
	for _, k := range keys {
		t.marks[k] = true
	}
}

// View draws header and window: as many lines as SetSize gave, of that width.
// The cursor row is highlighted where the table has the focus.
func (t *Table) View(c *Context, focused bool) []string {
	if t.w <= 0 {
		return make([]string, t.h+1)
	}
	out := make([]string, 0, t.h+1)
	head := make([]Cell, len(t.columns))
	for i, col := range t.columns {
		head[i] = Cell{col.Title, "muted"}
	}
	out = append(out, t.line(c, "   ", head, ""))
	for y := range t.h {
		i := t.top + y
		if i >= t.rows.Len() {
			out = append(out, spaces(t.w))
			continue
		}
		key := t.rows.Key(i)
		sign, role := []byte("   "), ""
		if i == t.cursor {
			sign[0], role = '>', "cursor-quiet"
			if focused {
				role = "cursor-row"
			}
		}
		if t.marks[key] {
			sign[1] = 'm'
		}
		out = append(out, t.line(c, string(sign), t.rows.Cells(i), role))
	}
	return out
}

// line draws one row; a role for the whole row wins over those of its cells.
func (t *Table) line(c *Context, sign string, cells []Cell, role string) string {
	var b strings.Builder
	if role == "" && sign[1] == 'm' {
		sign = sign[:1] + c.Theme.Paint("mark", sign[1:2]) + sign[2:]
	}
	b.Grow(2*t.w + 64) // colours take about as much as the text
	b.WriteString(sign)
	// Neighbours of one role are painted together, blanks with what stands before
	// them: a row that scrolls costs its colours on the link each time.
	part := t.part[:0]
	painted := ""
	flush := func() {
		b.WriteString(c.Theme.Paint(painted, string(part)))
		part = part[:0]
	}
	first := true
	for i, w := range t.widths {
		if w == 0 {
			continue
		}
		var cell Cell
		if i < len(cells) {
			cell = cells[i]
		}
		text := Fit(cell.Text, w)
		if t.columns[i].Right {
			text = FitRight(cell.Text, w)
		}
		if !first {
			part = append(part, "  "...)
		}
		first = false
		if role == "" && cell.Role != painted && strings.TrimSpace(text) != "" {
			flush()
			painted = cell.Role
		}
		part = append(part, text...)
	}
	flush()
	t.part = part
	line := Fit(b.String(), t.w)
	if role != "" {
		return c.Theme.Paint(role, line)
	}
	return line
}
