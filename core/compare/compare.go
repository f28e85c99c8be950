package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/stat"
)

// The number of runs that can be compared.
const (
	Least = 2
	Most  = 8
)

// Comparison is two to eight runs against each other. Every list of values has one
// place a run, in the order of Runs.
type Comparison struct {
	Runs     []Side    `json:"runs"`
	Params   []Param   `json:"params"` // all of them, in the order of the schema
	Numbers  []Number  `json:"numbers"`
	Findings []Finding `json:"findings"`

	series map[string][][]run.Metric // values over steps of each metric and run
}

// Side is one of the runs.
type Side struct {
	Letter   string    `json:"letter"` // A for the first, against which the others stand
	ID       run.ID    `json:"run_id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	State    run.State `json:"state"`
	Headline string    `json:"headline"`
}

// Param is one parameter; a value is null where the kind of a run does not have it.
type Param struct {
	Name    string            `json:"name"`
	Values  []json.RawMessage `json:"values"`
	Differs bool              `json:"differs"`
}

// Number is one number of the runs.
type Number struct {
	Path   string   `json:"path"`
	Values []*Value `json:"values"` // null where a run does not have it
	// Family is the path with the coordinate left open, Axis the coordinate, X its
	// value; empty for numbers without one.
	Family string  `json:"family,omitempty"`
	Axis   string  `json:"axis,omitempty"`
	X      float64 `json:"x,omitempty"`
	Depth  int     `json:"depth"`  // in how many lists it stands
	Better int     `json:"better"` // +1 where more is better, -1 where less is, 0 where neither is known
}

// Value is a number of one run against the same of the first.
type Value struct {
	Value float64     `json:"value"`
	CI95  *[2]float64 `json:"ci95"`  // null for a number that was taken once
	N     int         `json:"n"`     // repetitions that Value is the mean of; 1 for a number that the document states
	Delta *float64    `json:"delta"` // to the first run; null for that one and where it has none
	Word  string      `json:"word"`  // better, worse, higher, lower, same, equal or nothing
}

// Finding is one cause among the findings of the runs, by its signature.
type Finding struct {
	Signature string       `json:"signature"`
	Category  string       `json:"category"`
	Severity  run.Severity `json:"severity"` // the gravest
	Counts    []int        `json:"counts"`
	Set       Set          `json:"set"` // only A, both, all, or the letters of those that have it
}

// Source is what runs are read from.
type Source = run.Reader

// Read reads runs and compares them. The error is an *run.Error of code E-USAGE for
// too few or too many runs, or the same one twice.
func Read(ctx context.Context, src Source, kinds bench.Registry, ids []run.ID) (*Comparison, error) {
	if len(ids) < Least || len(ids) > Most {
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("%d runs: expected %d to %d to compare", len(ids), Least, Most)}
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("run %s is there twice", id), Hint: "a run is always equal to itself"}
		}
	}
	c := &Comparison{Params: []Param{}, Numbers: []Number{}, Findings: []Finding{}, series: map[string][][]run.Metric{}}
	numbers := newTable(len(ids))
	for i, id := range ids {
		r, err := src.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		c.Runs = append(c.Runs, Side{letter(i), r.ID, r.Name, r.Kind, r.State, r.Headline})
		if err := c.params(i, len(ids), r, kinds); err != nil {
			return nil, err
		}
		found, err := c.numbersOf(ctx, src, i, len(ids), kinds, r)
		if err != nil {
			return nil, err
		}
		numbers.add(i, found)
		if err := c.findings(ctx, src, i, len(ids), id); err != nil {
			return nil, err
		}
	}
	for i := range c.Params {
		for _, v := range c.Params[i].Values[1:] {
			c.Params[i].Differs = c.Params[i].Differs || string(v) != string(c.Params[i].Values[0])
		}
	}
	c.Numbers = append(c.Numbers, numbers.numbers()...)
	for i := range c.Findings {
		c.Findings[i].Set = setOf(c.Findings[i].Counts)
	}
	slices.SortStableFunc(c.Findings, func(a, b Finding) int {
		if d := a.Severity.Rank() - b.Severity.Rank(); d != 0 {
			return d
		}
		return strings.Compare(a.Signature, b.Signature)
	})
	return c, nil
}

func (c *Comparison) params(i, n int, r run.Run, kinds bench.Registry) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(r.Params, &given); err != nil {
		return fmt.Errorf("parameters of run %s: %w", r.ID, err)
	}
	k, err := kinds.Find(r.Kind)
	if err != nil {
		return err
	}
	for _, p := range k.Schema {
		v, ok := given[p.Key()]
		if !ok {
			continue
		}
		at := slices.IndexFunc(c.Params, func(q Param) bool { return q.Name == p.Key() })
		if at < 0 {
			at = len(c.Params)
			c.Params = append(c.Params, Param{Name: p.Key(), Values: slices.Repeat([]json.RawMessage{json.RawMessage("null")}, n)})
		}
		c.Params[at].Values[i] = v
	}
	return nil
}

func (c *Comparison) findings(ctx context.Context, src Source, i, n int, id run.ID) error {
	list, err := src.Records(ctx, id, run.FindingKind, 0)
	if err != nil {
		return err
	}
	for _, rec := range list {
		var f run.Finding
		if err := json.Unmarshal(rec.Data, &f); err != nil {
			return fmt.Errorf("finding %s of run %s: %w", rec.Key, id, err)
		}
		at := slices.IndexFunc(c.Findings, func(g Finding) bool { return g.Signature == f.Signature && g.Category == f.Category })
		if at < 0 {
			at = len(c.Findings)
			c.Findings = append(c.Findings, Finding{Signature: f.Signature, Category: f.Category, Severity: f.Severity, Counts: make([]int, n)})
		}
		g := &c.Findings[at]
		g.Counts[i]++
		if f.Severity.Rank() < g.Severity.Rank() {
			g.Severity = f.Severity
		}
	}
	return nil
}

// numbersOf lists the numbers of a run: those of its document, then its metrics by
// their last value.
func (c *Comparison) numbersOf(ctx context.Context, src Source, i, n int, kinds bench.Registry, r run.Run) ([]leaf, error) {
	k, err := kinds.Find(r.Kind)
	if err != nil {
		return nil, err
	}
	doc, err := k.Document(ctx, src, r.ID)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	tree, err := decode(text)
	if err != nil {
		return nil, err
	}
	out := leaves(tree)
	keys, err := src.MetricKeys(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		values, err := src.Metrics(ctx, r.ID, key.Name)
		if err != nil {
			return nil, err
		}
		path := "metrics." + key.Name
		if c.series[path] == nil {
			c.series[path] = make([][]run.Metric, n)
		}
		c.series[path][i] = values
		for _, m := range slices.Backward(values) {
			if !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) { // the last that is a number
				out = append(out, leaf{path: path, value: m.Value, better: key.Better, at: at{family: path, axis: "step"}})
				break
			}
		}
	}
	return out, nil
}

// table collects the numbers of the runs by path.
type table struct {
	runs  int
	order []string
	rows  map[string]*row
}

type row struct {
	first leaf
	by    [][]leaf // of each run
}

func newTable(runs int) *table { return &table{runs: runs, rows: map[string]*row{}} }

func (t *table) add(i int, found []leaf) {
	for _, l := range found {
		r, ok := t.rows[l.path]
		if !ok {
			r = &row{l, make([][]leaf, t.runs)}
			t.rows[l.path] = r
			t.order = append(t.order, l.path)
		}
		r.by[i] = append(r.by[i], l)
	}
}

func (t *table) numbers() []Number {
	var out []Number
	for _, path := range t.order {
		r := t.rows[path]
		n := Number{Path: path, Family: r.first.at.family, Axis: r.first.at.axis, X: r.first.at.x, Depth: r.first.depth, Better: r.first.better}
		for _, list := range r.by {
			n.Values = append(n.Values, valueOf(list))
		}
		n.judge()
		out = append(out, n)
	}
	// What stands in fewer lists says more; else the order of the documents.
	slices.SortStableFunc(out, func(a, b Number) int { return a.Depth - b.Depth })
	return out
}

func valueOf(list []leaf) *Value {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return &Value{Value: list[0].value, CI95: list[0].ci, N: 1}
	}
	values := make([]float64, len(list))
	for i, l := range list {
		values[i] = l.value
	}
	v := &Value{Value: stat.Mean(values), N: len(values)}
	if list[0].truth { // a share, whose interval stays inside 0..1
		hits := 0
		for _, x := range values {
			if x == 1 {
				hits++
			}
		}
		ci := stat.Wilson95(hits, len(values))
		v.CI95 = &ci
		return v
	}
	if ci, ok := stat.TInterval(values); ok {
		v.CI95 = &ci
	}
	return v
}

// judge says of every value how it stands to that of the first run.
func (n *Number) judge() {
	a := n.Values[0]
	if a == nil {
		return
	}
	for _, b := range n.Values[1:] {
		if b == nil {
			continue
		}
		d := b.Value - a.Value
		b.Delta = &d
		switch {
		case d == 0:
			b.Word = "equal"
		case a.CI95 == nil || b.CI95 == nil:
		case b.CI95[0] <= a.CI95[1] && a.CI95[0] <= b.CI95[1]:
			b.Word = "same"
		case n.Better == 0 && d > 0:
			b.Word = "higher"
		case n.Better == 0:
			b.Word = "lower"
		case d > 0 == (n.Better > 0):
			b.Word = "better"
		default:
			b.Word = "worse"
		}
	}
}
