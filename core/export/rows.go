package export

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"assay/core/run"
)

// Schema names the form of a document. Within it fields are only added, and a
// reader of a version refuses fields that it does not know.
const Schema = "assay.export/1"

// The rows as they are written. Their fields stand in the order of their names,
// which is the order of the keys.
type runRow struct {
	Bench     string          `json:"bench"`
	CancelMs  int64           `json:"cancel_requested_ms"`
	CreatedMs int64           `json:"created_ms"`
	Done      int64           `json:"done"`
	EndedMs   int64           `json:"ended_ms"`
	Env       json.RawMessage `json:"env"`
	ErrorCode string          `json:"error_code"`
	ErrorText string          `json:"error_text"`
	Headline  string          `json:"headline"`
	Host      string          `json:"host"`
	Kind      string          `json:"kind"`
	LastSeq   int64           `json:"last_seq"`
	Name      string          `json:"name"`
	Note      string          `json:"note"`
	Params    json.RawMessage `json:"params"`
	Parent    run.ID          `json:"parent"`
	Relation  run.Relation    `json:"relation"`
	ID        run.ID          `json:"run_id"`
	Seed      int64           `json:"seed"`
	Starred   bool            `json:"starred"`
	StartedMs int64           `json:"started_ms"`
	State     run.State       `json:"state"`
	Tags      []string        `json:"tags"`
	Total     int64           `json:"total"`
}

type recordRow struct {
	Data json.RawMessage `json:"data"`
	Key  string          `json:"key"`
	Kind string          `json:"kind"`
	Seq  int64           `json:"seq"`
}

type arrayRow struct {
	Bytes int64  `json:"bytes"`
	Data  []byte `json:"data"` // base 64
	DType string `json:"dtype"`
	Name  string `json:"name"`
	Seq   int64  `json:"seq"`
	SHA   string `json:"sha256"`
	Shape []int  `json:"shape"`
}

type metricRow struct {
	Better int        `json:"better"`
	Name   string     `json:"name"`
	Points []pointRow `json:"points"`
	Unit   string     `json:"unit"`
}

type pointRow struct {
	Step  int64  `json:"step"`
	TMs   int64  `json:"t_ms"`
	Value number `json:"value"`
}

type eventRow struct {
	Data  json.RawMessage `json:"data,omitempty"`
	Kind  string          `json:"kind"`
	Level run.Level       `json:"level"`
	Seq   int64           `json:"seq"`
	TMs   int64           `json:"t_ms"`
	Text  string          `json:"text"`
}

type labelRow struct {
	AtMs int64  `json:"at_ms"`
	Key  string `json:"key"`
	Note string `json:"note"`
	Word string `json:"word"`
}

// number is a float64 as JSON: null for NaN, "inf" and "-inf" for what has no
// digits.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 1):
		return []byte(`"inf"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-inf"`), nil
	case v == 0:
		return []byte("0"), nil // the storage keeps no sign of zero
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "null":
		*n = number(math.NaN())
		return nil
	case `"inf"`:
		*n = number(math.Inf(1))
		return nil
	case `"-inf"`:
		*n = number(math.Inf(-1))
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || b[0] == '"' {
		return fmt.Errorf("value %s: expected a number, null, \"inf\" or \"-inf\"", clip(string(b)))
	}
	*n = number(v)
	return nil
}

func (d *Document) runRow() runRow {
	r := d.Run
	row := runRow{Bench: r.Bench, CancelMs: r.CancelMs, CreatedMs: r.CreatedMs, Done: r.Done, EndedMs: r.EndedMs, Env: r.Env,
		ErrorCode: r.ErrorCode, ErrorText: r.ErrorText, Headline: r.Headline, Host: r.Host, Kind: r.Kind, LastSeq: r.LastSeq,
		Name: r.Name, Note: r.Note, Params: r.Params, Parent: r.Parent, Relation: r.Relation, ID: r.ID, Seed: r.Seed,
		Starred: r.Starred, StartedMs: r.StartedMs, State: r.State, Tags: r.Tags, Total: r.Total}
	if row.Tags == nil {
		row.Tags = []string{}
	}
	return row
}

func (row runRow) run() run.Run {
	r := run.Run{ID: row.ID, Bench: row.Bench, Kind: row.Kind, Name: row.Name, State: row.State, Host: row.Host, Parent: row.Parent,
		Relation: row.Relation, Seed: row.Seed, Params: row.Params, Env: row.Env, CreatedMs: row.CreatedMs, StartedMs: row.StartedMs,
		EndedMs: row.EndedMs, CancelMs: row.CancelMs, Done: row.Done, Total: row.Total, LastSeq: row.LastSeq,
		ErrorCode: row.ErrorCode, ErrorText: row.ErrorText, Headline: row.Headline, Starred: row.Starred, Note: row.Note}
	if len(row.Tags) > 0 {
		r.Tags = row.Tags
	}
	return r
}

func rowOfArray(a Array) arrayRow {
	row := arrayRow{Bytes: int64(len(a.Data)), Data: a.Data, DType: a.DType, Name: a.Name, Seq: a.Seq, SHA: a.SHA, Shape: a.Shape}
	if row.Data == nil {
		row.Data = []byte{}
	}
	if row.Shape == nil {
		row.Shape = []int{}
	}
	return row
}

func (row arrayRow) array() Array {
	return Array{Seq: row.Seq, SHA: row.SHA, Array: run.Array{Name: row.Name, DType: row.DType, Shape: row.Shape, Data: row.Data}}
}

func rowOfMetric(m Metric) metricRow {
	row := metricRow{Better: m.Key.Better, Name: m.Key.Name, Unit: m.Key.Unit, Points: []pointRow{}}
	for _, p := range m.Points {
		row.Points = append(row.Points, pointRow{p.Step, p.TMs, number(p.Value)})
	}
	return row
}

func (row metricRow) metric() Metric {
	m := Metric{Key: run.MetricKey{Name: row.Name, Unit: row.Unit, Better: row.Better}}
	for _, p := range row.Points {
		m.Points = append(m.Points, Point{p.Step, p.TMs, float64(p.Value)})
	}
	return m
}

func rowOfLabel(l run.Label) labelRow { return labelRow{l.AtMs, l.Key, l.Note, l.Word} }

func (row labelRow) label() run.Label {
	return run.Label{Key: row.Key, Word: row.Word, Note: row.Note, AtMs: row.AtMs}
}

func (row eventRow) event() run.Event {
	return run.Event{Seq: row.Seq, TMs: row.TMs, Level: row.Level, Kind: row.Kind, Text: row.Text, Data: row.Data}
}
