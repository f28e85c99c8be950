package runtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"assay/core/query"
	"assay/core/run"
)

// Store holds runs in memory and implements run.Reader. It is safe for
// concurrent use.
type Store struct {
	mu      sync.Mutex // guards everything below
	runs    map[run.ID]*entry
	version int64
	reads   int
	fault   error
}

type entry struct {
	run     run.Run
	records []run.Record
	arrays  map[string]run.Array
	infos   []run.ArrayInfo
	metrics []run.Metric
	events  []run.Event
	labels  map[string]run.Label
}

var _ run.Reader = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{runs: map[run.ID]*entry{}} }

// Put adds a run or replaces the row of one; what it has recorded stays. It
// keeps the higher LastSeq.
func (s *Store) Put(r run.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	e, ok := s.runs[r.ID]
	if !ok {
		e = &entry{arrays: map[string]run.Array{}, labels: map[string]run.Label{}}
		s.runs[r.ID] = e
	}
	r.LastSeq = max(r.LastSeq, e.run.LastSeq)
	e.run = r
}

// Remove deletes a run.
func (s *Store) Remove(id run.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	delete(s.runs, id)
}

// Fail makes every read return err until it is called with nil.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = err
}

// Reads returns how many reads the store has answered, Version apart.
func (s *Store) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// PutRecord writes a result of a run that was Put; data is marshalled. It panics
// where the run is unknown or the data cannot be marshalled, like the other
// writers: a fault of the test.
func (s *Store) PutRecord(id run.ID, kind, key string, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		panic("runtest: " + err.Error())
	}
	s.write(id, func(e *entry) {
		e.records = slices.DeleteFunc(e.records, func(r run.Record) bool { return r.Kind == kind && r.Key == key })
		e.records = append(e.records, run.Record{Seq: e.run.LastSeq, Kind: kind, Key: key, Data: raw})
	})
}

// PutArray writes an array of a run.
func (s *Store) PutArray(id run.ID, a run.Array) {
	s.write(id, func(e *entry) {
		sum := sha256.Sum256(a.Data)
		e.arrays[a.Name] = a
		e.infos = slices.DeleteFunc(e.infos, func(i run.ArrayInfo) bool { return i.Name == a.Name })
		e.infos = append(e.infos, run.ArrayInfo{
			Seq: e.run.LastSeq, Name: a.Name, DType: a.DType, Shape: a.Shape,
			SHA: hex.EncodeToString(sum[:]), Bytes: int64(len(a.Data)),
		})
		slices.SortFunc(e.infos, func(a, b run.ArrayInfo) int { return strings.Compare(a.Name, b.Name) })
	})
}

// PutMetric writes one value of a metric.
func (s *Store) PutMetric(id run.ID, key run.MetricKey, step int64, value float64) {
	s.write(id, func(e *entry) {
		e.metrics = slices.DeleteFunc(e.metrics, func(m run.Metric) bool { return m.Key.Name == key.Name && m.Step == step })
		e.metrics = append(e.metrics, run.Metric{Key: key, Step: step, Value: value})
		slices.SortStableFunc(e.metrics, func(a, b run.Metric) int { return int(a.Step - b.Step) })
	})
}

// PutLabel writes what a person says of a finding; an empty word takes it back.
func (s *Store) PutLabel(id run.ID, l run.Label) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.runs[id]
	if !ok {
		panic(fmt.Sprintf("runtest: run %s was never put", id))
	}
	s.version++
	e.labels[l.Key] = l
	if l.Word == "" {
		delete(e.labels, l.Key)
	}
}

// PutEvent writes a line to the log of a run; data may be nil.
func (s *Store) PutEvent(id run.ID, level run.Level, tMs int64, kind, text string, data any) {
	var raw json.RawMessage
	if data != nil {
		var err error
		if raw, err = json.Marshal(data); err != nil {
			panic("runtest: " + err.Error())
		}
	}
	s.write(id, func(e *entry) {
		e.events = append(e.events, run.Event{Seq: e.run.LastSeq, TMs: tMs, Level: level, Kind: kind, Text: text, Data: raw})
	})
}

func (s *Store) write(id run.ID, do func(e *entry)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.runs[id]
	if !ok {
		panic(fmt.Sprintf("runtest: run %s was never put", id))
	}
	s.version++
	e.run.LastSeq++
	do(e)
}

// Version returns a number that changes with every write.
func (s *Store) Version(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.fault
}

// Runs lists the runs that the filter selects, newest first.
func (s *Store) Runs(ctx context.Context, f run.Filter) ([]run.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	q, err := query.Parse(f.Text)
	if err != nil {
		return nil, &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	var out []run.Run
	for _, e := range s.sorted() {
		r := e.run
		if f.Bench != "" && r.Bench != f.Bench || len(f.States) > 0 && !slices.Contains(f.States, r.State) {
			continue
		}
		ok, err := matches(q, r)
		if err != nil {
			return nil, &run.Error{Code: run.EUsage, Text: "filter: " + err.Error()}
		}
		if !ok {
			continue
		}
		r.Params, r.Env = nil, nil
		r.Tags = slices.Clone(r.Tags)
		out = append(out, r)
		if f.Limit > 0 && len(out) == f.Limit {
			break
		}
	}
	return out, nil
}

func (s *Store) begin(ctx context.Context) error {
	s.reads++
	if s.fault != nil {
		return s.fault
	}
	return ctx.Err()
}

// sorted returns the runs, newest first.
func (s *Store) sorted() []*entry {
	var all []*entry
	for _, e := range s.runs {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(string(b.run.ID), string(a.run.ID)) })
	return all
}

func (s *Store) find(ctx context.Context, id run.ID) (*entry, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	e, ok := s.runs[id]
	if !ok {
		return nil, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("no run %q", id)}
	}
	return e, nil
}

// Resolve finds a run by ID, prefix, name, or by @1, @2 and @BENCH.
func (s *Store) Resolve(ctx context.Context, ref string) (run.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(ctx); err != nil {
		return run.Run{}, err
	}
	var found []run.Run
	for i, e := range s.sorted() {
		switch r := e.run; {
		case string(r.ID) == ref, r.Name == ref, ref == fmt.Sprintf("@%d", i+1):
			return r, nil
		case ref == "@"+r.Bench:
			return r, nil
		case len(ref) >= 6 && strings.HasPrefix(string(r.ID), strings.ToUpper(ref)):
			found = append(found, r)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return run.Run{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("no single run is called %q", ref)}
}

// Run reads one run.
func (s *Store) Run(ctx context.Context, id run.ID) (run.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return run.Run{}, err
	}
	return e.run, nil
}

// Records reads results by kind, those after a sequence number.
func (s *Store) Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []run.Record
	for _, r := range e.records {
		if r.Seq > after && (kind == "" || r.Kind == kind) {
			r.Data = bytes.Clone(r.Data)
			out = append(out, r)
		}
	}
	return out, nil
}

// Arrays lists the arrays of a run by name.
func (s *Store) Arrays(ctx context.Context, id run.ID) ([]run.ArrayInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(e.infos), nil
}

// Array reads one array.
func (s *Store) Array(ctx context.Context, id run.ID, name string) (run.Array, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return run.Array{}, err
	}
	a, ok := e.arrays[name]
	if !ok {
		return run.Array{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("run %s has no array %q", id, name)}
	}
	a.Data = bytes.Clone(a.Data)
	return a, nil
}

// Metrics reads the values of a metric by step.
func (s *Store) Metrics(ctx context.Context, id run.ID, name string) ([]run.Metric, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []run.Metric
	for _, m := range e.metrics {
		if m.Key.Name == name {
			out = append(out, m)
		}
	}
	return out, nil
}

// MetricKeys lists the metrics of a run by name.
func (s *Store) MetricKeys(ctx context.Context, id run.ID) ([]run.MetricKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	keys := map[string]run.MetricKey{}
	for _, m := range e.metrics {
		keys[m.Key.Name] = m.Key
	}
	return slices.SortedFunc(maps.Values(keys), func(a, b run.MetricKey) int { return strings.Compare(a.Name, b.Name) }), nil
}

// Labels reads the labels of the findings of a run by key.
func (s *Store) Labels(ctx context.Context, id run.ID) ([]run.Label, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(e.labels), func(a, b run.Label) int { return strings.Compare(a.Key, b.Key) }), nil
}

// Events reads at most limit events after a sequence number.
func (s *Store) Events(ctx context.Context, id run.ID, after int64, limit int) ([]run.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []run.Event
	for _, ev := range e.events {
		if ev.Seq > after && (limit == 0 || len(out) < limit) {
			out = append(out, ev)
		}
	}
	return out, nil
}
