package ui

// Rect is a rectangle of cells; X and Y count from 0 at the top left.
type Rect struct{ X, Y, W, H int }

func (r Rect) clip(w, h int) Rect {
	x0, y0 := min(max(r.X, 0), w), min(max(r.Y, 0), h)
	x1, y1 := min(max(r.X+r.W, 0), w), min(max(r.Y+r.H, 0), h)
	return Rect{x0, y0, x1 - x0, y1 - y0}
}

// Area is a node of a layout: a pane, or a row or column of areas.
//
// Min, Ideal and Weight count along the direction of the parent and include the
// frame or the rule of the pane. An area gets its Min at least and its Ideal where there is room; what
// is left goes to the areas by Weight. Where even the minima do not fit, areas of
// the lowest Priority are dropped, the last one of equals first.
type Area struct {
	ID       string // of a pane; "" for a row or column
	Across   bool   // children stand side by side instead of on top of each other
	Areas    []Area
	Min      int
	Ideal    int
	Weight   int
	Priority int
}

// Placed is a pane with its place.
type Placed struct {
	ID string
	Rect
}

// Compute places the panes of a layout in w x h cells, in the order of the tree.
// It is pure. With framed, neighbours share the border cell between them. Panes
// that found no room are left out; the first pane never is.
func Compute(w, h int, root Area, framed bool) []Placed {
	var out []Placed
	place(Rect{W: max(w, 0), H: max(h, 0)}, root, framed, nil, &out)
	return out
}

func place(r Rect, a Area, framed bool, s Shares, out *[]Placed) {
	if r.W <= 0 || r.H <= 0 {
		return
	}
	if a.ID != "" {
		*out = append(*out, Placed{a.ID, r})
		return
	}
	subs, sizes, _ := split(r, a, framed, s)
	for i, n := range sizes {
		if n > 0 {
			place(subs[i], a.Areas[i], framed, s, out)
		}
	}
}

// split divides a rectangle among the areas of a row or column; 0 means dropped. Total
// is the sum of the sizes, in which shared borders count twice.
func split(r Rect, a Area, framed bool, s Shares) (subs []Rect, sizes []int, total int) {
	room, overlap := r.H, 0
	if a.Across {
		room = r.W
	}
	if framed {
		overlap = 1
	}
	sizes = Divide(room, overlap, a.Areas)
	for _, n := range sizes {
		total += n
	}
	s.apply(a.Across, a.Areas, sizes, total)
	subs = make([]Rect, len(sizes))
	at := 0
	for i, n := range sizes {
		if n == 0 {
			continue
		}
		subs[i] = Rect{r.X, r.Y + at, r.W, n}
		if a.Across {
			subs[i] = Rect{r.X + at, r.Y, n, r.H}
		}
		at += n - overlap
	}
	return subs, sizes, total
}

// Listed returns every pane of ids with its place among the placed, moved down by so
// many rows: an empty rectangle for one that has none.
func Listed(ids []string, placed []Placed, down int) []Placed {
	out := make([]Placed, len(ids))
	for i, id := range ids {
		out[i].ID = id
		for _, p := range placed {
			if p.ID == id {
				out[i] = p
				out[i].Y += down
			}
		}
	}
	return out
}

// Divide shares total cells among areas, neighbours overlapping by overlap cells.
// The sizes of the areas that are kept cover the total exactly; 0 means dropped.
func Divide(total, overlap int, areas []Area) []int {
	sizes := make([]int, len(areas))
	if len(areas) == 0 || total <= 0 {
		return sizes
	}
	kept := make([]int, len(areas))
	for i := range kept {
		kept[i] = i
	}
	least := func() int {
		n := -overlap * (len(kept) - 1)
		for _, i := range kept {
			n += max(areas[i].Min, 1)
		}
		return n
	}
	for len(kept) > 1 && least() > total {
		drop := 0
		for k, i := range kept {
			if areas[i].Priority <= areas[kept[drop]].Priority {
				drop = k
			}
		}
		kept = append(kept[:drop], kept[drop+1:]...)
	}
	left := total + overlap*(len(kept)-1)
	for _, i := range kept {
		sizes[i] = max(areas[i].Min, 1)
		left -= sizes[i]
	}
	if left < 0 { // a single area that is smaller than it would like
		sizes[kept[0]] = total
		return sizes
	}
	grow := func(want func(i int) int) {
		sum := 0
		for _, i := range kept {
			sum += want(i)
		}
		if sum == 0 || left == 0 {
			return
		}
		give := min(left, sum)
		given, seen := 0, 0
		for _, i := range kept {
			// Cumulative shares, so that rounding never loses or invents a cell.
			seen += want(i)
			share := give*seen/sum - given
			sizes[i] += share
			given += share
		}
		left -= give
	}
	grow(func(i int) int { return max(areas[i].Ideal-sizes[i], 0) })
	if left > 0 {
		weights := 0
		for _, i := range kept {
			weights += max(areas[i].Weight, 0)
		}
		if weights == 0 {
			sizes[kept[len(kept)-1]] += left
			return sizes
		}
		rest := left
		given, seen := 0, 0
		for _, i := range kept {
			seen += max(areas[i].Weight, 0)
			share := rest*seen/weights - given
			sizes[i] += share
			given += share
		}
	}
	return sizes
}

// Class is a class of terminal widths or heights; layouts change where it does.
type Class int

// The classes: too small for more than one pane, small, medium, large.
const (
	Tiny Class = iota
	Small
	Medium
	Large
)

// WidthClass returns the class of a width in columns: below 60, 100 and 160.
func WidthClass(w int) Class { return class(w, 60, 100, 160) }

// HeightClass returns the class of a height in rows: below 18, 30 and 50.
func HeightClass(h int) Class { return class(h, 18, 30, 50) }

func class(n, small, medium, large int) Class {
	switch {
	case n < small:
		return Tiny
	case n < medium:
		return Small
	case n < large:
		return Medium
	}
	return Large
}
