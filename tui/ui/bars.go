package ui

import (
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"assay/core/plot"
)

// Bar is one row of a bar chart.
type Bar struct {
	Label  string
	Value  float64 // at or above 0; NaN is a value that is not there yet
	Lo, Hi float64 // an interval around the value, drawn where Lo < Hi
	Text   string  // behind the bar; the number where it is empty
	Role   string  // role of the bar, "info" where it is empty
}

// Bars draws rows of bars to one scale, the value at the end of each.
type Bars struct {
	Rows   []Bar
	Max    float64 // the value of a full bar; the largest one where it is 0
	Cursor int     // row with the cursor mark, -1 for none
}

// Lines draws the rows, w cells wide, one line each.
func (b Bars) Lines(c *Context, w int) []string {
	label, text := 0, 0
	most := b.Max
	for _, r := range b.Rows {
		label = max(label, ansi.StringWidth(r.Label))
		text = max(text, ansi.StringWidth(r.text()))
		if b.Max == 0 && !math.IsNaN(r.Value) {
			most = max(most, r.Value, r.Hi)
		}
	}
	label = min(label, max(w/3, 4))
	room := max(w-2-label-1-1-text, 0)
	lines := make([]string, len(b.Rows))
	for i, r := range b.Rows {
		mark := "  "
		if i == b.Cursor {
			mark = "> "
		}
		role := r.Role
		if role == "" {
			role = "info"
		}
		line := mark + Fit(r.Label, label) + " "
		if !math.IsNaN(r.Value) && most > 0 && room > 0 {
			line += c.Theme.Paint(role, r.ink(c, room, most)) + " "
		}
		line = Fit(line+r.text(), w)
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

func (r Bar) text() string {
	if r.Text != "" {
		return r.Text
	}
	if math.IsNaN(r.Value) {
		return "-"
	}
	return plot.Number(r.Value)
}

// ink is the bar itself, its end replaced by the interval where there is one; at
// most room cells.
func (r Bar) ink(c *Context, room int, most float64) string {
	bar := Meter(c, r.Value/most, room)
	if !(r.Lo < r.Hi) {
		return bar
	}
	cells := []rune(bar)
	at := func(v float64) int { return min(max(int(math.Round(v/most*float64(room-1))), 0), room-1) }
	lo, hi := at(r.Lo), at(r.Hi)
	for len(cells) <= hi {
		cells = append(cells, ' ')
	}
	rule, left, right, middle := '─', '├', '┤', '┼'
	if c.ASCII {
		rule, left, right, middle = '-', '[', ']', '+'
	}
	for i := lo; i <= hi; i++ {
		cells[i] = rule
	}
	cells[at(r.Value)] = middle
	if lo < hi {
		cells[lo] = left
	}
	cells[hi] = right
	return string(cells)
}

// Meter returns a bar of share (0..1) of room cells, in eighths of a cell, or of
// # in ASCII. A share above zero shows at least its thinnest stroke.
func Meter(c *Context, share float64, room int) string {
	share = min(max(share, 0), 1)
	if math.IsNaN(share) || share == 0 || room < 1 {
		return ""
	}
	if c.ASCII {
		return strings.Repeat("#", max(int(math.Round(share*float64(room))), 1))
	}
	eighths := max(int(math.Round(share*float64(room)*8)), 1)
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// Part is one piece of a stacked bar or of a lane. Series gives its colour; its
// letter stands in it, so that colour is not needed.
type Part struct {
	Name   string
	Letter byte    // an ASCII letter; 0 is the first of Name
	Value  float64 // length, at or above 0
	Series int
}

// Stack draws parts behind each other as one bar of room cells at most, where
// most is the value of a full bar. Rounding is done on the running sum, so that
// the bar is as long as its total.
func Stack(c *Context, parts []Part, most float64, room int) string {
	spans := make([]Piece, 0, len(parts))
	at := 0.
	for _, p := range parts {
		if p.Value > 0 {
			spans = append(spans, Piece{Part: p, At: at})
			at += p.Value
		}
	}
	return Lane(c, spans, most, room)
}

// Piece is a part that begins at a place of its own, for lanes over time.
type Piece struct {
	Part
	At float64
}

// Lane draws pieces on one line of at most room cells, where most is the value
// at the right end. A piece too short for a cell is not drawn: its number must
// stand in a readout. Later pieces cover earlier ones.
func Lane(c *Context, pieces []Piece, most float64, room int) string {
	if !(most > 0) || room < 1 {
		return ""
	}
	cell := make([]int, room) // 1-based piece, 0 for none
	cut := func(v float64) int { return min(max(int(math.Round(v/most*float64(room))), 0), room) }
	end := 0
	for i, p := range pieces {
		hi := cut(p.At + p.Value)
		for x := cut(p.At); x < hi; x++ {
			cell[x] = i + 1
		}
		end = max(end, hi)
	}
	var b strings.Builder
	for x := 0; x < end; {
		n := x
		for n < end && cell[n] == cell[x] {
			n++
		}
		if cell[x] == 0 {
			b.WriteString(strings.Repeat(" ", n-x))
		} else {
			b.WriteString(pieceInk(c, pieces[cell[x]-1].Part, n-x))
		}
		x = n
	}
	return b.String()
}

func pieceInk(c *Context, p Part, n int) string {
	letter := "#"
	switch {
	case p.Letter != 0:
		letter = string(rune(p.Letter))
	case p.Name != "" && p.Name[0] < 0x80:
		letter = p.Name[:1]
	}
	sgr := c.Theme.Series(p.Series)
	if c.ASCII || sgr == "" {
		return strings.Repeat(letter, n)
	}
	// Reversed blanks are a solid patch in the colour of the series that can hold a letter.
	return sgr + "\x1b[7m" + letter + strings.Repeat(" ", n-1) + "\x1b[m"
}
