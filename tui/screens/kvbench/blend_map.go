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

// mapTitle names what the map shows: measure, aggregation, scale.
func (p *blendPage) mapTitle() string {
	l := p.s.look
	_, relative, _ := p.matrix()
	what := l
	what.Absolute = !relative && l.Measure.Relatable()
	title := what.word() + "  layer x token  " + l.Agg.String() + " per cell  " + l.Steps.String() + " scale"
	if p.locked {
		title += "  locked to picked"
	}
	return title
}

// drawMap draws the map with its rulers; with scale the steps stand beside it.
func (p *blendPage) drawMap(w, h int, scale bool) []string {
	m, relative, ok := p.matrix()
	if !ok {
		return p.noMap()
	}
	c, l := p.s.c, p.s.look
	inner := mapWidth(w, scale)
	p.view.fit(m.Cols, l.Zoom, min(l.Token, m.Cols-1), inner)
	steps := p.steps(relative)
	doc, _ := p.doc()
	added, removed := p.edit.split(doc.Picked)
	hm := heatmap{c: c, run: p.run, m: m, win: p.view, agg: l.Agg, step: steps.Of, layer: l.Layer, token: l.Token}
	if l.Measure == kvdata.Selection {
		hm.glyph = func(token int) (byte, string) {
			switch {
			case added[token]:
				return ui.MarkAdded, "added"
			case removed[token]:
				return ui.MarkRemoved, "removed"
			}
			return 0, ""
		}
	}
	var rulers []string
	if h >= 4 {
		rulers = append(rulers, hm.segments(w))
	}
	if h >= 3 {
		rulers = append(rulers, hm.marks(w, doc.Picked, added, removed))
	}
	if h >= 8 && p.view.each() {
		rulers = append(rulers, hm.texts(w))
	}
	out := hm.rows(w, h-len(rulers))
	if scale && w-inner >= scaleWidth {
		for i, s := range scaleColumn(c, steps, len(out)) {
			out[i] = ui.Fit(out[i], w-scaleWidth) + s
		}
	}
	return append(out, rulers...)
}

// noMap says why there is no map.
func (p *blendPage) noMap() []string {
	state := p.run.Run.State
	switch {
	case len(p.run.Modes) == 0 && state.Live():
		return []string{" waiting for the first mode: the prompt is prefilled in full first"}
	case len(p.run.Modes) == 0:
		return []string{" the run ended before its first mode"}
	case state.Live():
		return []string{" the deviations of " + p.mode + " are not stored yet"}
	}
	return []string{" no " + p.s.look.Measure.String() + " is stored for " + p.mode}
}

// cell is the readout of the cursor.
type cell struct {
	layer, token       int
	text, segment      string
	dv, dk, dkv, attn  string
	picked             string
	rank               int // by the shown measure in the layer; 0 where it is not known
	fresh              string
	relative, measured bool
}

func (p *blendPage) cell() cell {
	l := p.s.look
	c := cell{layer: l.Layer, token: l.Token, text: quoted(p.run.Token(l.Token)), relative: !l.Absolute}
	if s, ok := p.run.Segment(l.Token); ok {
		c.segment = segmentName(s) + "+" + strconv.Itoa(l.Token-s.Start)
	}
	at := func(m kvdata.Measure) string {
		x, ok := p.run.Matrix(p.mode, m, c.relative)
		if !ok || l.Layer >= x.Rows || l.Token >= x.Cols {
			return "-"
		}
		return plot.Number(float64(x.At(l.Layer, l.Token)))
	}
	c.dv, c.dk, c.dkv, c.attn = at(kvdata.DV), at(kvdata.DK), at(kvdata.DKV), at(kvdata.Attention)
	if m, _, ok := p.matrix(); ok && l.Layer < m.Rows && l.Token < m.Cols {
		c.rank, c.measured = kvdata.Rank(m, l.Layer, l.Token), true
	}
	c.picked = p.pickedWord(l.Token)
	c.fresh = p.freshAt(l.Token)
	return c
}

// pickedWord says whether a token is picked, and by whom.
func (p *blendPage) pickedWord(token int) string {
	doc, _ := p.doc()
	added, removed := p.edit.split(doc.Picked)
	switch {
	case added[token]:
		return "added"
	case removed[token]:
		return "removed"
	}
	if slices.Contains(doc.Picked, token) {
		return "yes"
	}
	return "no"
}

// freshAt names the layers at which the token was computed afresh: "layer 0..1, 4".
func (p *blendPage) freshAt(token int) string {
	m, ok := p.run.Matrix(p.mode, kvdata.Selection, false)
	if !ok || token >= m.Cols {
		return ""
	}
	var parts []string
	for i := 0; i < m.Rows; i++ {
		if m.At(i, token) == 0 {
			continue
		}
		j := i
		for j+1 < m.Rows && m.At(j+1, token) != 0 {
			j++
		}
		text := strconv.Itoa(i)
		if j > i {
			text += ".." + strconv.Itoa(j)
		}
		parts = append(parts, text)
		i = j
	}
	if len(parts) == 0 {
		return "no layer"
	}
	return "layer " + strings.Join(parts, ", ")
}

// cellLine is the readout on one line, for small sizes and the clipboard. What
// has no room is left out from the end, never cut in the middle of a number.
func (p *blendPage) cellLine(w int) string {
	if p.run.Prompt == nil {
		return " no prompt is stored yet"
	}
	c := p.cell()
	parts := []string{" layer " + strconv.Itoa(c.layer) + "  token " + count(c.token)}
	if c.text != "" {
		parts[0] += " " + c.text
	}
	if c.segment != "" {
		parts = append(parts, c.segment)
	}
	parts = append(parts, "dV "+c.dv+"  dK "+c.dk, "picked "+c.picked)
	if c.measured {
		parts = append(parts, "rank "+count(c.rank))
	}
	line := parts[0]
	for _, q := range parts[1:] {
		if ui.Width(line)+2+ui.Width(q) > w {
			break
		}
		line += "  " + q
	}
	return line
}

// drawCell is the readout and the scale as a pane.
func (p *blendPage) drawCell(w, h int) []string {
	c, t := p.cell(), p.s.c.Theme
	kind := "absolute"
	if c.relative {
		kind = "relative"
	}
	picked := " picked " + c.picked
	if c.fresh != "" {
		picked += ", computed at " + c.fresh
	}
	lines := []string{
		" layer " + strconv.Itoa(c.layer) + "   token " + count(c.token) + " " + t.Paint("title", c.text),
		" segment " + c.segment,
		" dV " + c.dv + "   dK " + c.dk + "   dKV " + c.dkv + "  " + kind,
		" attention deviation share " + c.attn,
		picked,
	}
	if c.measured {
		lines = append(lines, " rank "+count(c.rank)+" of "+count(p.run.Context())+p.checkRank(c.token))
	}
	_, relative, ok := p.matrix()
	if !ok {
		return lines
	}
	steps := p.steps(relative)
	scale := []string{t.Paint("muted", " "+p.s.look.Steps.String()+" scale, 16 steps, one for the run")}
	for _, s := range ui.ScaleLegend(p.s.c, steps, w-2) {
		scale = append(scale, " "+s)
	}
	scale = append(scale, p.invariants())
	if len(lines)+len(scale) < h {
		lines = append(lines, "")
	}
	return append(lines, scale...)
}

// checkRank is the place of the token in the deviation that the check layer saw:
// that of full reuse at layer 1, where the run holds it.
func (p *blendPage) checkRank(token int) string {
	doc, _ := p.doc()
	if doc.Mode != string(kv.Blend) {
		return ""
	}
	measure := map[string]kvdata.Measure{string(kv.RuleK): kvdata.DK, string(kv.RuleKV): kvdata.DKV}[doc.Rule] // DV otherwise
	m, ok := p.run.Matrix(string(kv.Reuse), measure, false)
	if !ok || m.Rows < 2 || token >= m.Cols {
		return ""
	}
	return ", " + count(kvdata.Rank(m, 1, token)) + " at the check layer"
}

// invariants says whether layer 0 and the prefix are exactly those of full prefill.
func (p *blendPage) invariants() string {
	m, ok := p.run.Matrix(p.mode, kvdata.DKV, false)
	if !ok {
		return ""
	}
	var layer0, prefix float32
	for _, v := range m.Row(0) {
		layer0 = max(layer0, v)
	}
	if pr := p.run.Prompt; pr != nil && len(pr.Segments) > 0 && pr.Segments[0].Kind == kv.SegmentPrefix {
		for r := range m.Rows {
			for _, v := range m.Row(r)[:min(pr.Segments[0].End, m.Cols)] {
				prefix = max(prefix, v)
			}
		}
	}
	if layer0 == 0 && prefix == 0 {
		return " layer 0 and the prefix: exactly 0"
	}
	return " largest dKV: layer 0 " + plot.Number(float64(layer0)) + ", prefix " + plot.Number(float64(prefix))
}
