package kvbench

import (
	"slices"
	"strconv"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/tui/screens/kvbench/kvdata"
	"assay/tui/ui"
)

// draw puts the three maps on top of each other, so that their columns line up,
// with the figures beside them where there is room.
func (p *comparePage) draw(w, h int) []string {
	c := p.s.c
	if w < 60 || h < 15 {
		return p.drawBare(w, h)
	}
	if !c.Framed() && p.focus == compareFigures {
		return ui.Box(c, w, h, p.title(compareFigures), true, p.figures(w))
	}
	layers := max(p.a.run.Layers(), 1)
	ids := p.paneIDs()
	maps := ui.Area{Min: 60, Weight: 3, Priority: 9, Areas: []ui.Area{
		{ID: ids[compareA], Min: 4, Ideal: layers + 2, Weight: 1, Priority: 8},
		{ID: ids[compareB], Min: 4, Ideal: layers + 2, Weight: 1, Priority: 7},
		{ID: ids[compareDifference], Min: 6, Ideal: layers + 5, Weight: 1, Priority: 9},
	}}
	tree := maps
	if c.Framed() {
		tree = ui.Area{Across: true, Areas: []ui.Area{maps, {ID: ids[compareFigures], Min: 36, Ideal: 46, Priority: 1}}}
	}
	placed := c.Place("kv", w, h, tree)
	panes := make([]ui.Pane, 0, len(placed))
	for _, q := range placed {
		n := slices.Index(ids, q.ID)
		iw, ih := c.Inner(q.W, q.H)
		panes = append(panes, ui.Pane{Rect: q.Rect, Title: p.title(n), Focused: n == p.focus, Body: p.body(n, iw, ih)})
	}
	return p.s.framed(w, h, placed, panes)
}

func (p *comparePage) paneIDs() []string { return []string{"A", "B", "difference", "figures"} }

func (p *comparePage) clickRow(string, int) bool { return false }

func (p *comparePage) focused() string { return p.paneIDs()[p.focus] }

func (p *comparePage) announce() string {
	a, b, _, okA, okB := p.matrices()
	d, ok := kvdata.Subtract(a, b)
	if !okA || !okB || !ok || !p.samePrompt() {
		return p.title(p.focus)
	}
	return p.title(p.focus) + ": " + strings.ReplaceAll(strings.TrimSpace(p.cellLine(a, b, d, 1<<10)), "  ", ", ")
}

func (p *comparePage) focusPane(id string) { p.focus = max(slices.Index(p.paneIDs(), id), 0) }

func (p *comparePage) drawBare(w, h int) []string {
	if h < 3 {
		return p.body(p.focus, w, h)
	}
	lines := []string{p.s.c.Theme.Paint("title", ui.Cut(" >"+p.title(p.focus), w))}
	return append(lines, p.body(p.focus, w, h-1)...)
}

func (p *comparePage) title(pane int) string {
	l := p.s.look
	_, _, l.Absolute, _, _ = p.matrices()
	l.Absolute = !l.Absolute
	switch pane {
	case compareA:
		return "A " + p.name(p.a) + "  " + l.word() + "  " + l.Agg.String() + " per cell"
	case compareB:
		return "B " + p.name(p.b)
	case compareDifference:
		return "difference B - A"
	}
	return "cell and figures"
}

func (p *comparePage) body(pane, w, h int) []string {
	if w < 1 || h < 1 {
		return nil
	}
	a, b, relative, okA, okB := p.matrices()
	switch pane {
	case compareA:
		return p.side(&p.a, a, relative, okA, w, h)
	case compareB:
		return p.side(&p.b, b, relative, okB, w, h)
	case compareDifference:
		return p.difference(a, b, okA && okB, w, h)
	}
	return p.figures(w)
}

// side draws the map of one side under the scale that both share.
func (p *comparePage) side(d *side, m plot.Matrix, relative, ok bool, w, h int) []string {
	if !ok {
		return []string{" no " + p.s.look.Measure.String() + " is stored for " + d.mode}
	}
	l := p.s.look
	d.view.fit(m.Cols, l.Zoom, min(l.Token, m.Cols-1), mapWidth(w, false))
	lists := p.a.run.All(l.Measure, relative)
	if p.a.run != p.b.run {
		lists = append(lists, p.b.run.All(l.Measure, relative)...)
	}
	steps := plot.NewSteps(l.Steps, lists...)
	hm := heatmap{c: p.s.c, run: d.run, m: m, win: d.view, agg: l.Agg, step: steps.Of, layer: l.Layer, token: l.Token}
	doc, _ := d.doc()
	rulers := 0
	if h > m.Rows {
		rulers = 1
	}
	out := hm.rows(w, h-rulers)
	if rulers > 0 {
		out = append(out, hm.marks(w, doc.Picked, nil, nil))
	}
	return out
}

// difference draws B - A around zero, with the scale and the cell below.
func (p *comparePage) difference(a, b plot.Matrix, ok bool, w, h int) []string {
	if !ok {
		return []string{" no difference yet: both maps are needed"}
	}
	if !p.samePrompt() {
		return []string{" the prompts differ: cells of different tokens are not subtracted", " A has " + count(p.a.run.Context()) + " context tokens, B " + count(p.b.run.Context())}
	}
	d, ok := kvdata.Subtract(a, b)
	if !ok {
		return []string{" the maps have different shapes: not subtracted"}
	}
	l := p.s.look
	scale := plot.NewDiverging(d.Values)
	p.a.view.fit(d.Cols, l.Zoom, min(l.Token, d.Cols-1), mapWidth(w, false))
	agg := plot.Extreme // the largest of signed values would hide one direction
	if l.Agg == plot.Mean {
		agg = plot.Mean
	}
	hm := heatmap{c: p.s.c, run: p.a.run, m: d, win: p.a.view, agg: agg, step: scale.Of, signed: true, layer: l.Layer, token: l.Token}
	var foot []string
	if h >= 4 {
		foot = append(foot, hm.segments(w))
	}
	if h >= 5 {
		foot = append(foot, p.cellLine(a, b, d, w))
	}
	if h >= 7 {
		foot = append(foot, " "+ui.DivergeLine(p.s.c, scale))
	}
	return append(hm.rows(w, h-len(foot)), foot...)
}

// cellLine reads out both sides at the cursor.
func (p *comparePage) cellLine(a, b, d plot.Matrix, w int) string {
	l := p.s.look
	if l.Layer >= d.Rows || l.Token >= d.Cols {
		return ""
	}
	at := func(m plot.Matrix) string { return plot.Number(float64(m.At(l.Layer, l.Token))) }
	text := " layer " + strconv.Itoa(l.Layer) + "  token " + count(l.Token)
	if q := quoted(p.a.run.Token(l.Token)); q != "" {
		text += " " + q
	}
	text += "  A " + at(a) + "  B " + at(b) + "  B-A " + at(d)
	return ui.Cut(text+"  picked A "+p.picked(p.a)+" B "+p.picked(p.b), w)
}

func (p *comparePage) picked(d side) string {
	doc, _ := d.doc()
	if slices.Contains(doc.Picked, p.s.look.Token) {
		return "yes"
	}
	return "no"
}

// figures sets the numbers of both sides against each other.
func (p *comparePage) figures(w int) []string {
	a, okA := p.a.doc()
	b, okB := p.b.doc()
	var lines []string
	row := func(name, x, y, d string) {
		lines = append(lines, " "+ui.Fit(name, 15)+ui.FitRight(x, 9)+" "+ui.FitRight(y, 9)+" "+ui.FitRight(d, 8))
	}
	l := p.s.look
	at := p.a.run.Token(l.Token)
	lines = append(lines, " layer "+strconv.Itoa(l.Layer)+"   token "+count(l.Token)+" "+quoted(at))
	if s, ok := p.a.run.Segment(l.Token); ok {
		lines = append(lines, " segment "+segmentName(s)+"+"+strconv.Itoa(l.Token-s.Start))
	}
	lines = append(lines, "")
	row("", "A", "B", "B - A")
	ma, mb, _, haveA, haveB := p.matrices()
	inside := func(m plot.Matrix, ok bool) bool { return ok && l.Layer < m.Rows && l.Token < m.Cols }
	if inside(ma, haveA) && inside(mb, haveB) {
		x, y := float64(ma.At(l.Layer, l.Token)), float64(mb.At(l.Layer, l.Token))
		row(l.Measure.String()+" here", plot.Number(x), plot.Number(y), signed(y-x))
	}
	row("picked here", p.picked(p.a), p.picked(p.b), "")
	if !okA || !okB {
		return append(lines, "", " one of them has no result yet")
	}
	num := func(name string, x, y float64) { row(name, plot.Number(x), plot.Number(y), signed(y-x)) }
	lines = append(lines, "")
	num("KL, nats", a.KL, b.KL)
	num("KL mean", a.KLMean, b.KLMean)
	row("top 1 as full", yes(a.Top1), yes(b.Top1), "")
	num("TTFT ms", a.TTFTMs, b.TTFTMs)
	num("recomputed", a.Effective, b.Effective)
	row("picked", count(len(a.Picked)), count(len(b.Picked)), "")
	if p.samePrompt() {
		row("picked by both", "", count(common(a.Picked, b.Picked)), "")
	}
	row("differs at", divergence(a), divergence(b), "")
	lines = append(lines, "", " A "+answer(a.Text), " B "+answer(b.Text))
	for i := range lines {
		lines[i] = ui.Cut(lines[i], w)
	}
	return lines
}

func divergence(m kv.ModeDoc) string {
	if m.FirstDivergence < 0 {
		return "nowhere"
	}
	return "token " + strconv.Itoa(m.FirstDivergence)
}

// signed writes a difference with its sign.
func signed(v float64) string {
	if v > 0 {
		return "+" + plot.Number(v)
	}
	return plot.Number(v)
}

// common counts the positions in both ascending lists.
func common(a, b []int) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}
