package export

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"assay/core/run"
)

// Document is a run with everything that it recorded.
type Document struct {
	Run     run.Run // Params and Env in canonical form; BootID is empty, it means nothing elsewhere
	Records []run.Record
	Arrays  []Array
	Metrics []Metric
	Events  []run.Event
	Labels  []run.Label // what people have said of its findings, by key
}

// Array is an array with its place in the run and the hex SHA-256 of its data.
type Array struct {
	run.Array
	Seq int64
	SHA string
}

// Metric is one metric with its values by step.
type Metric struct {
	Key    run.MetricKey
	Points []Point
}

// Point is one value of a metric at a Unix time in milliseconds.
type Point struct {
	Step, TMs int64
	Value     float64
}

// Source is what a run is read from: parts of run.Reader, and the list of a
// run's metrics.
type Source interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error)
	Arrays(ctx context.Context, id run.ID) ([]run.ArrayInfo, error)
	Array(ctx context.Context, id run.ID, name string) (run.Array, error)
	Metrics(ctx context.Context, id run.ID, name string) ([]run.Metric, error)
	Events(ctx context.Context, id run.ID, after int64, limit int) ([]run.Event, error)
	// MetricKeys lists the metrics of a run, ordered by name.
	MetricKeys(ctx context.Context, id run.ID) ([]run.MetricKey, error)
	Labels(ctx context.Context, id run.ID) ([]run.Label, error)
}

// readings is how often a run that is being written is read before Collect gives
// up: each batch of a worker is at least 250 ms apart, a reading much shorter.
const readings = 8

// Collect reads a run. A live run is read as it stands after one of its commits.
// The error is of code E-NO-RUN for an unknown run, and E-STATE where the run
// changes faster than it can be read.
func Collect(ctx context.Context, src Source, id run.ID) (*Document, error) {
	before, err := src.Run(ctx, id)
	for range readings {
		if err != nil {
			return nil, err
		}
		d := &Document{Run: before}
		if err := d.read(ctx, src, id); err != nil {
			return nil, err
		}
		var after run.Run
		if after, err = src.Run(ctx, id); err == nil && reflect.DeepEqual(before, after) {
			return d, d.canonical()
		}
		before = after
	}
	if err != nil {
		return nil, err
	}
	return nil, &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is being written too fast to be read as a whole", id), Hint: "export it when it has ended"}
}

func (d *Document) read(ctx context.Context, src Source, id run.ID) (err error) {
	if d.Records, err = src.Records(ctx, id, "", 0); err != nil {
		return err
	}
	infos, err := src.Arrays(ctx, id)
	if err != nil {
		return err
	}
	for _, i := range infos {
		a, err := src.Array(ctx, id, i.Name)
		if err != nil {
			return err
		}
		d.Arrays = append(d.Arrays, Array{Array: a, Seq: i.Seq, SHA: i.SHA})
	}
	keys, err := src.MetricKeys(ctx, id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		values, err := src.Metrics(ctx, id, k.Name)
		if err != nil {
			return err
		}
		m := Metric{Key: k}
		for _, v := range values {
			m.Points = append(m.Points, Point{v.Step, v.TMs, v.Value})
		}
		d.Metrics = append(d.Metrics, m)
	}
	if d.Events, err = src.Events(ctx, id, 0, 0); err != nil {
		return err
	}
	d.Labels, err = src.Labels(ctx, id)
	return err
}

// canonical brings the document into the one form in which it is written, and
// takes out what only concerns this home.
func (d *Document) canonical() error {
	r := &d.Run
	r.BootID = ""
	env, origin, err := cutOrigin(r.Env)
	if err != nil {
		return fmt.Errorf("environment of run %s: %w", r.ID, err)
	}
	r.Env = env
	if origin != nil {
		// The name and the parent that this home could not give it.
		if r.Name == origin.As {
			r.Name = origin.Name
		}
		if r.Parent == "" {
			r.Parent = origin.Parent
		}
	}
	if r.Params, err = canonicalJSON(r.Params); err != nil {
		return fmt.Errorf("parameters of run %s: %w", r.ID, err)
	}
	for i, rec := range d.Records {
		if d.Records[i].Data, err = canonicalJSON(rec.Data); err != nil {
			return fmt.Errorf("record %s %q of run %s: %w", rec.Kind, rec.Key, r.ID, err)
		}
	}
	for i, e := range d.Events {
		if e.Data == nil {
			continue
		}
		if d.Events[i].Data, err = canonicalJSON(e.Data); err != nil {
			return fmt.Errorf("event %d of run %s: %w", e.Seq, r.ID, err)
		}
	}
	return nil
}

// Decode reads the records of a kind, in the order of their sequence numbers,
// into values of T, with their keys.
func Decode[T any](d *Document, kind string) (docs []T, keys []string, err error) {
	for _, r := range d.Records {
		if r.Kind != kind {
			continue
		}
		var v T
		if err := json.Unmarshal(r.Data, &v); err != nil {
			return nil, nil, fmt.Errorf("record %s %q: %w", kind, r.Key, err)
		}
		docs, keys = append(docs, v), append(keys, r.Key)
	}
	return docs, keys, nil
}

// Array returns an array by its name.
func (d *Document) Array(name string) (run.Array, bool) {
	for _, a := range d.Arrays {
		if a.Name == name {
			return a.Array, true
		}
	}
	return run.Array{}, false
}
