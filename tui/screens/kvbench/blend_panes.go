package kvbench

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/tui/ui"
)

// layerColumns are the columns of the table of layers; those with the lowest
// priority drop first.
func layerColumns() []ui.Column {
	return []ui.Column{
		ui.NumberColumn("layer", 5, 9), ui.NumberColumn("|S|", 5, 9), ui.NumberColumn("ratio", 5, 9),
		ui.NumberColumn("dK mean", 7, 2), ui.NumberColumn("dK p95", 7, 2), ui.NumberColumn("dV mean", 7, 8), ui.NumberColumn("dV p95", 7, 8),
		ui.NumberColumn("attn dev", 8, 7), ui.NumberColumn("spearman", 8, 1), ui.NumberColumn("load ms", 7, 5), ui.NumberColumn("compute ms", 10, 6), ui.NumberColumn("loaded", 9, 0), ui.TextColumn("", 1, 1, 1, 9),
	}
}

func (p *blendPage) drawLayers(w, h int, focused bool) []string {
	doc, ok := p.doc()
	if !ok || len(doc.Layers) == 0 {
		return []string{" no layer is stored yet"}
	}
	plain := func(s string) ui.Cell { return ui.Cell{Text: s} }
	p.table.SetSize(w, h)
	p.table.SetRows(ui.List{Count: len(doc.Layers), Draw: func(i int) []ui.Cell {
		l := doc.Layers[i]
		return []ui.Cell{
			plain(strconv.Itoa(l.Layer)), plain(count(l.Active)), plain(ratio3(l.Ratio)),
			plain(plot.Number(l.DKMean)), plain(plot.Number(l.DKP95)), plain(plot.Number(l.DVMean)), plain(plot.Number(l.DVP95)),
			plain(plot.Number(l.AttnDev)), plain(plot.Number(l.Spearman)), plain(ms(l.LoadMs)), plain(ms(l.ComputeMs)), plain(size(l.LoadedBytes)),
		}
	}})
	p.table.Select(strconv.Itoa(min(p.s.look.Layer, len(doc.Layers)-1)))
	return p.table.View(p.s.c, focused)
}

// ratio3 writes a share with three digits, so that a column of them is even.
func ratio3(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	return strings.TrimPrefix(s, "0")
}

// drawChart draws what the map shows as lines over the layers.
func (p *blendPage) drawChart(w, h int) []string {
	m, _, ok := p.matrix()
	if !ok {
		return p.noMap()
	}
	x := make([]float64, m.Rows)
	for i := range x {
		x[i] = float64(i)
	}
	over := func(a plot.Agg) []float64 {
		g := plot.Reduce(m, 0, m.Cols, m.Rows, 1, a)
		y := make([]float64, len(g.Values))
		for i, v := range g.Values {
			y[i] = float64(v)
		}
		return y
	}
	ch := ui.Chart{XName: "layer", Cross: float64(p.s.look.Layer), Series: []ui.Series{
		{Name: "mean", X: x, Y: over(plot.Mean)},
		{Name: "p95", X: x, Y: over(plot.P95)},
	}}
	if doc, ok := p.doc(); ok && len(doc.Layers) == m.Rows {
		attn := make([]float64, m.Rows)
		for i, l := range doc.Layers {
			attn[i] = l.AttnDevRel
		}
		ch.Series = append(ch.Series, ui.Series{Name: "attn dev rel", X: x, Y: attn})
	}
	return ch.Lines(p.s.c, w, h)
}

// drawTTFT draws the time to the first token by mode and its phases.
func (p *blendPage) drawTTFT(w, h int) []string {
	modes := p.run.Modes
	if len(modes) == 0 {
		return p.noMap()
	}
	full, timed := p.baseline()
	bars := ui.Bars{Cursor: -1}
	for i, m := range modes {
		text := ms(m.TTFTMs)
		if timed && m.TTFTMs > 0 && m.Mode != string(kv.Full) {
			text += " " + times(full.TTFTMs/m.TTFTMs)
		}
		if w >= 44 && m.Mode != string(kv.Full) {
			text += "  KL " + plot.Number(m.KL)
		}
		role := "muted"
		if m.Key == p.mode {
			bars.Cursor, role = i, "info"
		}
		bars.Rows = append(bars.Rows, ui.Bar{Label: m.Key, Value: m.TTFTMs, Text: text, Role: role})
	}
	doc, _ := p.doc()
	phases := p.phases(doc, w-2)
	lines := bars.Lines(p.s.c, w)
	room := h - len(phases) - 1
	if room < len(lines) && len(phases) > 1 {
		phases = phases[1:] // the numbers say more than the bar
		room = h - len(phases)
	}
	if room < min(len(lines), 3) {
		room, phases = h, nil
	}
	if len(lines) > room {
		first := min(max(bars.Cursor-room/2, 0), len(lines)-room)
		lines = lines[first : first+room]
	}
	if len(phases) > 0 {
		if len(lines) < room {
			lines = append(lines, "")
		}
		for _, l := range phases {
			lines = append(lines, "  "+l)
		}
	}
	return lines
}

// phases shows what the time of a mode went into: a stacked bar and the numbers.
func (p *blendPage) phases(doc kv.ModeDoc, w int) []string {
	parts := phaseParts(doc)
	if len(parts) == 0 || doc.TTFTMs <= 0 {
		return nil
	}
	words := make([]string, len(parts))
	for i, q := range parts {
		words[i] = string(rune(q.Letter)) + " " + q.Name + " " + ms(q.Value)
	}
	lines := []string{ui.Stack(p.s.c, parts, doc.TTFTMs, w)}
	return append(lines, wrapped(words, w)...)
}

// wrapped lays words out in lines of at most w cells without breaking any.
func wrapped(words []string, w int) []string {
	var lines []string
	line := ""
	for _, x := range words {
		switch {
		case line == "":
			line = x
		case ui.Width(line)+3+ui.Width(x) > w:
			lines = append(lines, line)
			line = x
		default:
			line += "   " + x
		}
	}
	return append(lines, line)
}

// phaseParts lists the phases of a mode in the order they happen.
func phaseParts(doc kv.ModeDoc) []ui.Part {
	names := []string{"lookup", "load", "reposition", "check", "recompute", "head"}
	letters := []byte("ulpcrh") // each its own
	for _, n := range slices.Sorted(maps.Keys(doc.PhasesMs)) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	var parts []ui.Part
	for i, n := range names {
		if v, ok := doc.PhasesMs[n]; ok && v > 0 {
			letter := byte('#') // a phase of a newer version
			if i < len(letters) {
				letter = letters[i]
			}
			parts = append(parts, ui.Part{Name: n, Letter: letter, Value: v, Series: i})
		}
	}
	return parts
}

// baseline returns the result of full prefill.
func (p *blendPage) baseline() (kv.ModeDoc, bool) {
	for _, m := range p.run.Modes {
		if m.Mode == string(kv.Full) {
			return m, true
		}
	}
	return kv.ModeDoc{}, false
}

// times writes a factor: "2.40x".
func times(f float64) string { return plot.Number(f) + "x" }

// drawText draws the answer of every mode, the first difference from full
// prefill marked, and the most likely next tokens of the mode on screen.
func (p *blendPage) drawText(w, h int) []string {
	full, has := p.baseline()
	label := 4
	for _, m := range p.run.Modes {
		label = max(label, len(m.Key))
	}
	var lines []string
	if q := p.question(); q != "" {
		lines = append(lines, " "+p.s.c.Theme.Paint("muted", ui.Cut(answer(q), w-1)))
	}
	for _, m := range p.run.Modes {
		mark := "  "
		if m.Key == p.mode {
			mark = "> "
		}
		where := "same"
		switch {
		case !has || m.Mode == string(kv.Full):
			where = ""
		case m.FirstDivergence >= 0:
			where = "token " + strconv.Itoa(m.FirstDivergence)
		}
		lines = append(lines, mark+ui.Fit(m.Key, label)+" "+ui.Fit(where, 9)+p.marked(m, full, has))
	}
	doc, ok := p.doc()
	if ok && len(doc.Top) > 0 {
		lines = append(lines, "", " next token under "+doc.Key)
		for _, t := range doc.Top {
			lines = append(lines, "   "+ui.Fit(quoted(t.Text), 13)+ui.FitRight("log p "+plot.Number(t.LogP), 14)+ui.FitRight("logit "+plot.Number(t.Logit), 14)+"  id "+strconv.Itoa(t.ID))
		}
		if doc.Note != "" {
			lines = append(lines, "", " "+oneLine(doc.Note))
		}
	}
	return p.scrolled(paneText, lines, h)
}

// question returns the text of the question.
func (p *blendPage) question() string {
	if p.run.Prompt == nil {
		return ""
	}
	for _, s := range p.run.Prompt.Segments {
		if s.Kind == kv.SegmentQuestion {
			return s.Text
		}
	}
	return ""
}

// marked is the answer of a mode; a | stands before the first letter that
// differs from full prefill, and the rest is in another role.
func (p *blendPage) marked(m, full kv.ModeDoc, has bool) string {
	text := answer(m.Text)
	if !has || m.Text == full.Text {
		if has && m.FirstDivergence >= 0 {
			text += p.s.c.Theme.Paint("muted", "  (differs behind it)")
		}
		return text
	}
	base := []rune(answer(full.Text))
	got := []rune(text)
	at := 0
	for at < len(got) && at < len(base) && got[at] == base[at] {
		at++
	}
	return string(got[:at]) + p.s.c.Theme.Paint("changed", "|"+string(got[at:]))
}

// scrolled is a window of a pane that is longer than its room.
func (p *blendPage) scrolled(pane string, lines []string, h int) []string {
	top := min(p.scroll[pane], max(len(lines)-h, 0))
	p.scroll[pane] = max(top, 0)
	return lines[p.scroll[pane]:]
}

// drawPipeline draws when each layer's cache would load and its rows be computed
// if loading ran one layer ahead, from the times that were measured one after
// the other.
func (p *blendPage) drawPipeline(w, h int) []string {
	doc, ok := p.doc()
	if !ok || len(doc.Layers) == 0 {
		return []string{" no layer is stored yet"}
	}
	loads, works, total := overlapped(doc.Layers)
	room := max(w-6, 1)
	var lines []string
	first := 0
	if n := len(doc.Layers); n > h-2 {
		first = min(max(p.s.look.Layer-(h-2)/2, 0), n-max(h-2, 1))
	}
	for i := first; i < len(doc.Layers) && len(lines) < h-2; i++ {
		mark := " "
		if i == p.s.look.Layer {
			mark = ">"
		}
		lane := ui.Lane(p.s.c, []ui.Piece{loads[i], works[i]}, total, room)
		lines = append(lines, mark+ui.Fit("L"+strconv.Itoa(i), 4)+lane)
	}
	load, compute := 0., 0.
	for _, l := range doc.Layers {
		load, compute = load+l.LoadMs, compute+l.ComputeMs
	}
	hidden := ""
	if load > 0 {
		hidden = ", " + plot.Number(100*(load+compute-total)/load) + " % of loading hidden"
	}
	return append(lines, ui.Wrap(" load "+ms(load)+" + compute "+ms(compute)+" ms one after the other; overlapped "+ms(total)+" ms"+hidden, w)...)
}

// overlapped places the loads and computations of the layers on one clock, loading
// running one layer ahead.
func overlapped(layers []kv.LayerDoc) (loads, works []ui.Piece, total float64) {
	costs := make([]kv.LayerCost, len(layers))
	for i, l := range layers {
		costs[i] = kv.LayerCost{Read: l.LoadMs, Compute: l.ComputeMs}
	}
	total, lanes := kv.Pipeline(costs, kv.Contention{})
	for _, s := range lanes {
		piece := ui.Piece{Part: ui.Part{Name: s.Lane, Value: s.End - s.Start}, At: s.Start}
		if s.Lane == kv.LaneCompute {
			works = append(works, piece)
		} else {
			piece.Series = 1
			loads = append(loads, piece)
		}
	}
	return loads, works, total
}
