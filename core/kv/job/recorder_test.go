package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"assay/core/bench"
	"assay/core/kv/job"
	"assay/core/run"
	"assay/core/run/runtest"
)

// errStop is what a recorder cancels a job with.
var errStop = errors.New("stopped by the test")

// recorder writes what a job records straight to a store in memory. What was not
// committed when the job is stopped is lost, as in a database.
type recorder struct {
	store   *runtest.Store
	id      run.ID
	pending []func()
	commits int
	stopAt  int // after so many commits every further one fails; 0 is never
	done    int64
	total   int64
	head    string
	events  []string
}

func (r *recorder) Progress(done, total int64) { r.done, r.total = done, total }
func (r *recorder) Headline(text string)       { r.head = text }

func (r *recorder) Record(kind, key string, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	r.pending = append(r.pending, func() { r.store.PutRecord(r.id, kind, key, json.RawMessage(b)) })
}

func (r *recorder) Array(a run.Array) {
	r.pending = append(r.pending, func() { r.store.PutArray(r.id, a) })
}

func (r *recorder) Metric(key run.MetricKey, step int64, value float64) {
	r.pending = append(r.pending, func() { r.store.PutMetric(r.id, key, step, value) })
}

func (r *recorder) Event(_ run.Level, _, text string, _ any) { r.events = append(r.events, text) }

func (r *recorder) Commit(context.Context) error {
	if r.stopAt > 0 && r.commits >= r.stopAt {
		return errStop
	}
	r.commits++
	for _, f := range r.pending {
		f()
	}
	r.pending = nil
	return nil
}

// bed is a store, a cache folder and the kinds.
type bed struct {
	t     *testing.T
	store *runtest.Store
	cache string
}

func newBed(t *testing.T) *bed { return &bed{t, runtest.New(), t.TempDir()} }

func kindOf(t *testing.T, name string) bench.Kind {
	t.Helper()
	k, err := bench.Registry(job.Kinds()).Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// complete fills in the parameters of a run as the command line would.
func complete(k bench.Kind, given map[string]any) (bench.Params, error) {
	p, err := k.Schema.Complete(given)
	if err != nil {
		return nil, err
	}
	if k.Resolve != nil {
		if p, err = k.Resolve(p); err != nil {
			return nil, err
		}
	}
	_, err = k.New(p)
	return p, err
}

// start records a run and returns its parameters.
func (b *bed) start(id run.ID, kind string, given map[string]any) bench.Params {
	b.t.Helper()
	k := kindOf(b.t, kind)
	p, err := complete(k, given)
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(id, kind, p)
	return p
}

func (b *bed) put(id run.ID, kind string, p bench.Params) {
	b.store.Put(run.Run{ID: id, Bench: "kv", Kind: kind, Name: string(id), State: run.Running, Params: p.JSON()})
}

func (b *bed) env(id run.ID, stopAt int) (bench.Env, *recorder) {
	r := &recorder{store: b.store, id: id, stopAt: stopAt}
	return bench.Env{ID: id, Recorder: r, Reader: b.store, CacheDir: b.cache, Log: slog.New(slog.DiscardHandler)}, r
}

// attempt works at a recorded run, at most to so many commits.
func (b *bed) attempt(id run.ID, stopAt int) (*recorder, error) {
	b.t.Helper()
	env, r := b.env(id, stopAt)
	row, err := b.store.Run(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	k := kindOf(b.t, row.Kind)
	p, err := k.Schema.FromJSON(row.Params)
	if err != nil {
		b.t.Fatal(err)
	}
	j, err := k.New(p)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			b.t.Error(err)
		}
	}()
	if err := j.Prepare(b.t.Context(), env); err != nil {
		return r, err
	}
	return r, j.Run(b.t.Context(), env)
}

// document returns the document of a run as JSON without its times, so that two
// runs can be compared.
func (b *bed) document(id run.ID) any {
	b.t.Helper()
	row, err := b.store.Run(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	d, err := kindOf(b.t, row.Kind).Document(b.t.Context(), b.store, id)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		b.t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		b.t.Fatal(err)
	}
	return strip(tree)
}

func strip(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			if run.Measured(k) {
				delete(x, k)
			} else {
				x[k] = strip(x[k])
			}
		}
	case []any:
		for i := range x {
			x[i] = strip(x[i])
		}
	}
	return v
}
