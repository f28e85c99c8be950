package kvbench

import (
	"fmt"

	"assay/core/kv"
	"assay/core/plot"
	"assay/tui/ui"
)

// entropyCell is where the cross-hair of the map of entropies stands, and how the map
// is coloured.
type entropyCell struct {
	row, channel int
	steps        plot.StepKind
}

// entropies is the map of entropies: K of each layer, then V, by channel. Where it has
// the focus a cross-hair tells one of them exactly.
func (p *compressPage) entropies(d kv.ProfileDoc, w, h int) []string {
	m, ok := p.array(d, kv.ArrayBits)
	if !ok {
		return []string{p.s.c.Theme.Paint("muted", "profile "+d.Profile+" has no symbols to map")}
	}
	p.cell.row, p.cell.channel = min(max(p.cell.row, 0), m.Rows-1), min(max(p.cell.channel, 0), m.Cols-1)
	steps := plot.NewSteps(p.cell.steps, m.Values)
	half := ui.HeatHalves(p.s.c, m.Rows, h-1)
	rows := min(m.Rows, h-1)
	if half {
		rows = min(m.Rows, 2*(h-1))
	}
	cols := min(m.Cols, max(w-labelWidth, 1))
	g := plot.Reduce(m, 0, m.Cols, rows, cols, plot.Mean)
	heat := ui.Heat{Rows: g.Rows, Cols: g.Cols, CellWidth: max((w-labelWidth)/max(cols, 1), 1), CursorRow: -1, CursorCol: -1, Step: func(r, c int) int { return steps.Of(g.At(r, c)) }}
	if p.focus == paneBits {
		heat.CursorRow, heat.CursorCol = plot.Find(g.RowAt, p.cell.row), plot.Find(g.ColAt, p.cell.channel)
	}
	per := 1
	if half {
		per = 2
	}
	var out []string
	for i, line := range heat.Lines(p.s.c, half) {
		out = append(out, p.s.c.Theme.Paint("axis", ui.Fit(tensorName(g.RowAt[i*per], m.Rows), labelWidth))+line)
	}
	return append(out, p.entropyLine(m, steps, w))
}

// tensorName names a row of a map that has K of all layers above V.
func tensorName(row, rows int) string {
	if row >= rows/2 {
		return fmt.Sprintf("V%d", row-rows/2)
	}
	return fmt.Sprintf("K%d", row)
}

// entropyLine tells the value under the cross-hair, or the range of the map.
func (p *compressPage) entropyLine(m plot.Matrix, steps plot.Steps, w int) string {
	if p.focus == paneBits {
		text := fmt.Sprintf("%s channel %d: %.4f bits a value", tensorName(p.cell.row, m.Rows), p.cell.channel, m.At(p.cell.row, p.cell.channel))
		rest := "   " + steps.Kind.String() + " to " + plot.Number(steps.Clip)
		if steps.Clipped() {
			rest += ", clipped; most " + plot.Number(steps.Top)
		}
		return p.s.c.Theme.Paint("number", ui.Cut(text, w)) + p.s.c.Theme.Paint("muted", ui.Cut(rest, max(w-ui.Width(text), 0)))
	}
	least, most := m.Values[0], m.Values[0]
	for _, v := range m.Values {
		least, most = min(least, v), max(most, v)
	}
	return p.s.c.Theme.Paint("muted", ui.Cut(fmt.Sprintf("%d channels, %.2f to %.2f bits a value", m.Cols, least, most), w))
}

// entropyActions are those of the map alone.
func (p *compressPage) entropyActions() []ui.Action {
	on := func() (bool, string) { return p.focus == paneBits, "tab to the map of entropies first" }
	move := func(by int) func() { return func() { p.cell.channel += by } } // drawing brings it back
	return []ui.Action{
		ui.When(p.s.act("kv.left", "left", "move", 0, move(-1), "h", "left"), on),
		ui.When(p.s.act("kv.right", "right", "move", 0, move(1), "l", "right"), on),
		ui.When(p.s.act("kv.map.scale", "linear, log, quantile scale", "map", 0, func() { p.cell.steps = p.cell.steps.Next() }, "S"), on),
	}
}
