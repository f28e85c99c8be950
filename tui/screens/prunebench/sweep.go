package prunebench

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"assay/core/prune"
	"assay/core/run"
)

// sweep is what is known of a sweep.
type sweep struct {
	run       run.Run
	seq       int64
	net       *prune.NetDoc
	cells     []prune.CellDoc // as they came
	epochs    map[string][]prune.CellEpochDoc
	doc       prune.SweepDoc // curve and differences of the cells
	methods   []string       // in the order of the parameters, then as they came
	exponents []float64
	bad       int // records that cannot be read
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

// apply takes news and reports whether anything changed.
func (d *sweep) apply(m news) bool {
	changed := !d.known() || d.run.State != m.run.State || d.run.Done != m.run.Done || len(m.records) > 0
	d.run = m.run
	if d.epochs == nil {
		d.epochs = map[string][]prune.CellEpochDoc{}
	}
	for _, r := range m.records {
		d.seq = max(d.seq, r.Seq)
		switch r.Kind {
		case prune.RecordNet:
			var n prune.NetDoc
			if d.take(r, &n) {
				d.net = &n
			}
		case prune.RecordCell:
			var c prune.CellDoc
			if d.take(r, &c) {
				at := slices.IndexFunc(d.cells, func(x prune.CellDoc) bool { return x.Key() == c.Key() })
				if at < 0 {
					d.cells = append(d.cells, c)
				} else {
					d.cells[at] = c
				}
			}
		case prune.RecordCellEpoch:
			var e prune.CellEpochDoc
			if d.take(r, &e) {
				list := slices.DeleteFunc(d.epochs[e.Cell], func(x prune.CellEpochDoc) bool { return x.Epoch >= e.Epoch })
				d.epochs[e.Cell] = append(list, e)
			}
		}
	}
	if changed {
		d.summarise()
	}
	return changed
}

func (d *sweep) take(r run.Record, into any) bool {
	if json.Unmarshal(r.Data, into) != nil {
		d.bad++
		return false
	}
	return true
}

func (d *sweep) summarise() {
	d.methods, d.exponents = nil, nil
	var given struct {
		Methods string `json:"methods"`
	}
	if json.Unmarshal(d.run.Params, &given) == nil {
		for _, m := range strings.Split(given.Methods, ",") {
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
		if d.net != nil && d.net.Counts.MACs > 0 {
			sum += 100 * float64(c.MACs) / float64(d.net.Counts.MACs)
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}
