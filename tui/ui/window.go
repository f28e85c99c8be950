package ui

// Window presents a long list to a Table while it holds only some of it: rows that
// are not held are blank until they are read. Lists of any length take the memory
// and the time of one window.
type Window[T any] struct {
	Total int // rows of the whole list
	From  int // index of the first row held
	Items []T
	Name  func(*T) string // key of a row, unique in the list
	Draw  func(*T) []Cell
}

// Rows read around the cursor, and how near to their end the cursor may come
// before others are read: about three screens, and one.
const (
	WindowRows  = 300
	windowSlack = 80
)

// Len returns the number of rows of the whole list.
func (w *Window[T]) Len() int { return w.Total }

// At returns a row; ok is false where it is not held.
func (w *Window[T]) At(i int) (item *T, ok bool) {
	if i < w.From || i >= w.From+len(w.Items) {
		return nil, false
	}
	return &w.Items[i-w.From], true
}

// Key returns the key of a row, "" where it is not held.
func (w *Window[T]) Key(i int) string {
	if x, ok := w.At(i); ok {
		return w.Name(x)
	}
	return ""
}

// Cells draws a row, blank where it is not held.
func (w *Window[T]) Cells(i int) []Cell {
	if x, ok := w.At(i); ok {
		return w.Draw(x)
	}
	return nil
}

// Index finds a row that is held by its key.
func (w *Window[T]) Index(key string) (int, bool) {
	for i := range w.Items {
		if w.Name(&w.Items[i]) == key {
			return w.From + i, true
		}
	}
	return 0, false
}

// Covers reports whether the rows around an index are held, so that nothing needs
// to be read for the cursor to stand there.
func (w *Window[T]) Covers(i int) bool {
	return i >= w.From && (w.From == 0 || i-w.From >= windowSlack) &&
		i < w.From+len(w.Items) && (w.From+len(w.Items) == w.Total || w.From+len(w.Items)-i > windowSlack)
}

// WindowStart returns the index from which to read so that i is in the middle.
func WindowStart(i int) int { return max(i-WindowRows/2, 0) }
