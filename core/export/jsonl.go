package export

import (
	"io"
)

// The types of the lines of JSONL.
const (
	lineRun    = "run"    // the first line
	lineRecord = "record" // a result
	lineArray  = "array"  // a block of numbers
	lineMetric = "metric" // one value of a metric
	lineEvent  = "event"  // a line of the log
	lineLabel  = "label"  // what a person has said of a finding
	lineEnd    = "end"    // the last line
)

// pointLine is one value of a metric with what the metric is.
type pointLine struct {
	Better int    `json:"better"`
	Name   string `json:"name"`
	Step   int64  `json:"step"`
	TMs    int64  `json:"t_ms"`
	Unit   string `json:"unit"`
	Value  number `json:"value"`
}

// endLine closes the lines: how many came before it, and the SHA-256 over them.
type endLine struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// WriteJSONL writes the document as one JSON object a line, each with its type:
// the run, its records, arrays, values of metrics, events and labels, and the end.
func (d *Document) WriteJSONL(w io.Writer) error {
	o, n := newOut(w), 0
	put := func(kind string, row any) {
		line, err := typed(kind, row)
		if o.err == nil {
			o.err = err
		}
		o.bytes(append(line, '\n'))
		n++
	}
	put(lineRun, d.runRow())
	for _, r := range d.Records {
		put(lineRecord, recordRow{r.Data, r.Key, r.Kind, r.Seq})
	}
	for _, a := range d.Arrays {
		put(lineArray, rowOfArray(a))
	}
	for _, m := range d.Metrics {
		for _, p := range m.Points {
			put(lineMetric, pointLine{m.Key.Better, m.Key.Name, p.Step, p.TMs, m.Key.Unit, number(p.Value)})
		}
	}
	for _, e := range d.Events {
		put(lineEvent, eventRow{e.Data, e.Kind, e.Level, e.Seq, e.TMs, e.Text})
	}
	for _, l := range d.Labels {
		put(lineLabel, rowOfLabel(l))
	}
	put(lineEnd, endLine{n, o.digest()})
	return o.end()
}

// typed adds the type to a row, and the schema to that of the run, in the order
// of the keys.
func typed(kind string, row any) ([]byte, error) {
	raw, err := marshal(row)
	if err != nil {
		return nil, err
	}
	m, err := object(raw)
	if err != nil {
		return nil, err
	}
	m["type"] = kind
	if kind == lineRun {
		m["schema"] = Schema
	}
	return marshal(m)
}
