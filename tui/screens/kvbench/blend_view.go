package kvbench

import (
	"slices"

	"assay/tui/ui"
)

// draw builds the panes that have room, the focused one among them.
func (p *blendPage) draw(w, h int) []string {
	c, focus := p.s.c, p.s.look.Pane
	if p.bare(w, h) {
		return p.drawBare(w, h)
	}
	placed := p.place(w, h, focus)
	cellShown := slices.ContainsFunc(placed, func(q ui.Placed) bool { return q.ID == paneCell })
	panes := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := c.Inner(q.W, q.H)
		panes[i] = ui.Pane{Rect: q.Rect, Title: p.title(q.ID), Focused: q.ID == focus, Body: p.body(q.ID, iw, ih, cellShown)}
	}
	return p.s.framed(w, h, placed, panes)
}

// bare reports whether there is room for one pane without a frame only.
func (p *blendPage) bare(w, h int) bool { return w < 60 || h < 12 }

// drawBare draws the focused pane and, below a map, the cell under the cursor.
func (p *blendPage) drawBare(w, h int) []string {
	focus := p.s.look.Pane
	var lines []string
	if h >= 7 {
		lines = append(lines, p.s.c.Theme.Paint("title", ui.Cut(" >"+p.title(focus), w)))
	}
	foot := 0
	if focus == paneMap && h >= 4 {
		foot = 1
	}
	lines = append(lines, ui.Block(p.body(focus, w, h-len(lines)-foot, true), w, h-len(lines)-foot)...)
	if foot > 0 {
		lines = append(lines, p.cellLine(w))
	}
	return lines
}

// place lays the panes out. One that has no room but the focus takes the place
// of its neighbour, so that every pane can be reached at every size.
func (p *blendPage) place(w, h int, focus string) []ui.Placed {
	c := p.s.c
	if p.zoomed {
		return []ui.Placed{{ID: focus, Rect: ui.Rect{W: w, H: h}}}
	}
	tree := p.tree(w, h, nil)
	placed := c.Place("kv", w, h, tree)
	if slices.ContainsFunc(placed, func(q ui.Placed) bool { return q.ID == focus }) {
		return placed
	}
	for _, neighbour := range neighbours(focus) {
		for i := range placed {
			if placed[i].ID == neighbour {
				return c.Place("kv", w, h, p.tree(w, h, map[string]string{neighbour: focus}))
			}
		}
	}
	return []ui.Placed{{ID: focus, Rect: ui.Rect{W: w, H: h}}}
}

// neighbours lists the panes whose place a pane takes where it has none of its own.
func neighbours(pane string) []string {
	switch pane {
	case paneText, panePipeline, paneSegments:
		return []string{paneTTFT, paneLayers}
	case paneTTFT, paneChart:
		return []string{paneLayers}
	}
	return []string{paneLayers, paneTTFT}
}

// tree is the layout for a size; instead puts one pane in the place of another.
func (p *blendPage) tree(w, h int, instead map[string]string) ui.Area {
	layers := max(p.run.Layers(), 1)
	pane := func(id string, least, ideal, weight, priority int) ui.Area {
		if other, ok := instead[id]; ok {
			id = other
			if w < 100 { // a stand-in at small sizes gets half of the body
				ideal = max(ideal, h/2)
			}
		}
		return ui.Area{ID: id, Min: least, Ideal: ideal, Weight: weight, Priority: priority}
	}
	column := func(least, ideal, weight, priority int, areas ...ui.Area) ui.Area {
		return ui.Area{Min: least, Ideal: ideal, Weight: weight, Priority: priority, Areas: areas}
	}
	across := func(least, ideal, weight, priority int, areas ...ui.Area) ui.Area {
		return ui.Area{Across: true, Min: least, Ideal: ideal, Weight: weight, Priority: priority, Areas: areas}
	}
	switch {
	case w < 100 || h < 18:
		// The map gets a line for each layer before the table gets more than three rows.
		rows := layers + 3
		if p.view.each() {
			rows++
		}
		return column(0, 0, 0, 0, pane(paneMap, max(min(rows, h-6), 6), rows, 1, 9), pane(paneLayers, 4, layers+3, 1, 5))
	case w < 160 || h < 40:
		top := across(10, min(layers, 12)+6, 3, 9, pane(paneMap, 40, 80, 3, 9), pane(paneCell, 34, 44, 1, 5))
		middle := across(9, 13, 2, 4, pane(paneChart, 30, 50, 1, 5), pane(paneTTFT, 30, 50, 1, 6))
		return column(0, 0, 0, 0, top, middle, pane(paneLayers, 5, layers+3, 0, 6))
	}
	right := across(0, 0, 3, 9,
		pane(paneMap, 60, 96, 3, 9),
		column(44, 58, 1, 5, pane(paneCell, 17, 18, 0, 5), pane(paneChart, 8, 12, 1, 4)))
	right.Min, right.Ideal = 20, min(max(2*layers, 16), 32)+6
	bottom := across(9, 14, 2, 5, pane(paneTTFT, 40, 50, 1, 6), pane(panePipeline, 30, 50, 1, 4), pane(paneText, 40, 58, 1, 5))
	body := column(110, 150, 3, 9, right, pane(paneLayers, 5, layers+3, 0, 6), bottom)
	return across(0, 0, 0, 0, pane(paneSegments, 36, 48, 0, 4), body)
}

func (p *blendPage) title(pane string) string {
	switch pane {
	case paneMap:
		return p.mapTitle()
	case paneLayers:
		if p.s.c.Framed() {
			return "layers of " + p.mode
		}
		if p.mode == "" {
			return "cell and layers"
		}
		return "cell and layers of " + p.mode
	case paneChart:
		_, relative, _ := p.matrix()
		l := p.s.look
		l.Absolute = !relative
		return l.word() + " by layer"
	case paneTTFT:
		return "time to first token, ms"
	case paneText:
		return "answer by mode"
	case panePipeline:
		return "load under compute, predicted"
	case paneSegments:
		return "segments and run"
	}
	return "cell and scale"
}

// body draws the inside of a pane.
func (p *blendPage) body(pane string, w, h int, cellShown bool) []string {
	if w < 1 || h < 1 {
		return nil
	}
	focused := pane == p.s.look.Pane
	switch pane {
	case paneMap:
		return p.drawMap(w, h, !cellShown)
	case paneLayers:
		if p.s.c.Framed() || h < 3 {
			return p.drawLayers(w, h, focused)
		}
		return append([]string{p.cellLine(w)}, p.drawLayers(w, h-1, focused)...)
	case paneChart:
		return p.drawChart(w, h)
	case paneTTFT:
		return p.drawTTFT(w, h)
	case paneText:
		return p.drawText(w, h)
	case panePipeline:
		return p.drawPipeline(w, h)
	case paneSegments:
		return p.drawSegments(w, h)
	}
	return p.drawCell(w, h)
}
