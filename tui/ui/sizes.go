package ui

import (
	"maps"
	"math"
	"slices"
)

// Shares are the parts of a row or column that a person has given to panes, 0..1, by
// the axis and the first pane of each area.
type Shares map[string]float64

// layout is what a screen has placed last.
type layout struct {
	w, h   int
	root   Area
	framed bool
}

// Place computes the layout of a screen under the sizes that the person has given its
// panes. A later layout of the same screen replaces it for Resize.
func (c *Context) Place(screen string, w, h int, root Area) []Placed {
	if c.layouts == nil {
		c.layouts = map[string]layout{}
	}
	l := layout{max(w, 0), max(h, 0), root, c.Framed()}
	c.layouts[screen] = l
	var out []Placed
	place(Rect{W: l.w, H: l.h}, root, l.framed, c.shares[screen], &out)
	return out
}

// Sizes returns what was given to the panes of every screen; SetSizes puts it back.
func (c *Context) Sizes() map[string]Shares { return c.shares }

// SetSizes puts back what Sizes returned.
func (c *Context) SetSizes(s map[string]Shares) { c.shares = maps.Clone(s) }

// ResetSizes lets the panes of a screen have the sizes that they come with; it reports
// false where they have them.
func (c *Context) ResetSizes(screen string) bool {
	had := len(c.shares[screen]) > 0
	delete(c.shares, screen)
	return had
}

// Resize makes a pane of a screen larger by cells, smaller where they are negative,
// across or down, at the cost of its neighbour. It reports false where there is none
// or no cell is left.
func (c *Context) Resize(screen, pane string, across bool, by int) bool {
	l := c.layouts[screen]
	var best *border
	for _, b := range l.borders(c.shares[screen]) {
		if b.across == across && (b.before.holds(pane) || b.after.holds(pane)) {
			// The innermost split decides, and of its borders the one behind the pane.
			if best == nil || b.depth > best.depth || b.depth == best.depth && b.before.holds(pane) {
				best = &b
			}
		}
	}
	if best == nil {
		return false
	}
	if best.after.holds(pane) {
		by = -by
	}
	return c.shift(screen, *best, by)
}

// Border names a border between two panes of a screen that can be dragged.
type Border struct {
	screen, key string
	across      bool // it stands between panes side by side
	head        int  // lines of the body above the layout
}

// BorderAt returns the border at a cell of a body of so many lines. What the body has
// more than the layout of the screen stands above it.
func (c *Context) BorderAt(screen string, lines, x, y int) (Border, bool) {
	l := c.layouts[screen]
	head := max(lines-l.h, 0)
	y -= head
	for _, b := range l.borders(c.shares[screen]) {
		if x >= b.X && x < b.X+b.W && y >= b.Y && y < b.Y+b.H {
			return Border{screen, key(b.across, b.after), b.across, head}, true
		}
	}
	return Border{}, false
}

// Drag moves a border to a cell of the body, as far as the panes beside it allow, and
// reports whether it has moved.
func (c *Context) Drag(b Border, x, y int) bool {
	for _, now := range c.layouts[b.screen].borders(c.shares[b.screen]) {
		if now.across != b.across || key(now.across, now.after) != b.key {
			continue
		}
		if b.across {
			return c.shift(b.screen, now, x-now.X)
		}
		return c.shift(b.screen, now, y-b.head-now.Y)
	}
	return false
}

// shift moves a border by cells: what one side gains the other loses.
func (c *Context) shift(screen string, b border, by int) bool {
	by = max(min(by, b.sizes[1]-max(b.after.Min, 1)), max(b.before.Min, 1)-b.sizes[0])
	if by == 0 {
		return false
	}
	if c.shares == nil {
		c.shares = map[string]Shares{}
	}
	if c.shares[screen] == nil {
		c.shares[screen] = Shares{}
	}
	s := c.shares[screen]
	s[key(b.across, b.before)] = float64(b.sizes[0]+by) / float64(b.total)
	s[key(b.across, b.after)] = float64(b.sizes[1]-by) / float64(b.total)
	return true
}

// border is what lies between two neighbours of a split, as a strip of cells.
type border struct {
	Rect
	across        bool
	depth         int
	before, after Area
	sizes         [2]int
	total         int // cells that the areas of the split share
}

// borders lists those of a layout, of outer splits first.
func (l layout) borders(s Shares) []border {
	var out []border
	var walk func(r Rect, a Area, depth int)
	walk = func(r Rect, a Area, depth int) {
		if a.ID != "" || r.W <= 0 || r.H <= 0 {
			return
		}
		last := -1
		subs, sizes, total := split(r, a, l.framed, s)
		for i := range a.Areas {
			if sizes[i] == 0 {
				continue
			}
			if last >= 0 {
				b := border{Rect: Rect{subs[i].X, subs[i].Y, r.W, 1}, across: a.Across, depth: depth,
					before: a.Areas[last], after: a.Areas[i], sizes: [2]int{sizes[last], sizes[i]}, total: total}
				if a.Across {
					b.W, b.H = 1, r.H
				}
				out = append(out, b)
			}
			last = i
		}
		for i := range a.Areas {
			if sizes[i] > 0 {
				walk(subs[i], a.Areas[i], depth+1)
			}
		}
	}
	walk(Rect{W: l.w, H: l.h}, l.root, 0)
	return out
}

// lead is the first pane of an area.
func (a Area) lead() string {
	if a.ID != "" || len(a.Areas) == 0 {
		return a.ID
	}
	return a.Areas[0].lead()
}

// holds reports whether a pane is in an area.
func (a Area) holds(pane string) bool {
	if a.ID != "" {
		return a.ID == pane
	}
	for _, sub := range a.Areas {
		if sub.holds(pane) {
			return true
		}
	}
	return false
}

// key is what the share of an area is kept by.
func key(across bool, a Area) string {
	if across {
		return "across " + a.lead()
	}
	return "down " + a.lead()
}

// apply gives the kept areas of a split what the person wants of total cells; those
// without a wish share the rest as they come. Every area keeps its Min, or all stay as
// they are.
func (s Shares) apply(across bool, areas []Area, sizes []int, total int) {
	var fixed, free []int
	for i := range areas {
		switch {
		case sizes[i] == 0:
		case s[key(across, areas[i])] > 0:
			fixed = append(fixed, i)
		default:
			free = append(free, i)
		}
	}
	if len(fixed) == 0 {
		return
	}
	out := make([]int, len(sizes))
	rest := total
	for _, i := range fixed {
		out[i] = max(int(math.Round(s[key(across, areas[i])]*float64(total))), areas[i].Min, 1)
		rest -= out[i]
	}
	least := 0
	rests := make([]Area, len(free))
	for k, i := range free {
		rests[k] = areas[i]
		least += max(areas[i].Min, 1)
	}
	if len(free) == 0 { // rounding, or a window of another size: the last takes the rest
		out[fixed[len(fixed)-1]] += rest
		rest = 0
	}
	for _, i := range slices.Backward(fixed) { // who has more than the least gives where cells are short
		spare := out[i] - max(areas[i].Min, 1)
		short := least - rest
		if len(free) == 0 {
			short = max(max(areas[i].Min, 1)-out[i], 0)
		}
		if give := min(spare, short); give > 0 {
			out[i] -= give
			rest += give
		}
	}
	if rest < least {
		return
	}
	for k, n := range Divide(rest, 0, rests) {
		out[free[k]] = n
	}
	sum := 0
	for i := range out {
		if sizes[i] > 0 && out[i] < max(min(areas[i].Min, sizes[i]), 1) {
			return
		}
		sum += out[i]
	}
	if sum == total {
		copy(sizes, out)
	}
}
