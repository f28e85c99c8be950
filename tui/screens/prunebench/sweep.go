package prunebench

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"assay/core/prune"
	"assay/core/run"
	"assay/tui/ui"
)

// sweep is what is known of a sweep.
type sweep struct {
	run       run.Run
	net       *prune.NetDoc
	cells     []prune.CellDoc // as they came
	epochs    map[string][]prune.CellEpochDoc
	doc       prune.SweepDoc // curve and differences of the cells
	methods   []string       // in the order of the parameters, then as they came
	exponents []float64
}

func (d *sweep) known() bool { return d.run.ID != "" }

// empty counts the trials without an accuracy.
func (d *sweep) empty() int {
	n := 0
	for _, c := range d.cells {
		if c.Accuracy == nil {
			n++
		}
	}
	return n
}

// got takes news.
func (d *sweep) got(n news) {
	d.run = n.run
	if d.epochs == nil {
		d.epochs = map[string][]prune.CellEpochDoc{}
	}
	for _, r := range n.records {
		switch r.Kind {
		case prune.RecordNet:
			if x, ok := read[prune.NetDoc](r); ok {
				d.net = &x
			}
		case prune.RecordCell:
			if c, ok := read[prune.CellDoc](r); ok {
				at := slices.IndexFunc(d.cells, func(x prune.CellDoc) bool { return x.Key() == c.Key() })
				if at < 0 {
					d.cells = append(d.cells, c)
				} else {
					d.cells[at] = c
				}
			}
		case prune.RecordCellEpoch:
			if e, ok := read[prune.CellEpochDoc](r); ok {
				list := slices.DeleteFunc(d.epochs[e.Cell], func(x prune.CellEpochDoc) bool { return x.Epoch >= e.Epoch })
				d.epochs[e.Cell] = append(list, e)
			}
		}
	}
	d.summarise()
}

func (d *sweep) summarise() {
	d.methods, d.exponents = nil, nil
	var given struct {
		Methods string `json:"methods"`
	}
	if json.Unmarshal(d.run.Params, &given) == nil {
		for m := range strings.SplitSeq(given.Methods, ",") {
			if m = strings.TrimSpace(m); m != "" {
				d.methods = append(d.methods, m)
			}
		}
	}
	for _, c := range d.cells {
		if !slices.Contains(d.methods, c.Method) {
			d.methods = append(d.methods, c.Method)
		}
		if !slices.Contains(d.exponents, c.Exponent) {
			d.exponents = append(d.exponents, c.Exponent)
		}
	}
	slices.Sort(d.exponents)
	d.doc = prune.SweepDoc{Net: d.net, Cells: d.cells}
	d.doc.Summarise(d.methods)
}

// point returns a point of the curve.
func (d *sweep) point(method string, exponent float64) (prune.PointDoc, bool) {
	for _, p := range d.doc.Curve {
		if p.Method == method && p.Exponent == exponent {
			return p, true
		}
	}
	return prune.PointDoc{}, false
}

// place returns where a point stands on an axis: the mean over its trials.
func (d *sweep) place(a axis, method string, exponent float64) float64 {
	if a == byCompression {
		return exponent
	}
	sum, n := 0.0, 0
	for _, c := range d.cells {
		if c.Method != method || c.Exponent != exponent || c.Accuracy == nil {
			continue
		}
		n++
		if a == byEffective {
			// No live weight is no compression: such a trial stands at the nominal one.
			x := exponent
			if c.EffectiveSparsity < 1 {
				x = -math.Log10(1 - c.EffectiveSparsity)
			}
			sum += x
			continue
		}
		sum += 100 * d.macs(c)
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// macs returns the share of the multiply-adds that a trial keeps, NaN where those
// of the network are not known yet.
func (d *sweep) macs(c prune.CellDoc) float64 {
	if d.net == nil || d.net.Counts.MACs == 0 {
		return math.NaN()
	}
	return float64(c.MACs) / float64(d.net.Counts.MACs)
}

// line returns the curve of a method over an axis, with its intervals where band is set.
func (d *sweep) line(method string, a axis, band bool) ui.Series {
	type point struct{ x, y, lo, hi float64 }
	var list []point
	for _, e := range d.exponents {
		p, ok := d.point(method, e)
		if !ok || p.Mean == nil {
			continue
		}
		q := point{d.place(a, method, e), 100 * *p.Mean, 0, 0}
		if band && p.CI95 != nil {
			q.lo, q.hi = 100*p.CI95[0], 100*p.CI95[1]
		}
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	var out ui.Series
	for _, p := range list {
		out.X, out.Y, out.Lo, out.Hi = append(out.X, p.x), append(out.Y, p.y), append(out.Lo, p.lo), append(out.Hi, p.hi)
	}
	return out
}
