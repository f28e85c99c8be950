package pruneexport

import (
	"fmt"
	"math"
	"slices"

	"assay/core/export"
	"assay/core/plot"
	"assay/core/prune"
)

// before returns how many weights of a layer the checkpoint had.
func before(m *prune.MaskDoc, i int) int {
	if m.Dense != nil && i < len(m.Dense.Layers) {
		return m.Dense.Layers[i].Kept
	}
	return m.Layers[i].Of
}

func tellTrial(d *export.Document) (export.Story, error) {
	var s export.Story
	m, err := last[prune.MaskDoc](d, prune.RecordMask, "")
	if err != nil || m == nil {
		return s, err
	}
	tests := map[string]*prune.TestDoc{}
	for _, key := range []string{"before", "after", "trained"} {
		if tests[key], err = last[prune.TestDoc](d, prune.RecordTested, key); err != nil {
			return s, err
		}
	}
	text := fmt.Sprintf("%s at a compression of %s keeps %s of %s weights, a sparsity of %s and %s by weights on a path that lives", m.Method, compression(m.Exponent),
		group(m.Kept), group(total(m.Layers)), percent(m.Sparsity), percent(m.EffectiveSparsity))
	if len(m.Collapsed) > 0 {
		text += "; no signal passes, since " + enumerate(m.Collapsed) + " keeps nothing"
	}
	s.Summary = append(s.Summary, text+".")
	if b, a := tests["before"], tests["after"]; b != nil && a != nil {
		text = fmt.Sprintf("On %s test images the accuracy goes from %s to %s", group(b.Images), percent(b.Accuracy), percent(a.Accuracy))
		if t := tests["trained"]; t != nil {
			text += fmt.Sprintf(", and to %s after training under the mask", percent(t.Accuracy))
		}
		s.Summary = append(s.Summary, text+".")
	}
	figures := export.Table{Columns: []export.Column{left("network"), right("accuracy, %"), right("loss")}}
	for _, key := range []string{"before", "after", "trained"} {
		if t := tests[key]; t != nil {
			figures.Rows = append(figures.Rows, plain(key, points(t.Accuracy), fmt.Sprintf("%.4f", t.Loss)))
		}
	}
	layers := export.Table{Columns: []export.Column{left("layer"), right("weights"), right("before"), right("kept"), right("kept, %"), right("on a live path")}}
	ch := plot.BarChart{Title: "Weights that each layer keeps", Axis: plot.Axis{Name: "share of its weights, %", Lo: 0, Hi: 100}}
	for i, l := range m.Layers {
		share := 100 * float64(l.Kept) / float64(max(l.Of, 1))
		layers.Rows = append(layers.Rows, plain(trim(l.Name), group(l.Of), group(before(m, i)), group(l.Kept), fmt.Sprintf("%.3f", share), group(l.Live)))
		ch.Bars = append(ch.Bars, plot.Bar{Label: trim(l.Name), Value: share, Text: group(l.Kept)})
	}
	s.Sections = []export.Section{
		{Title: "Before and after", Blocks: []export.Block{figures}},
		{Title: "Layers", Blocks: []export.Block{export.Picture{File: "layers", Scene: ch}, layers}},
	}
	epochs, err := epochsOf(d)
	if len(epochs) > 0 {
		s.Sections = append(s.Sections, export.Section{Title: "Training under the mask", Blocks: []export.Block{export.Picture{File: "training", Scene: training(epochs)}}})
	}
	return s, err
}

func total(layers []prune.KeptDoc) int {
	n := 0
	for _, l := range layers {
		n += l.Of
	}
	return n
}

func tellMap(d *export.Document) (export.Story, error) {
	var s export.Story
	list, _, err := export.Decode[prune.LayerDoc](d, prune.RecordLayer)
	if err != nil || len(list) == 0 {
		return s, err
	}
	dense, err := last[prune.TestDoc](d, prune.RecordTested, "before")
	if err != nil {
		return s, err
	}
	var layers []string
	var columns []float64
	worst := list[0]
	for _, l := range list {
		if !slices.Contains(layers, l.Name) {
			layers = append(layers, l.Name)
		}
		columns = append(columns, l.Exponent)
		if l.Accuracy < worst.Accuracy {
			worst = l
		}
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	text := fmt.Sprintf("With one layer pruned by magnitude and all others whole, %s at %s costs the most: %s are left", worst.Name, compression(worst.Exponent), percent(worst.Accuracy))
	if dense != nil {
		text += fmt.Sprintf(" of %s on %s test images", percent(dense.Accuracy), group(dense.Images))
	}
	s.Summary = []string{text + "."}
	ch := plot.CellChart{Title: "Accuracy with one layer pruned, %", Note: "Rows: the layer that is pruned. Columns: its compression.", Rows: layers, Lo: 0, Hi: 100}
	t := export.Table{Columns: []export.Column{left("accuracy, %")}}
	for _, x := range columns {
		ch.Cols = append(ch.Cols, compression(x))
		t.Columns = append(t.Columns, right(compression(x)))
	}
	for _, name := range layers {
		row := []string{name}
		for _, x := range columns {
			v := math.NaN()
			for _, l := range list {
				if l.Name == name && l.Exponent == x {
					v = 100 * l.Accuracy
				}
			}
			cell := ""
			if !math.IsNaN(v) {
				cell = fmt.Sprintf("%.1f", v)
			}
			ch.Values, ch.Texts, row = append(ch.Values, v), append(ch.Texts, cell), append(row, cell)
		}
		t.Rows = append(t.Rows, plain(row...))
	}
	s.Sections = []export.Section{{Title: "Layers by compressions", Blocks: []export.Block{export.Picture{File: "sensitivity", Scene: ch}, t}}}
	return s, nil
}
