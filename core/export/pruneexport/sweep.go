package pruneexport

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/export"
	"assay/core/plot"
	"assay/core/prune"
)

// sweepOf returns the cells of a sweep in the order of its methods, with curve and
// differences.
func sweepOf(d *export.Document) (prune.SweepDoc, []string, error) {
	var out prune.SweepDoc
	cells, _, err := export.Decode[prune.CellDoc](d, prune.RecordCell)
	if err != nil {
		return out, nil, err
	}
	var given struct {
		Methods string `json:"methods"`
	}
	if err := json.Unmarshal(d.Run.Params, &given); err != nil {
		return out, nil, fmt.Errorf("parameters: %w", err)
	}
	var methods []string
	for m := range strings.SplitSeq(given.Methods, ",") {
		if m = strings.TrimSpace(m); m != "" && !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	for _, c := range cells {
		if !slices.Contains(methods, c.Method) {
			methods = append(methods, c.Method)
		}
	}
	slices.SortStableFunc(cells, func(a, b prune.CellDoc) int {
		return cmp.Or(slices.Index(methods, a.Method)-slices.Index(methods, b.Method), cmp.Compare(a.Exponent, b.Exponent), a.Seed-b.Seed)
	})
	out.Cells = cells
	out.Summarise(methods)
	return out, methods, nil
}

// exponents lists those of the cells, ascending.
func exponents(d prune.SweepDoc) []float64 {
	var out []float64
	for _, c := range d.Cells {
		out = append(out, c.Exponent)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// usual is the compression that a summary speaks of where it was swept: one weight
// in a hundred.
const usual = 2.

func nearest(list []float64, x float64) float64 {
	best := list[0]
	for _, e := range list {
		if math.Abs(e-x) < math.Abs(best-x) {
			best = e
		}
	}
	return best
}

func tellSweep(d *export.Document) (export.Story, error) {
	var s export.Story
	doc, methods, err := sweepOf(d)
	if err != nil || len(doc.Cells) == 0 {
		return s, err
	}
	at := nearest(exponents(doc), usual)
	s.Summary = sweepSummary(doc, at)
	s.Sections = []export.Section{
		{Title: "Curves", Blocks: []export.Block{export.Picture{File: "accuracy", Scene: curve(doc, methods, false)}, curveTable(doc, methods), export.Picture{File: "macs", Scene: curve(doc, methods, true)}}},
	}
	if len(doc.Paired) > 0 {
		s.Sections = append(s.Sections, pairedTable(doc))
	}
	s.Sections = append(s.Sections, keptTable(doc, methods, at), cellTable(doc))
	return s, nil
}

// pointsAt returns the filled points of an exponent, the best first.
func pointsAt(d prune.SweepDoc, x float64) []prune.PointDoc {
	var out []prune.PointDoc
	for _, p := range d.Curve {
		if p.Exponent == x && p.Mean != nil {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b prune.PointDoc) int { return cmp.Compare(*b.Mean, *a.Mean) })
	return out
}

func sweepSummary(d prune.SweepDoc, at float64) []string {
	var out []string
	if list := pointsAt(d, at); len(list) > 0 {
		text := fmt.Sprintf("At a compression of %s, %s is the most accurate on average: %s%s", compression(at), list[0].Method, percent(*list[0].Mean), interval(list[0]))
		if n := len(list); n > 1 {
			text += fmt.Sprintf("; the least is %s with %s%s", list[n-1].Method, percent(*list[n-1].Mean), interval(list[n-1]))
		}
		out = append(out, text+".")
	}
	with, real := 0, []string{}
	for _, p := range d.Paired {
		if p.CI95 == nil || p.Exponent != at {
			continue
		}
		with++
		if p.Better != "" {
			other := p.A
			if p.Better == p.A {
				other = p.B
			}
			real = append(real, p.Better+" above "+other)
		}
	}
	switch {
	case with > 0 && len(real) > 0:
		out = append(out, fmt.Sprintf("On the same seeds these differences are real there, their 95 %% intervals leave 0 out: %s.", enumerate(real)))
	case with > 0:
		out = append(out, "On the same seeds no difference of two methods is real there: every 95 % interval holds 0.")
	}
	empty := 0
	for _, c := range d.Cells {
		if c.Accuracy == nil {
			empty++
		}
	}
	text := fmt.Sprintf("%s were tried", plural(len(d.Cells), "cell"))
	if empty > 0 {
		text += fmt.Sprintf(", %d of them without an accuracy; the last table says why", empty)
	}
	return append(out, text+".")
}

func interval(p prune.PointDoc) string {
	if p.CI95 == nil {
		return fmt.Sprintf(" (%s)", plural(p.N, "seed"))
	}
	return fmt.Sprintf(" (95 %% interval %s to %s, %s)", points(p.CI95[0]), percent(p.CI95[1]), plural(p.N, "seed"))
}

// curve draws accuracy against compression, or against the multiply-adds left.
func curve(d prune.SweepDoc, methods []string, byMACs bool) plot.LineChart {
	ch := plot.LineChart{Title: "Accuracy against compression", X: plot.Axis{Name: "compression", Log: true}, Y: plot.Axis{Name: "accuracy on the test images, %", Lo: 0, Hi: 100}}
	if byMACs {
		ch.Title, ch.X = "Accuracy against multiply-adds", plot.Axis{Name: "multiply-adds of an input, theoretical", Log: true}
	}
	intervals := false
	for i, m := range methods {
		type point struct{ x, y, lo, hi float64 }
		var list []point
		for _, p := range d.Curve {
			if p.Method != m || p.Mean == nil {
				continue
			}
			q := point{math.Pow(10, p.Exponent), 100 * *p.Mean, 100 * *p.Mean, 100 * *p.Mean}
			if byMACs {
				if q.x = meanMACs(d, m, p.Exponent); q.x <= 0 {
					continue
				}
			}
			if p.CI95 != nil {
				q.lo, q.hi, intervals = 100*p.CI95[0], 100*p.CI95[1], true
			}
			list = append(list, q)
		}
		slices.SortStableFunc(list, func(a, b point) int { return cmp.Compare(a.x, b.x) })
		l := plot.Line{Name: m, Hue: i}
		for _, p := range list {
			l.X, l.Y, l.Lo, l.Hi = append(l.X, p.x), append(l.Y, p.y), append(l.Lo, p.lo), append(l.Hi, p.hi)
		}
		ch.Lines = append(ch.Lines, l)
	}
	ch.Note = "Means over the seeds."
	if intervals {
		ch.Note = "Means over the seeds; bars: 95 % interval by Student's t, cut at 0 and 100."
	}
	return ch
}

func meanMACs(d prune.SweepDoc, method string, x float64) float64 {
	sum, n := 0., 0.
	for _, c := range d.Cells {
		if c.Method == method && c.Exponent == x && c.Accuracy != nil {
			sum, n = sum+float64(c.MACs), n+1
		}
	}
	return sum / max(n, 1)
}

func curveTable(d prune.SweepDoc, methods []string) export.Table {
	list := exponents(d)
	t := export.Table{Columns: []export.Column{left("accuracy, %")}}
	for _, x := range list {
		t.Columns = append(t.Columns, right(compression(x)))
	}
	for _, m := range methods {
		row := []string{m}
		for _, x := range list {
			text := "-"
			for _, p := range d.Curve {
				if p.Method == m && p.Exponent == x && p.Mean != nil {
					text = points(*p.Mean)
					if p.CI95 != nil {
						text += fmt.Sprintf(" [%s, %s]", points(p.CI95[0]), points(p.CI95[1]))
					}
				}
			}
			row = append(row, text)
		}
		t.Rows = append(t.Rows, plain(row...))
	}
	return t
}

func pairedTable(d prune.SweepDoc) export.Section {
	t := export.Table{Columns: []export.Column{left("a"), left("b"), right("compression"), right("a minus b, points"), right("95 %"), right("seeds"), left("")}}
	for _, p := range d.Paired {
		interval, word := "-", ""
		if p.CI95 != nil {
			interval = signed(p.CI95[0]) + " to " + signed(p.CI95[1])
		}
		if p.Better != "" {
			word = "real"
		}
		t.Rows = append(t.Rows, plain(p.A, p.B, compression(p.Exponent), signed(p.MeanDifference), interval, whole(p.N), word))
	}
	return export.Section{Title: "Differences on the same seeds", Blocks: []export.Block{t,
		export.Text("A difference is real where its interval leaves 0 out. Nothing corrects for the number of comparisons: of twenty without any effect one is called real by chance.")}}
}

// keptTable is the share of weights that each layer keeps, means over the seeds.
func keptTable(d prune.SweepDoc, methods []string, at float64) export.Section {
	t := export.Table{Columns: []export.Column{left("layer"), right("weights")}}
	sums := map[string]map[string]float64{} // layer, method
	counts := map[string]float64{}
	var layers []prune.KeptDoc
	for _, c := range d.Cells {
		if c.Exponent != at || len(c.Layers) == 0 {
			continue
		}
		layers = c.Layers
		counts[c.Method]++
		for _, l := range c.Layers {
			if sums[l.Name] == nil {
				sums[l.Name] = map[string]float64{}
			}
			sums[l.Name][c.Method] += float64(l.Kept) / float64(max(l.Of, 1))
		}
	}
	var shown []string
	for _, m := range methods {
		if counts[m] > 0 {
			shown = append(shown, m)
			t.Columns = append(t.Columns, right(m+", %"))
		}
	}
	for _, l := range layers {
		row := []string{trim(l.Name), group(l.Of)}
		for _, m := range shown {
			row = append(row, fmt.Sprintf("%.3f", 100*sums[l.Name][m]/counts[m]))
		}
		t.Rows = append(t.Rows, plain(row...))
	}
	return export.Section{Title: "What each layer keeps at " + compression(at), Blocks: []export.Block{t}}
}

func cellTable(d prune.SweepDoc) export.Section {
	t := export.Table{Columns: []export.Column{left("method"), right("compression"), right("seed"), right("accuracy, %"), right("kept"), right("sparsity, %"), right("effective, %"), right("multiply-adds"), left("")}}
	for _, c := range d.Cells {
		accuracy, note := "-", c.Reason
		if c.Accuracy != nil {
			accuracy = points(*c.Accuracy)
		}
		if note == "" && len(c.Collapsed) > 0 {
			note = enumerate(c.Collapsed) + " kept nothing"
		}
		t.Rows = append(t.Rows, plain(c.Method, compression(c.Exponent), whole(c.Seed), accuracy, group(c.Kept), points(c.Sparsity), points(c.EffectiveSparsity), group(int(c.MACs)), note))
	}
	return export.Section{Title: "All cells", Blocks: []export.Block{t,
		export.Text("Effective sparsity counts weights on no path from input to logits as removed. Multiply-adds are those of each layer times its density.")}}
}
