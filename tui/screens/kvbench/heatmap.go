package kvbench

import (
	"strconv"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/tui/screens/kvbench/kvdata"
	"assay/tui/ui"
)

// heatmap draws a matrix of layers times context tokens with its rulers. It is
// what the map of a blend and the three maps of a comparison have in common.
type heatmap struct {
	c      *ui.Context
	run    *kvdata.Run // for segments and tokens
	m      plot.Matrix
	win    window
	agg    plot.Agg
	step   func(v float32) int
	signed bool // steps of a diverging scale

	layer, token int // the cursor

	// glyph replaces the cells of a token; may be nil.
	glyph func(token int) (ch byte, role string)
}

// labelWidth is the room for the names of layers on the left.
const labelWidth = 4

// mapWidth returns how many cells of a pane are left for the map itself.
func mapWidth(w int, scale bool) int {
	if w >= 40 {
		w -= labelWidth
	}
	if scale && w >= 56 {
		w -= scaleWidth
	}
	return max(w, 1)
}

// rows draws the map alone in at most h lines, the names of the layers on the
// left where w has room for them.
func (h heatmap) rows(w, lines int) []string {
	half := ui.HeatHalves(h.c, h.m.Rows, lines)
	rows := min(h.m.Rows, lines)
	if half {
		rows = min(h.m.Rows, 2*lines)
	}
	g := plot.Reduce(h.m, h.win.lo, h.win.hi, rows, h.win.cols, h.agg)
	if g.Rows == 0 {
		return nil
	}
	heat := ui.Heat{
		Rows: g.Rows, Cols: g.Cols, CellWidth: h.win.cell, Diverging: h.signed,
		Step:      func(r, c int) int { return h.step(g.At(r, c)) },
		CursorRow: plot.Find(g.RowAt, h.layer), CursorCol: plot.Find(g.ColAt, h.token),
	}
	if h.glyph != nil {
		heat.Glyph = func(_, c int) (byte, string) {
			for t := g.ColAt[c]; t < g.ColAt[c+1]; t++ {
				if ch, role := h.glyph(t); ch != 0 {
					return ch, role
				}
			}
			return 0, ""
		}
	}
	ink := heat.Lines(h.c, half)
	tall := 1
	if !half && !h.c.Remote { // a second line for each layer is worth its bytes on a local terminal only
		tall = min(max(lines/g.Rows, 1), 2)
	}
	per := 1
	if half {
		per = 2
	}
	var out []string
	for i, line := range ink {
		label := ""
		if w >= 40 {
			label = h.label(g.RowAt[i*per], i, len(ink), tall)
		}
		for range tall {
			out = append(out, label+line)
			if label != "" {
				label = strings.Repeat(" ", labelWidth)
			}
		}
	}
	return out
}

// label names a line of the map by its first layer: all of them where there are
// few, else the first, the last, every fourth, and the one of the cursor.
func (h heatmap) label(layer, line, lines, tall int) string {
	if tall == 1 && lines > 8 && line%4 != 0 && line != lines-1 {
		return strings.Repeat(" ", labelWidth)
	}
	return h.c.Theme.Paint("axis", ui.Fit("L"+strconv.Itoa(layer), labelWidth))
}

// segments is the ruler of the parts of the prompt.
func (h heatmap) segments(w int) string {
	if h.run.Prompt == nil {
		return ""
	}
	cuts := h.win.cuts()
	var spans []ui.Span
	for _, s := range h.run.Prompt.Segments {
		lo, hi := max(s.Start, h.win.lo), min(s.End, h.win.hi)
		if s.Kind == kv.SegmentQuestion || lo >= hi {
			continue
		}
		a, b := plot.Find(cuts, lo), plot.Find(cuts, hi-1)+1
		n := strconv.Itoa(s.Index)
		labels := []string{segmentName(s), s.Kind[:1] + n, n}
		if s.Kind == kv.SegmentPrefix {
			labels = []string{s.Kind, "pre", "p"}
		}
		spans = append(spans, ui.Span{Lo: a * h.win.cell, Hi: b * h.win.cell, Labels: labels})
	}
	return h.indent(w) + ui.SpanRuler(h.c, min(h.win.cols*h.win.cell+1, w-len(h.indent(w))), spans)
}

// marks is the ruler of the picked tokens with the edits: a column shows an edit
// before a token that was picked anyway.
func (h heatmap) marks(w int, picked []int, added, removed map[int]bool) string {
	cuts := h.win.cuts()
	line := make([]byte, h.win.cols*h.win.cell)
	for i := range line {
		line[i] = ui.MarkNone
	}
	put := func(pos int, mark byte) {
		if c := plot.Find(cuts, pos); c >= 0 && c*h.win.cell < len(line) {
			line[c*h.win.cell] = mark
		}
	}
	for _, p := range picked {
		put(p, ui.MarkPicked)
	}
	for p := range removed {
		put(p, ui.MarkRemoved)
	}
	for p := range added {
		put(p, ui.MarkAdded)
	}
	return h.indent(w) + ui.MarkRuler(h.c, line)
}

// texts is the ruler of token texts: below each token where the cells are wide
// enough, else as running text around the cursor.
func (h heatmap) texts(w int) string {
	room := w - len(h.indent(w))
	if h.win.cell >= 4 {
		var b strings.Builder
		for t := h.win.lo; t < h.win.hi; t++ {
			text := ui.Fit(answer(h.run.Token(t)), h.win.cell-1) + " "
			if t == h.token {
				text = h.c.Theme.Paint("title", text)
			}
			b.WriteString(text)
		}
		return h.indent(w) + b.String()
	}
	at := h.win.column(h.token) * h.win.cell
	if at < 0 || room < 10 {
		return ""
	}
	current := "[" + answer(h.run.Token(h.token)) + "]"
	left, right := "", ""
	for t := h.token - 1; t >= 0 && ui.Width(left) < at; t-- {
		left = answer(h.run.Token(t)) + left
	}
	for t := h.token + 1; t < h.run.Context() && ui.Width(right) < room; t++ {
		right += answer(h.run.Token(t))
	}
	if n := ui.Width(left); n > at {
		left = tail(left, at)
	} else {
		left = strings.Repeat(" ", at-n) + left
	}
	return h.indent(w) + ui.Cut(h.c.Theme.Paint("muted", left)+h.c.Theme.Paint("title", current)+h.c.Theme.Paint("muted", right), room)
}

func (h heatmap) indent(w int) string {
	if w >= 40 {
		return strings.Repeat(" ", labelWidth)
	}
	return ""
}

// tail returns the last n cells of a text.
func tail(text string, n int) string {
	r := []rune(text)
	for len(r) > 0 && ui.Width(string(r)) > n {
		r = r[1:]
	}
	return strings.Repeat(" ", n-ui.Width(string(r))) + string(r)
}

// scaleWidth is the room for the steps of the scale at the right of a map.
const scaleWidth = 9

// scaleColumn lists steps of a scale from the top down, one a line.
func scaleColumn(c *ui.Context, s plot.Steps, lines int) []string {
	out := make([]string, lines)
	for i := range out {
		step := plot.StepCount - 1
		if lines > 1 {
			step -= i * (plot.StepCount - 2) / (lines - 1)
		}
		text := plot.Number(s.Edges[step])
		switch {
		case step == 1:
			text = ">0"
		case step == plot.StepCount-1 && s.Clipped():
			text = ">" + text
		}
		out[i] = " " + ui.Swatch(c, ui.Shade(c, step, false), 1) + " " + ui.Cut(text, scaleWidth-3)
	}
	return out
}
