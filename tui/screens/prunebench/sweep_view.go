package prunebench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/prune"
	"assay/tui/ui"
)

// axis is what the curve is drawn against.
type axis uint8

const (
	byCompression axis = iota // 10^x, logarithmic
	byMACs                    // multiply-adds left, per cent
	byEffective               // compression by weights that live
	axes
)

// String names the axis.
func (a axis) String() string {
	return [...]string{"compression 10^x", "MACs left, %", "effective compression 10^x"}[a]
}

// other is the axis of the second chart: what weights are left is one thing, what they
// cost another.
func (a axis) other() axis {
	if a == byMACs {
		return byCompression
	}
	return byMACs
}

// sweepPage shows a sweep, and the curves of those beside it.
type sweepPage struct {
	s     *Screen
	sweep sweep
}

func (p *sweepPage) got(n news) { p.sweep.got(n) }

// all lists the sweeps in the chart, its own first.
func (p *sweepPage) all() []*sweep {
	out := []*sweep{&p.sweep}
	for _, b := range p.s.others {
		if b.sweep.known() {
			out = append(out, &b.sweep)
		}
	}
	return out
}

// lead is the letter of a sweep in front of its methods, empty where there is one.
func (p *sweepPage) lead(i int) string {
	if len(p.all()) == 1 {
		return ""
	}
	return string(rune('A'+i)) + " "
}

// exponents lists the places of the cross-hair, ascending.
func (p *sweepPage) exponents() []float64 {
	var out []float64
	for _, d := range p.all() {
		out = append(out, d.exponents...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *sweepPage) places() int { return len(p.exponents()) }

// exponent returns the exponent under the cross-hair.
func (p *sweepPage) exponent() (float64, bool) {
	list := p.exponents()
	if len(list) == 0 {
		return 0, false
	}
	return list[p.s.cross()], true
}

// selected returns the trial under the cursor of the list and its sweep.
func (p *sweepPage) selected() (prune.CellDoc, *sweep, bool) {
	_, i, ok := p.s.table.Cursor()
	if !ok {
		return prune.CellDoc{}, nil, false
	}
	for _, d := range p.all() {
		if i < len(d.cells) {
			return d.cells[i], d, true
		}
		i -= len(d.cells)
	}
	return prune.CellDoc{}, nil, false
}

func (p *sweepPage) panes() []string {
	return []string{paneCurve, paneLayers, paneList, paneTrain, panePaired, paneCost}
}

func (p *sweepPage) tree(h int) ui.Area {
	beside := []ui.Area{{ID: paneLayers, Min: 36, Ideal: 42, Weight: 1, Priority: 5}, {ID: panePaired, Min: 44, Ideal: 50, Priority: 2}}
	if h >= 50 { // a second chart below them
		beside = []ui.Area{{Min: 36, Ideal: 92, Weight: 1, Priority: 5, Areas: []ui.Area{
			{Across: true, Min: 12, Ideal: 18, Weight: 1, Priority: 5, Areas: beside}, {ID: paneCost, Min: 12, Ideal: 16, Weight: 1, Priority: 3},
		}}}
	}
	return ui.Area{Areas: []ui.Area{
		{Across: true, Min: 10, Ideal: h * 3 / 5, Weight: 1, Priority: 8, Areas: append([]ui.Area{{ID: paneCurve, Min: 50, Ideal: 76, Weight: 2, Priority: 9}}, beside...)},
		{Across: true, Min: 7, Ideal: 12, Weight: 1, Priority: 9, Areas: []ui.Area{
			{ID: paneList, Min: 58, Ideal: 76, Weight: 2, Priority: 9}, {ID: paneTrain, Min: 36, Ideal: 42, Weight: 1, Priority: 4},
		}},
	}}
}

func (p *sweepPage) line() string {
	if all := p.all(); len(all) > 1 {
		var words []string
		for i, d := range all {
			word := p.lead(i) + d.run.Name
			if d.net != nil {
				word += " " + ui.Plain(d.net.Net) + " / " + ui.Plain(d.net.Data)
			}
			words = append(words, word)
		}
		return strings.Join(words, "   ") + "   x: " + p.s.view.Axis.String()
	}
	d := &p.sweep
	line := nets(d.net) + fmt.Sprintf("%d methods x %d targets   %d trials", len(d.methods), len(d.exponents), len(d.cells))
	if n := d.empty(); n > 0 {
		line += fmt.Sprintf(", %d empty", n)
	}
	return line + "   x: " + p.s.view.Axis.String()
}

func (p *sweepPage) help() string {
	return "Accuracy on the test set against compression, a line for each method, means over the seeds that are there, with 95 % intervals (b); left and right move the cross-hair, whose values stand below; where there is room a second chart sets it against the multiply-adds that are left. Beside it the share of weights that each layer of the selected trial keeps, and below every trial with what it has left, the weights on no live path among it. n, enter starts one more trial at the cross-hair, o one on a file of weights; its point joins the chart. Several sweeps that are compared share one chart."
}

func (p *sweepPage) draw(pane string, w, h int) (string, []string) {
	switch pane {
	case paneCurve:
		return "accuracy against " + p.s.view.Axis.String(), p.drawCurve(w, h)
	case paneCost:
		return "accuracy against " + p.s.view.Axis.other().String(), p.curves(paneCost, p.s.view.Axis.other(), math.NaN(), w, h)
	case paneLayers:
		return p.drawLayers(w, h)
	case paneTrain:
		return p.drawTraining(w, h)
	case panePaired:
		return "differences on the same seeds", p.drawPaired(w, h)
	}
	return "trials " + strconv.Itoa(p.rows().Count), nil
}

func (p *sweepPage) drawCurve(w, h int) []string {
	at, ok := p.exponent()
	if !ok {
		return p.s.pending("no trial yet: each appears here as soon as it is trained", "no trial was filled")
	}
	cross := math.NaN()
	if p.s.view.Axis == byCompression {
		cross = at
	}
	foot := p.readout(at, w, max(h/4, 1))
	return append(p.curves(paneCurve, p.s.view.Axis, cross, w, h-len(foot)), foot...)
}

// curves draws the accuracy of the methods over an axis in a pane, with a cross-hair at a place
// on it; NaN draws none.
func (p *sweepPage) curves(pane string, a axis, cross float64, w, h int) []string {
	ch := ui.Chart{XName: a.String(), Cross: cross}
	for i, d := range p.all() {
		for _, m := range d.methods {
			line := d.line(m, a, p.s.view.Band)
			line.Name, line.Hidden = p.lead(i)+m, p.s.view.Hidden[m]
			ch.Series = append(ch.Series, line)
		}
	}
	if !slices.ContainsFunc(ch.Series, func(s ui.Series) bool { return len(s.X) > 0 }) {
		return []string{" no trial has an accuracy: the list says why"}
	}
	return p.s.chart(pane, ch, w, h)
}

// readout lists the methods at the cross-hair, the best first.
func (p *sweepPage) readout(at float64, w, most int) []string {
	type entry struct {
		name string
		prune.PointDoc
	}
	var list []entry
	for i, d := range p.all() {
		for _, m := range d.methods {
			if x, ok := d.point(m, at); ok && x.Mean != nil && !p.s.view.Hidden[m] {
				list = append(list, entry{p.lead(i) + m, x})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return int(math.Copysign(1, *b.Mean-*a.Mean)) })
	var words []string
	for _, x := range list {
		word := fmt.Sprintf("%s %.1f", x.name, 100**x.Mean)
		switch {
		case p.s.view.Band && x.CI95 != nil:
			word += fmt.Sprintf(" [%.1f,%.1f]", 100*x.CI95[0], 100*x.CI95[1])
		case x.N == 1:
			word += " n=1"
		}
		words = append(words, word)
	}
	lines := ui.Wrap(fmt.Sprintf(" at 10^%g (%.3gx): ", at, math.Pow(10, at))+strings.Join(words, "  "), max(w-1, 1))
	for i := range lines {
		if i > 0 {
			lines[i] = " " + lines[i]
		}
	}
	return lines[:min(most, len(lines))]
}

func (p *sweepPage) drawLayers(w, h int) (string, []string) {
	c, d, ok := p.selected()
	if !ok {
		return "kept by layer", []string{" no trial is selected"}
	}
	lines := keptBars(p.s.c, w, c.Layers)
	foot := []string{
		fmt.Sprintf(" kept %s of %s  sparsity %s", group(c.Kept), group(total(c.Layers)), percent(c.Sparsity, 2)),
		fmt.Sprintf(" effective %s  MACs %s", percent(c.EffectiveSparsity, 2), percent(d.macs(c), 1)),
	}
	foot = append(foot, broken(p.s.c, c.Collapsed, c.Bypassed)...)
	if room := h - len(foot); len(lines) > room && room > 1 {
		more := len(lines) - room + 1
		lines = append(lines[:room-1], fmt.Sprintf("  and %d layers more", more))
	}
	return fmt.Sprintf("kept by layer  %s 10^%g seed %d", c.Method, c.Exponent, c.Seed), append(lines, foot...)
}

// keptBars draws the share of weights that each layer keeps.
func keptBars(c *ui.Context, w int, layers []prune.KeptDoc) []string {
	bars := ui.Bars{Max: 1, Cursor: -1}
	for _, l := range layers {
		bars.Rows = append(bars.Rows, keptBar(trim(l.Name), l))
	}
	return bars.Lines(c, w)
}

func keptBar(label string, l prune.KeptDoc) ui.Bar {
	share := float64(l.Kept) / float64(max(l.Of, 1))
	b := ui.Bar{Label: label, Value: share, Text: fmt.Sprintf("%.4f", share)}
	switch {
	case l.Kept == 0:
		b.Role, b.Text = "error", "empty"
	case l.Live == 0:
		b.Role, b.Text = "warn", "no path"
	}
	return b
}

// broken says which layers let nothing through.
func broken(c *ui.Context, collapsed, bypassed []string) []string {
	switch {
	case len(collapsed) > 0:
		return []string{c.Theme.Paint("error", " collapsed: "+strings.Join(collapsed, ", "))}
	case len(bypassed) > 0:
		return []string{c.Theme.Paint("warn", " bypassed: "+strings.Join(bypassed, ", "))}
	}
	return nil
}

func total(layers []prune.KeptDoc) int {
	n := 0
	for _, l := range layers {
		n += l.Of
	}
	return n
}

func (p *sweepPage) drawTraining(w, h int) (string, []string) {
	c, d, ok := p.selected()
	if !ok {
		return "training", []string{" no trial is selected"}
	}
	list := d.epochs[c.Key()]
	var lines []string
	if len(list) > 1 && h >= 11 {
		loss, hits := ui.Series{Name: "loss"}, ui.Series{Name: "train"}
		for _, e := range list {
			loss.X, loss.Y = append(loss.X, float64(e.Epoch)), append(loss.Y, e.Loss)
			hits.X, hits.Y = append(hits.X, float64(e.Epoch)), append(hits.Y, e.Accuracy)
		}
		lines = ui.Chart{XName: "epoch", Cross: math.NaN(), Series: []ui.Series{loss, hits}}.Lines(p.s.c, w, h-4)
	} else {
		for _, e := range list {
			lines = append(lines, fmt.Sprintf(" epoch %d/%d  loss %.3f  train %s", e.Epoch, e.Of, e.Loss, percent(e.Accuracy, 1)))
		}
	}
	switch {
	case c.Reason != "":
		lines = append(lines, ui.Wrap(p.s.c.Theme.Paint("error", " stopped: "+c.Reason), max(w, 1))...)
	case c.Accuracy != nil && c.Loss != nil:
		lines = append(lines, fmt.Sprintf(" test %s  loss %.3f", percent(*c.Accuracy, 2), *c.Loss))
	}
	lines = append(lines, fmt.Sprintf(" scored in %.2f s, trained in %.1f s", c.ScoreMs/1000, c.TrainMs/1000), " mask "+c.MaskHash[:min(16, len(c.MaskHash))])
	return fmt.Sprintf("training  %s 10^%g seed %d", c.Method, c.Exponent, c.Seed), lines[:min(len(lines), h)]
}

func (p *sweepPage) drawPaired(w, h int) []string {
	at, ok := p.exponent()
	if !ok {
		return nil
	}
	t := ui.NewTable([]ui.Column{ui.TextColumn("a", 9, 12, 1, 9), ui.TextColumn("b", 9, 12, 1, 9), ui.NumberColumn("a - b", 7, 9), ui.NumberColumn("95 %", 15, 8), ui.TextColumn("", 6, 8, 0, 5)})
	var list []prune.PairedDoc
	for _, d := range p.sweep.doc.Paired {
		if d.Exponent == at && !p.s.view.Hidden[d.A] && !p.s.view.Hidden[d.B] {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return []string{" no two methods share a seed here"}
	}
	t.SetRows(ui.List{Count: len(list), Draw: func(i int) []ui.Cell {
		d := list[i]
		interval, word := "n="+strconv.Itoa(d.N), ""
		if d.CI95 != nil {
			interval = fmt.Sprintf("%+.1f..%+.1f", 100*d.CI95[0], 100*d.CI95[1])
		}
		if d.Better != "" {
			word = "real"
		}
		return []ui.Cell{{Text: d.A}, {Text: d.B}, {Text: fmt.Sprintf("%+.1f", 100*d.MeanDifference)}, {Text: interval}, {Text: word}}
	}})
	t.SetSize(w, h)
	return t.View(p.s.c, p.s.view.Focus == panePaired)
}

func (p *sweepPage) columns() []ui.Column {
	return []ui.Column{
		ui.TextColumn("S", 1, 1, 0, 9), ui.TextColumn("method", 10, 16, 1, 9), ui.NumberColumn("target", 6, 9), ui.NumberColumn("kept", 9, 7), ui.NumberColumn("seed", 4, 8), ui.NumberColumn("test %", 6, 9),
		ui.NumberColumn("dead %", 7, 5), ui.NumberColumn("MACs %", 6, 4), ui.NumberColumn("score s", 7, 3), ui.NumberColumn("train s", 7, 2), ui.TextColumn("", 6, 22, 2, 6),
	}
}

func (p *sweepPage) rows() ui.List {
	type entry struct {
		d    *sweep
		c    *prune.CellDoc
		lead string
	}
	var list []entry
	for i, d := range p.all() {
		for k := range d.cells {
			list = append(list, entry{d, &d.cells[k], p.lead(i)})
		}
	}
	return ui.List{Count: len(list), Name: func(i int) string { return list[i].lead + list[i].c.Key() }, Draw: func(i int) []ui.Cell {
		c := list[i].c
		mark, test, role, note := "+", "-", "", ""
		switch {
		case c.Reason != "":
			mark, role, note = "!", "error", c.Reason
		case len(c.Collapsed) > 0:
			mark, role, note = "!", "warn", "dead "+strings.Join(c.Collapsed, ", ")
		}
		if c.Accuracy != nil {
			test = fmt.Sprintf("%.2f", 100**c.Accuracy)
		}
		lost := 0.0
		if c.Kept > 0 {
			lost = 100 * (c.EffectiveSparsity - c.Sparsity) / math.Max(1-c.Sparsity, 1e-12)
		}
		return []ui.Cell{{Text: mark, Role: role}, {Text: list[i].lead + c.Method}, {Text: fmt.Sprintf("%.4gx", math.Pow(10, c.Exponent))}, {Text: group(c.Kept)}, {Text: strconv.Itoa(c.Seed)},
			{Text: test}, {Text: fmt.Sprintf("%.1f", lost)}, {Text: strings.TrimSuffix(percent(list[i].d.macs(*c), 1), "%")}, {Text: fmt.Sprintf("%.2f", c.ScoreMs/1000)}, {Text: fmt.Sprintf("%.1f", c.TrainMs/1000)}, {Text: note, Role: role}}
	}}
}
