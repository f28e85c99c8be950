package prunebench

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/plot"
	"assay/core/prune"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// mapPage shows how accurate a network is with one layer pruned at a time: layers
// down, compressions across. The row of the cross-hair is the cursor of the list.
type mapPage struct {
	s         *Screen
	net       *prune.NetDoc
	dense     *prune.TestDoc
	names     []string // layers in the order of the network, known before they are tested
	exponents []float64
	at        map[string]map[float64]prune.LayerDoc
}

func (p *mapPage) got(n news) {
	if p.at == nil {
		p.at = map[string]map[float64]prune.LayerDoc{}
		p.grid(n.run)
	}
	for _, r := range n.records {
		switch r.Kind {
		case prune.RecordNet:
			if d, ok := read[prune.NetDoc](r); ok {
				p.net = &d
			}
		case prune.RecordTested:
			if d, ok := read[prune.TestDoc](r); ok {
				p.dense = &d
			}
		case prune.RecordLayer:
			if d, ok := read[prune.LayerDoc](r); ok {
				p.put(d)
			}
		}
	}
}

// grid lists the points that the parameters ask for.
func (p *mapPage) grid(r run.Run) {
	given := runview.Given(r)
	word := func(key string) string { s, _ := given[key].(string); return s }
	if list, err := prune.ParseExponents(word("exponents")); err == nil {
		p.exponents = list
	}
	spec, err := prune.Named(word("net"))
	if text := word("net_json"); text != "" {
		spec, err = prune.ParseSpec([]byte(text))
	}
	if err != nil {
		return // layers are listed as they are tested
	}
	if l, err := spec.Layout(); err == nil {
		for _, t := range l.Weights() {
			p.names = append(p.names, trim(t.Name))
		}
	}
}

func (p *mapPage) put(d prune.LayerDoc) {
	if !slices.Contains(p.names, d.Name) {
		p.names = append(p.names, d.Name)
	}
	if !slices.Contains(p.exponents, d.Exponent) {
		p.exponents = append(p.exponents, d.Exponent)
		slices.Sort(p.exponents)
	}
	if p.at[d.Name] == nil {
		p.at[d.Name] = map[float64]prune.LayerDoc{}
	}
	p.at[d.Name][d.Exponent] = d
}

// live returns the point that is computed now: the first that is missing.
func (p *mapPage) live() (row, col int, ok bool) {
	if !p.s.run.State.Live() || p.dense == nil {
		return 0, 0, false
	}
	for i, name := range p.names {
		for k, x := range p.exponents {
			if _, there := p.at[name][x]; !there {
				return i, k, true
			}
		}
	}
	return 0, 0, false
}

// done counts the points that are there.
func (p *mapPage) done() int {
	n := 0
	for _, row := range p.at {
		n += len(row)
	}
	return n
}

// lost is how much accuracy a point costs against the dense network, NaN where it is
// not there yet.
func (p *mapPage) lost(row, col int) float64 {
	d, ok := p.at[p.names[row]][p.exponents[col]]
	if !ok || p.dense == nil {
		return math.NaN()
	}
	return p.dense.Accuracy - d.Accuracy
}

// scale spreads the losses over the steps of the ramp; what is gained is step 0.
func (p *mapPage) scale() plot.Steps {
	var all []float32
	for i := range p.names {
		for k := range p.exponents {
			all = append(all, float32(100*p.lost(i, k)))
		}
	}
	return plot.NewSteps(plot.LinearSteps, all)
}

func (p *mapPage) places() int { return len(p.exponents) }

func (p *mapPage) panes() []string { return []string{paneMap, paneLayer, paneList, panePaired} }

func (p *mapPage) tree(h int) ui.Area {
	return ui.Area{Areas: []ui.Area{
		{Across: true, Min: 10, Ideal: min(max(h*3/5, 12), len(p.names)+6), Weight: 1, Priority: 9, Areas: []ui.Area{
			{ID: paneMap, Min: 54, Ideal: 76, Weight: 2, Priority: 9}, {ID: paneLayer, Min: 40, Ideal: 44, Weight: 1, Priority: 6},
		}},
		{Across: true, Min: 7, Ideal: 12, Weight: 1, Priority: 8, Areas: []ui.Area{
			{ID: paneList, Min: 54, Ideal: 76, Weight: 2, Priority: 9}, {ID: panePaired, Min: 40, Ideal: 44, Weight: 1, Priority: 4},
		}},
	}}
}

func (p *mapPage) line() string {
	line := nets(p.net)
	if p.dense != nil {
		line += fmt.Sprintf("dense %s on %s images   ", percent(p.dense.Accuracy, 2), group(p.dense.Images))
	}
	return line + fmt.Sprintf("%d layers x %d compressions   %d of %d points", len(p.names), len(p.exponents), p.done(), len(p.names)*len(p.exponents))
}

func (p *mapPage) help() string {
	return "Accuracy with one layer pruned by magnitude and all others whole: a layer a row, a compression a column, darker where more of the dense accuracy is lost. Up and down choose the layer, whose curve stands beside the map, left and right the compression, at which the layers are ranked below. The point that is computed now is marked."
}

func (p *mapPage) draw(pane string, w, h int) (string, []string) {
	switch pane {
	case paneMap:
		return "accuracy with one layer pruned, by layer and compression", p.drawMap(w, h)
	case paneLayer:
		return p.drawLayer(w, h)
	case panePaired:
		return "points lost at " + p.column(p.s.cross()) + ", most first", p.drawRank(w, h)
	}
	return "layers " + fmt.Sprint(len(p.names)), nil
}

func (p *mapPage) column(k int) string {
	if k >= len(p.exponents) {
		return "-"
	}
	return fmt.Sprintf("10^%g", p.exponents[k])
}

func (p *mapPage) selected() int {
	_, i, _ := p.s.table.Cursor()
	return max(min(i, len(p.names)-1), 0)
}

// Widths of the map: the number of a cell, and what it needs around it.
const (
	mapNumber = 5
	mapCell   = mapNumber + 3
)

// drawMap draws number and shade of every point where there is room, else shades
// alone, two layers a line where they do not fit otherwise.
func (p *mapPage) drawMap(w, h int) []string {
	if p.dense == nil || len(p.names) == 0 || len(p.exponents) == 0 {
		return p.s.pending("the dense network is being tested first", "no point was tested")
	}
	scale := p.scale()
	foot := p.foot(w, scale)
	room := max(h-1-len(foot), 1)
	label := 4
	for _, n := range p.names {
		label = max(label, len(n)+1)
	}
	label = min(label, max(w/3, 4))
	wide := max((w-3-label)/len(p.exponents), 1)
	head := " " + ui.Fit("", label+2)
	if wide < mapCell {
		head = " " + ui.Fit("  10^", label+2)
	}
	for k, x := range p.exponents {
		if name := p.column(k); wide >= mapCell {
			head += ui.Fit(ui.FitRight(name, mapNumber+1), wide)
		} else if name = fmt.Sprintf("%g", x); len(name) < wide || k%4 == 0 {
			head += ui.Fit(name, wide)
		} else {
			head += ui.Fit("", wide)
		}
	}
	lines := []string{p.s.c.Theme.Paint("axis", ui.Cut(head, w))}
	per := 1
	if ui.HeatHalves(p.s.c, len(p.names), room) {
		per = 2
	}
	from := max(min(p.selected()-room*per/2, len(p.names)-room*per), 0)
	from -= from % per
	rows := min(len(p.names)-from, room*per)
	var ink []string
	if per == 1 && wide >= mapCell {
		for i := range rows {
			ink = append(ink, p.cells(from+i, min(wide, 14), wide, scale))
		}
	} else {
		ink = p.shades(from, rows, wide, per == 2, scale)
	}
	tall := 1
	if per == 1 && wide < mapCell && !p.s.c.Remote { // a second line for each layer is worth its bytes on a local terminal only
		tall = min(max(room/rows, 1), 2)
	}
	for i, line := range ink {
		row, mark := from+i*per, "  "
		if at := p.selected(); at >= row && at < row+per {
			mark = "> "
			row = at
		}
		lines = append(lines, " "+mark+p.s.c.Theme.Paint("axis", ui.Fit(p.names[row], label))+line)
		for range tall - 1 {
			lines = append(lines, strings.Repeat(" ", label+3)+line)
		}
	}
	for len(lines) < h-len(foot) {
		lines = append(lines, "")
	}
	return append(lines, foot...)
}

// cells draws a line of numbers, each with its shade behind it.
func (p *mapPage) cells(row, cell, wide int, scale plot.Steps) string {
	liveRow, liveCol, live := p.live()
	var b strings.Builder
	for k, x := range p.exponents {
		d, ok := p.at[p.names[row]][x]
		var number string
		swatch := strings.Repeat(" ", cell-mapNumber-2)
		switch {
		case ok:
			number = fmt.Sprintf("%.1f", 100*d.Accuracy)
			if step := scale.Of(float32(100 * p.lost(row, k))); step > 0 {
				swatch = ui.Swatch(p.s.c, ui.Shade(p.s.c, step, false), cell-mapNumber-2)
			}
		case live && row == liveRow && k == liveCol:
			number = p.s.c.Theme.Paint("running", "now")
		default:
			number = p.s.c.Theme.Paint("muted", ".")
		}
		number = ui.FitRight(number, mapNumber)
		if row == p.selected() && k == p.s.cross() {
			number = p.s.c.Theme.Paint("cursor-row", number)
		}
		b.WriteString(ui.Fit(" "+number+" "+swatch, wide))
	}
	return b.String()
}

// shades draws the points as a heat map.
func (p *mapPage) shades(from, rows, wide int, half bool, scale plot.Steps) []string {
	liveRow, liveCol, live := p.live()
	return ui.Heat{Rows: rows, Cols: len(p.exponents), CellWidth: wide, CursorRow: p.selected() - from, CursorCol: p.s.cross(),
		Step: func(r, k int) int { return max(scale.Of(float32(100*p.lost(from+r, k))), 0) },
		Glyph: func(r, k int) (byte, string) {
			switch {
			case live && from+r == liveRow && k == liveCol:
				return '*', "running"
			case math.IsNaN(p.lost(from+r, k)):
				return '.', "muted"
			}
			return 0, ""
		}}.Lines(p.s.c, half)
}

// foot reads out the point under the cross-hair, and the scale.
func (p *mapPage) foot(w int, scale plot.Steps) []string {
	row, k := p.selected(), p.s.cross()
	text := fmt.Sprintf(" %s at %s: ", p.names[row], p.column(k))
	if d, ok := p.at[p.names[row]][p.exponents[k]]; ok {
		text += fmt.Sprintf("%s, %s points to dense, %s weights kept", percent(d.Accuracy, 2), points(d.Accuracy-p.dense.Accuracy), group(d.Kept))
	} else {
		text += "not there yet"
	}
	out := ui.Wrap(text, max(w-1, 1))
	if scale.N > 0 {
		out = append(out, ui.Cut(" points lost: "+ui.ScaleLine(p.s.c, scale), w))
	}
	return out
}

// drawLayer draws the curve of the layer under the cursor.
func (p *mapPage) drawLayer(w, h int) (string, []string) {
	if p.dense == nil || len(p.names) == 0 {
		return "one layer", nil
	}
	name := p.names[p.selected()]
	line, dense := ui.Series{Name: name}, ui.Series{Name: "dense"}
	for _, x := range p.exponents {
		y := math.NaN()
		if d, ok := p.at[name][x]; ok {
			y = 100 * d.Accuracy
		}
		line.X, line.Y = append(line.X, x), append(line.Y, y)
		dense.X, dense.Y = append(dense.X, x), append(dense.Y, 100*p.dense.Accuracy)
	}
	if len(p.at[name]) == 0 {
		return name, p.s.pending("no point of it is there yet", "no point of it was tested")
	}
	return name, p.s.chart(paneLayer, ui.Chart{XName: "compression 10^x", Cross: p.exponents[p.s.cross()], Series: []ui.Series{line, dense}}, w, h)
}

// drawRank draws what each layer costs at the compression under the cross-hair.
func (p *mapPage) drawRank(w, h int) []string {
	k := p.s.cross()
	var order []int
	for i := range p.names {
		if k < len(p.exponents) && !math.IsNaN(p.lost(i, k)) {
			order = append(order, i)
		}
	}
	if len(order) == 0 {
		return p.s.pending("no layer is there yet", "no layer was tested")
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch la, lb := p.lost(a, k), p.lost(b, k); {
		case la > lb:
			return -1
		case la < lb:
			return 1
		}
		return 0
	})
	bars := ui.Bars{Cursor: slices.Index(order, p.selected())}
	for _, i := range order {
		bars.Rows = append(bars.Rows, ui.Bar{Label: p.names[i], Value: max(p.lost(i, k), 0), Text: points(-p.lost(i, k))})
	}
	lines := bars.Lines(p.s.c, w)
	return lines[max(min(bars.Cursor-h/2, len(lines)-h), 0):]
}

func (p *mapPage) columns() []ui.Column {
	return []ui.Column{ui.TextColumn("layer", 10, 24, 1, 9), ui.NumberColumn("weights kept", 12, 6), ui.NumberColumn("accuracy %", 10, 9), ui.NumberColumn("to dense", 9, 8), ui.NumberColumn("loss", 8, 5), ui.NumberColumn("worst %", 8, 4)}
}

func (p *mapPage) rows() ui.List {
	return ui.List{Count: len(p.names), Name: func(i int) string { return p.names[i] }, Draw: func(i int) []ui.Cell {
		out := []ui.Cell{{Text: p.names[i]}, {Text: "-"}, {Text: "-"}, {Text: "-"}, {Text: "-"}, {Text: "-"}}
		k := p.s.cross()
		if k >= len(p.exponents) || p.dense == nil {
			return out
		}
		if d, ok := p.at[p.names[i]][p.exponents[k]]; ok {
			out[1], out[2], out[3], out[4] = ui.Cell{Text: group(d.Kept)}, ui.Cell{Text: fmt.Sprintf("%.2f", 100*d.Accuracy)}, ui.Cell{Text: points(d.Accuracy - p.dense.Accuracy)}, ui.Cell{Text: fmt.Sprintf("%.4f", d.Loss)}
		}
		worst := math.Inf(1)
		for _, d := range p.at[p.names[i]] {
			worst = min(worst, d.Accuracy)
		}
		if !math.IsInf(worst, 1) {
			out[5] = ui.Cell{Text: fmt.Sprintf("%.2f", 100*worst)}
		}
		return out
	}}
}
