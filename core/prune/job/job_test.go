package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"assay/core/bench"
	"assay/core/prune"
	"assay/core/prune/job"
	"assay/core/run"
	"assay/core/run/runtest"
)

// errStop is what a recorder cancels a job with.
var errStop = errors.New("stopped by the test")

// recorder writes what was committed to a store in memory; the rest is lost, as
// in a database whose writer is killed.
type recorder struct {
	store   *runtest.Store
	id      run.ID
	pending []func()
	left    int // commits until the end; below 0 is never
}

func (r *recorder) Progress(int64, int64) {}
func (r *recorder) Headline(string)       {}
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
func (r *recorder) Metric(run.MetricKey, int64, float64) {}
func (r *recorder) Event(run.Level, string, string, any) {}
func (r *recorder) Commit(context.Context) error {
	if r.left == 0 {
		return errStop
	}
	r.left--
	for _, f := range r.pending {
		f()
	}
	r.pending = nil
	return nil
}

func kind(t *testing.T) bench.Kind {
	t.Helper()
	k, err := bench.Registry(job.Kinds()).Find("prune.sweep")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// attempt runs a sweep that may be there already, for so many commits.
func attempt(t *testing.T, store *runtest.Store, id run.ID, given map[string]any, commits int) error {
	t.Helper()
	k := kind(t)
	p, err := k.Schema.Complete(given)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = k.Resolve(p); err != nil {
		t.Fatal(err)
	}
	store.Put(run.Run{ID: id, Kind: k.Name, Bench: "prune", State: run.Running, Params: p.JSON()})
	j, err := k.New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	env := bench.Env{ID: id, Recorder: &recorder{store: store, id: id, left: commits}, Reader: store, Log: slog.New(slog.DiscardHandler)}
	if err := j.Prepare(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	return j.Run(t.Context(), env)
}

func document(t *testing.T, store *runtest.Store, id run.ID) prune.SweepDoc {
	t.Helper()
	doc, err := kind(t).Document(t.Context(), store, id)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := doc.(prune.SweepDoc)
	if !ok {
		t.Fatalf("%T", doc)
	}
	return d
}

func TestAKilledSweepEndsWithTheSameCurve(t *testing.T) {
	store := runtest.New()
	given := map[string]any{"net": "lenet300", "methods": "random,synflow~shuffle", "exponents": "1", "seeds": 2, "epochs": 1, "train_images": 200, "score_images": 20, "threads": 2}
	if err := attempt(t, store, "WHOLE", given, -1); err != nil {
		t.Fatal(err)
	}
	if err := attempt(t, store, "KILLED", given, 2); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	if n := len(document(t, store, "KILLED").Cells); n != 2 {
		t.Fatalf("%d cells are there, expected 2", n)
	}
	if err := attempt(t, store, "KILLED", given, -1); err != nil {
		t.Fatal(err)
	}
	times := cmpopts.IgnoreFields(prune.CellDoc{}, "ScoreMs", "TrainMs")
	whole, killed := document(t, store, "WHOLE"), document(t, store, "KILLED")
	if diff := cmp.Diff(whole, killed, times); diff != "" {
		t.Error(diff)
	}
	if len(whole.Cells) != 4 || len(whole.Curve) != 2 || len(whole.Paired) != 1 {
		t.Errorf("%d cells, %d points, %d differences", len(whole.Cells), len(whole.Curve), len(whole.Paired))
	}
	for _, c := range whole.Cells {
		if c.Accuracy == nil || c.Kept != 26620 || c.Reason != "" {
			t.Errorf("%+v", c)
		}
	}
}

func TestADivergingCellSaysWhereAndOthersGoOn(t *testing.T) {
	store := runtest.New()
	given := map[string]any{"net": "lenet300", "methods": "random,magnitude", "exponents": "0.5", "seeds": 1, "epochs": 2, "train_images": 512, "lr": 1e8, "threads": 2}
	if err := attempt(t, store, "A", given, -1); err != nil {
		t.Fatal(err)
	}
	d := document(t, store, "A")
	for _, c := range d.Cells {
		if c.Accuracy != nil || !strings.Contains(c.Reason, "step") {
			t.Errorf("%s: accuracy %v, reason %q", c.Method, c.Accuracy, c.Reason)
		}
	}
	if len(d.Cells) != 2 || d.Curve[0].Mean != nil || len(d.Paired) != 0 {
		t.Errorf("%+v", d.Curve)
	}
}

func TestBadParametersAreRefusedBeforeAnyWork(t *testing.T) {
	k := kind(t)
	for _, given := range []map[string]any{
		{"exponents": "7"}, {"exponents": "-1"}, {"exponents": "1e3"}, {"methods": "snap"}, {"net": "lenet6"}, {"methods": ""},
	} {
		p, err := k.Schema.Complete(given)
		if err == nil {
			_, err = k.New(p)
		}
		if run.CodeOf(err) != run.EUsage {
			t.Errorf("%v: %v", given, err)
		}
	}
}

func TestScoreRefusesWhatDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	for want, q := range map[string]job.ScoreRequest{
		"--weights is missing": {Net: "lenet5", Method: "synflow", Exponent: "1", Device: "cpu"},
		"--batch is missing":   {Net: "lenet5", Weights: dir + "/w", Method: "snip", Exponent: "1", Device: "cpu"},
		"cannot be read":       {Net: "lenet5", Weights: dir + "/w", Method: "synflow", Exponent: "1", Device: "cpu"},
		"expected a number":    {Net: "lenet5", Weights: dir + "/w", Method: "synflow", Exponent: "one", Device: "cpu"},
		"leaves 0.043":         {Net: "lenet5", Weights: dir + "/w", Method: "synflow", Exponent: "7", Device: "cpu"},
		"net description":      {Net: dir + "/no.json", Weights: dir + "/w", Method: "synflow", Exponent: "1", Device: "cpu"},
	} {
		if _, err := job.Score(t.Context(), q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
