package ui

import "strings"

// Pane is a titled rectangle for Frame.
type Pane struct {
	Rect
	Title   string
	Focused bool
	Body    []string // lines of at most the inner width; cut and padded as needed
	Role    string   // paints frame and title instead of the usual roles
}

// Framed reports whether panes get frames. On terminals of less than 100 columns
// they get a horizontal rule on top instead, which costs no columns.
func (c *Context) Framed() bool { return c.Width >= 100 && c.Height >= 18 }

// Inner returns the size of the body of a pane of w x h cells as Box and Frame draw it.
func (c *Context) Inner(w, h int) (int, int) {
	if c.Framed() {
		return max(w-2, 0), max(h-2, 0)
	}
	return max(w, 0), max(h-1, 0)
}

// Box draws one pane of exactly w x h cells by itself: a frame with a title, or a
// rule above the body where Context.Framed says so. The focused one has a > before
// its title and a heavier rule.
func Box(c *Context, w, h int, title string, focused bool, body []string) []string {
	return Frame(c, w, h, []Pane{{Rect: Rect{W: w, H: h}, Title: title, Focused: focused, Body: body}})
}

// Frame draws panes into exactly w x h cells. Framed panes that share a border
// cell (as Compute places them) get proper junctions; cells that no pane covers
// are blank.
func Frame(c *Context, w, h int, panes []Pane) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	f := frame{c: c, w: w, h: h, arms: make([]arm, w*h), titles: map[int][]piece{}, bodies: map[int][]piece{}}
	for i := range panes {
		f.add(&panes[i])
	}
	out := make([]string, h)
	for y := range out {
		out[y] = f.line(y)
	}
	return out
}

// arm is the set of directions in which the line through a border cell goes on.
type arm uint8

const (
	up arm = 1 << iota
	down
	left
	right
	heavy // horizontal arms are heavy: the top rule of the focused pane
	lit   // belongs to the focused pane
)

// piece is text at a column of a row.
type piece struct {
	x, w int
	text string
}

type frame struct {
	c      *Context
	w, h   int
	arms   []arm
	titles map[int][]piece
	bodies map[int][]piece // by row, from left to right
	role   string          // of a single pane that has one
}

func (f *frame) add(p *Pane) {
	r := p.Rect.clip(f.w, f.h)
	if r.W <= 0 || r.H <= 0 {
		return
	}
	f.role = p.Role
	body := Rect{r.X, r.Y + 1, r.W, r.H - 1}
	var a arm
	if p.Focused {
		a = lit
	}
	if f.c.Framed() {
		if r.W < 2 || r.H < 2 {
			return
		}
		body = Rect{r.X + 1, r.Y + 1, r.W - 2, r.H - 2}
		top := a
		if p.Focused {
			top |= heavy
		}
		f.horizontal(r.X, r.X+r.W-1, r.Y, top)
		f.horizontal(r.X, r.X+r.W-1, r.Y+r.H-1, a)
		f.vertical(r.X, r.Y, r.Y+r.H-1, a)
		f.vertical(r.X+r.W-1, r.Y, r.Y+r.H-1, a)
	} else {
		if p.Focused {
			a |= heavy
		}
		for x := r.X; x < r.X+r.W; x++ {
			f.arms[r.Y*f.w+x] |= left | right | a
		}
	}
	f.title(p, r)
	for i := range max(body.H, 0) {
		line := ""
		if i < len(p.Body) {
			line = p.Body[i]
		}
		f.bodies[body.Y+i] = insert(f.bodies[body.Y+i], piece{body.X, body.W, Fit(line, body.W)})
	}
}

func (f *frame) title(p *Pane, r Rect) {
	room := r.W - 4
	if p.Title == "" || room < 3 {
		return
	}
	text, role := p.Title, "title"
	if p.Focused {
		text, role = ">"+text, "border-focus"
	}
	if p.Role != "" {
		role = p.Role
	}
	text = " " + Cut(text, room-2) + " "
	f.titles[r.Y] = insert(f.titles[r.Y], piece{r.X + 1, Width(text), f.c.Theme.Paint(role, text)})
}

// insert keeps the pieces of a row in the order of their columns.
func insert(row []piece, p piece) []piece {
	i := len(row)
	for i > 0 && row[i-1].x > p.x {
		i--
	}
	row = append(row, piece{})
	copy(row[i+1:], row[i:])
	row[i] = p
	return row
}

func (f *frame) horizontal(x0, x1, y int, a arm) {
	for x := x0; x <= x1; x++ {
		c := a
		if x > x0 {
			c |= left
		}
		if x < x1 {
			c |= right
		}
		f.arms[y*f.w+x] |= c
	}
}

func (f *frame) vertical(x, y0, y1 int, a arm) {
	for y := y0; y <= y1; y++ {
		c := a
		if y > y0 {
			c |= up
		}
		if y < y1 {
			c |= down
		}
		f.arms[y*f.w+x] |= c
	}
}

func (f *frame) line(y int) string {
	var b strings.Builder
	titles, bodies := f.titles[y], f.bodies[y]
	open := "" // the role in which the current run of border cells is drawn
	set := func(role string) {
		if role == open {
			return
		}
		if open != "" {
			b.WriteString("\x1b[m")
		}
		open = ""
		if role != "" && f.c.Theme.SGR(role) != "" {
			b.WriteString(f.c.Theme.SGR(role))
			open = role
		}
	}
	for x := 0; x < f.w; {
		for len(titles) > 0 && titles[0].x < x {
			titles = titles[1:]
		}
		for len(bodies) > 0 && bodies[0].x < x {
			bodies = bodies[1:]
		}
		switch {
		case len(titles) > 0 && titles[0].x == x:
			set("")
			b.WriteString(titles[0].text)
			x += titles[0].w
			continue
		case len(bodies) > 0 && bodies[0].x == x && bodies[0].w > 0:
			set("")
			b.WriteString(bodies[0].text)
			x += bodies[0].w
			continue
		}
		a := f.arms[y*f.w+x]
		switch {
		case a&(up|down|left|right) == 0:
			set("")
			b.WriteByte(' ')
		case f.role != "":
			set(f.role)
			b.WriteString(f.glyph(a))
		case a&lit != 0:
			set("border-focus")
			b.WriteString(f.glyph(a))
		default:
			set("border")
			b.WriteString(f.glyph(a))
		}
		x++
	}
	set("")
	return b.String()
}

// glyph returns the character of a border cell.
func (f *frame) glyph(a arm) string {
	h := a&(left|right) != 0
	v := a&(up|down) != 0
	if f.c.ASCII {
		switch {
		case h && v:
			return "+"
		case h && a&heavy != 0:
			return "="
		case h:
			return "-"
		}
		return "|"
	}
	if !v && a&heavy != 0 {
		return "━"
	}
	return [...]string{
		up | down:                "│",
		up:                       "│",
		down:                     "│",
		left | right:             "─",
		left:                     "─",
		right:                    "─",
		down | right:             "┌",
		down | left:              "┐",
		up | right:               "└",
		up | left:                "┘",
		up | down | right:        "├",
		up | down | left:         "┤",
		down | left | right:      "┬",
		up | left | right:        "┴",
		up | down | left | right: "┼",
	}[a&(up|down|left|right)]
}
