package prunebench

import (
	"fmt"
	"strconv"
	"strings"

	"assay/core/prune"
	"assay/tui/ui"
)

// trialPage shows one checkpoint before and after it was pruned.
type trialPage struct {
	s       *Screen
	net     *prune.NetDoc
	mask    *prune.MaskDoc
	before  *prune.TestDoc
	after   *prune.TestDoc
	trained *prune.TestDoc
	epochs  epochs
}

func (p *trialPage) got(n news) {
	for _, r := range n.records {
		switch r.Kind {
		case prune.RecordNet:
			if d, ok := read[prune.NetDoc](r); ok {
				p.net = &d
			}
		case prune.RecordMask:
			if d, ok := read[prune.MaskDoc](r); ok {
				p.mask = &d
			}
		case prune.RecordTested:
			d, ok := read[prune.TestDoc](r)
			into := map[string]**prune.TestDoc{"before": &p.before, "after": &p.after, "trained": &p.trained}[r.Key]
			if ok && into != nil {
				*into = &d
			}
		case prune.RecordEpoch:
			p.epochs.take(r)
		}
	}
}

func (p *trialPage) places() int { return len(p.epochs) }

func (p *trialPage) panes() []string {
	return []string{paneBefore, paneLayers, paneList, paneTrain}
}

func (p *trialPage) tree(h int) ui.Area {
	return ui.Area{Areas: []ui.Area{
		{Across: true, Min: 13, Ideal: h / 2, Weight: 1, Priority: 9, Areas: []ui.Area{
			{ID: paneBefore, Min: 62, Ideal: 64, Weight: 1, Priority: 9}, {ID: paneLayers, Min: 40, Ideal: 54, Weight: 1, Priority: 8},
		}},
		{Across: true, Min: 7, Ideal: 12, Weight: 1, Priority: 8, Areas: []ui.Area{
			{ID: paneList, Min: 62, Ideal: 64, Weight: 1, Priority: 9}, {ID: paneTrain, Min: 40, Ideal: 54, Weight: 1, Priority: 4},
		}},
	}}
}

func (p *trialPage) line() string {
	line := nets(p.net)
	if p.mask != nil {
		line += fmt.Sprintf("%s at 10^%g   ", p.mask.Method, p.mask.Exponent)
	}
	switch {
	case p.before == nil:
		return line + strings.TrimSpace(p.s.pending("testing the checkpoint", "not tested")[0])
	case p.after == nil && !p.s.run.State.Live():
		return line + "before " + percent(p.before.Accuracy, 2)
	case p.after == nil:
		return line + "before " + percent(p.before.Accuracy, 2) + ", scoring"
	case p.trained != nil:
		return line + percent(p.before.Accuracy, 2) + " before, " + percent(p.after.Accuracy, 2) + " after, " + percent(p.trained.Accuracy, 2) + " trained"
	}
	return line + percent(p.before.Accuracy, 2) + " before, " + percent(p.after.Accuracy, 2) + " after"
}

func (p *trialPage) help() string {
	return "One network before and after it was pruned: accuracy on the same test images, sparsity by count and by weights that live, multiply-adds, and the weights of each layer that are there before (zeros of the checkpoint left out) and after. n tries it otherwise, m maps which of its layers can be pruned, o takes another checkpoint."
}

func (p *trialPage) draw(pane string, w, h int) (string, []string) {
	switch pane {
	case paneBefore:
		return "before and after", p.drawFigures(w, h)
	case paneLayers:
		return "kept by layer, before and after", p.drawLayers(w, h)
	case paneTrain:
		if len(p.epochs) == 0 {
			return "training under the mask", []string{" none was asked for: --epochs N trains what is left"}
		}
		return "training under the mask", p.epochs.chart(p.s, w, h)
	}
	return "layers", nil
}

// figure is a line of the comparison: its value before, after and after training,
// and what came of it.
type figure struct{ name, before, after, trained, change string }

// drawFigures draws accuracies as bars, and the figures of both networks below them.
func (p *trialPage) drawFigures(w, h int) []string {
	if p.before == nil {
		return p.s.pending("the checkpoint is being tested", "the checkpoint was not tested")
	}
	bars := ui.Bars{Max: 1, Cursor: -1}
	for _, x := range []struct {
		name string
		t    *prune.TestDoc
	}{{"before", p.before}, {"after", p.after}, {"trained", p.trained}} {
		if x.t != nil {
			bars.Rows = append(bars.Rows, ui.Bar{Label: x.name, Value: x.t.Accuracy, Text: percent(x.t.Accuracy, 2)})
		}
	}
	lines := append([]string{p.s.c.Theme.Paint("muted", fmt.Sprintf(" accuracy on %s test images", group(p.before.Images)))}, bars.Lines(p.s.c, w)...)
	if p.mask == nil {
		return append(append(lines, ""), p.s.pending("scoring the weights: what is left follows", "the weights were not scored")...)
	}
	wide := min((w-20)/4, 14)
	lines = append(lines, "")
	for i, f := range append([]figure{{"", "before", "after", "trained", "change"}}, p.figures()...) {
		line := " " + p.s.c.Theme.Paint("muted", ui.Fit(f.name, 18))
		for _, v := range []string{f.before, f.after, f.trained, f.change} {
			if v = ui.FitRight(v, wide); i == 0 {
				v = p.s.c.Theme.Paint("muted", v)
			}
			line += v
		}
		lines = append(lines, ui.Cut(line, w))
	}
	lines = append(lines, broken(p.s.c, p.mask.Collapsed, nil)...)
	return lines[:min(len(lines), h)]
}

func (p *trialPage) figures() []figure {
	test := func(t *prune.TestDoc, of func(*prune.TestDoc) string) string {
		if t == nil {
			return ""
		}
		return of(t)
	}
	accuracy := func(t *prune.TestDoc) string { return percent(t.Accuracy, 2) }
	loss := func(t *prune.TestDoc) string { return fmt.Sprintf("%.4f", t.Loss) }
	last := p.after
	if p.trained != nil {
		last = p.trained
	}
	out := []figure{
		{name: "accuracy", before: accuracy(p.before), after: test(p.after, accuracy), trained: test(p.trained, accuracy)},
		{name: "loss", before: loss(p.before), after: test(p.after, loss), trained: test(p.trained, loss)},
	}
	if last != nil {
		out[0].change = points(last.Accuracy - p.before.Accuracy)
		out[1].change = fmt.Sprintf("%+.4f", last.Loss-p.before.Loss)
	}
	m := p.mask
	d := m.Dense
	if d == nil {
		d = &prune.DenseDoc{Kept: total(m.Layers)}
	}
	out = append(out,
		figure{name: "weights", before: group(d.Kept), after: group(m.Kept), change: times(d.Kept, m.Kept)},
		figure{name: "sparsity", before: percent(d.Sparsity, 2), after: percent(m.Sparsity, 2)},
		figure{name: "effective sparsity", before: percent(d.EffectiveSparsity, 2), after: percent(m.EffectiveSparsity, 2)})
	if m.Dense != nil {
		out = append(out, figure{name: "multiply-adds", before: group(int(d.MACs)), after: group(int(m.MACsKept)), change: times(int(d.MACs), int(m.MACsKept))})
	}
	return append(out, figure{name: "score time", after: fmt.Sprintf("%.0f ms", m.ScoreMs)})
}

// times says how much smaller a count became.
func times(before, after int) string {
	if after == 0 {
		return "all"
	}
	return fmt.Sprintf("/ %.4g", float64(before)/float64(after))
}

// drawLayers draws two bars a layer: what was there before, and what is left. The
// layer under the cursor of the list is always among them.
func (p *trialPage) drawLayers(w, h int) []string {
	if p.mask == nil {
		return p.s.pending("the weights are not scored yet", "the weights were not scored")
	}
	bars := ui.Bars{Max: 1, Cursor: -1}
	for i, l := range p.mask.Layers {
		was := p.was(i)
		share := float64(was) / float64(max(l.Of, 1))
		bars.Rows = append(bars.Rows, ui.Bar{Label: trim(l.Name), Value: share, Text: group(was), Role: "muted"})
		after := keptBar("", l)
		if after.Role == "" {
			after.Text = group(l.Kept)
		}
		bars.Rows = append(bars.Rows, after)
	}
	lines := bars.Lines(p.s.c, w)
	_, at, _ := p.s.table.Cursor()
	from := max(min(2*at-h/2, len(lines)-h), 0)
	return lines[from-from%2:]
}

// was returns how many weights of a layer there were before.
func (p *trialPage) was(i int) int {
	if d := p.mask.Dense; d != nil && i < len(d.Layers) {
		return d.Layers[i].Kept
	}
	return p.mask.Layers[i].Of
}

func (p *trialPage) columns() []ui.Column {
	return []ui.Column{ui.TextColumn("layer", 10, 24, 1, 9), ui.NumberColumn("weights", 10, 6), ui.NumberColumn("before", 10, 8), ui.NumberColumn("kept", 10, 9), ui.NumberColumn("kept %", 7, 9), ui.NumberColumn("live", 10, 5)}
}

func (p *trialPage) rows() ui.List {
	if p.mask == nil {
		return ui.List{}
	}
	list := p.mask.Layers
	return ui.List{Count: len(list), Name: func(i int) string { return list[i].Name }, Draw: func(i int) []ui.Cell {
		l, role := list[i], ""
		switch {
		case l.Kept == 0:
			role = "error"
		case l.Live == 0:
			role = "warn"
		}
		return []ui.Cell{{Text: trim(l.Name)}, {Text: group(l.Of)}, {Text: group(p.was(i))}, {Text: group(l.Kept), Role: role},
			{Text: strconv.FormatFloat(100*float64(l.Kept)/float64(max(l.Of, 1)), 'f', 3, 64), Role: role}, {Text: group(l.Live), Role: role}}
	}}
}
