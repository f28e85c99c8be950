package storage_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"assay/core/export"
	"assay/core/run"
	"assay/storage"
)

// recorded is a finished run with rows of every kind, one array inline and one
// large enough to be a file.
func recorded(t *testing.T, s *storage.Store, n int, name string, parent run.ID) run.Run {
	t.Helper()
	r := newRun(n, "kv.blend", name)
	r.Env = []byte(`{"version":"1","go":"<go>"}`)
	if r.Parent = parent; parent != "" {
		r.Relation = run.Rerun
	}
	create(t, s, r)
	rec := recorder(t, s, r.ID)
	rec.Record("kv.mode", "full", map[string]any{"z": 1.5, "a": "<b>"})
	rec.Record("kv.mode", "blend", map[string]any{"kl": 1e-9})
	rec.Record("kv.mode", "full", map[string]any{"z": 2}) // takes a new seq
	rec.Array(run.F32Array("full/dv", []float32{1, 2, float32(math.NaN())}, 3))
	rec.Array(run.F32Array("large", make([]float32, 20000), 100, 200))
	rec.Array(run.F32Array("none", nil, 0))
	loss := run.MetricKey{Name: "loss", Unit: "nats", Better: -1}
	rec.Metric(loss, 1, math.NaN())
	rec.Metric(loss, 2, math.Inf(-1))
	rec.Metric(run.MetricKey{Name: "acc", Better: 1}, 0, 1.0/3)
	rec.Event(run.Warn, "cache", "smoke", map[string]int{"b": 1})
	rec.Event(run.Info, "end", "done\nat last", nil)
	rec.Record(run.FindingKind, "0/1", run.Finding{ID: "0/1", Title: "a wrong answer", Severity: run.High})
	rec.Record(run.FindingKind, "0/2", run.Finding{ID: "0/2", Title: "another", Severity: run.Low})
	rec.Headline("KL .1")
	rec.Progress(3, 3)
	commit(t, rec)
	if err := s.SetState(t.Context(), r.ID, run.Running); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), r.ID, run.Failed, &run.Error{Code: run.EInput, Text: "it broke"}); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"b", "a"} {
		if err := s.Tag(t.Context(), r.ID, tag); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Star(t.Context(), r.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Note(t.Context(), r.ID, "a *note*"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"0/2", "0/1"} {
		if err := s.Label(t.Context(), r.ID, key, "true", "seen <twice>"); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func exported(t *testing.T, s *storage.Store, id run.ID) []byte {
	t.Helper()
	d, err := export.Collect(t.Context(), s, id)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// take reads a file and stores its run.
func take(t *testing.T, s *storage.Store, file []byte) error {
	t.Helper()
	d, err := export.Read(bytes.NewReader(file), "run.json")
	if err != nil {
		t.Fatal(err)
	}
	row, err := d.Row(export.Origin{File: "run.json", AtMs: 1}, func(name string) (bool, error) { return s.NameTaken(t.Context(), name) })
	if err != nil {
		t.Fatal(err)
	}
	return s.Import(t.Context(), imported(d, row))
}

func imported(d *export.Document, row run.Run) storage.Imported {
	in := storage.Imported{Run: row, Records: d.Records, Events: d.Events, Labels: d.Labels}
	for _, a := range d.Arrays {
		in.Arrays = append(in.Arrays, storage.ImportedArray{Array: a.Array, Seq: a.Seq})
	}
	for _, m := range d.Metrics {
		for _, p := range m.Points {
			in.Metrics = append(in.Metrics, run.Metric{Key: m.Key, Step: p.Step, TMs: p.TMs, Value: p.Value})
		}
	}
	return in
}

func TestAnImportedRunIsExportedByteForByte(t *testing.T) {
	here, there := open(t, t.TempDir()), open(t, t.TempDir())
	r := recorded(t, here, 1, "stew", "")
	want := exported(t, here, r.ID)
	if err := take(t, there, want); err != nil {
		t.Fatal(err)
	}
	if got := exported(t, there, r.ID); !bytes.Equal(got, want) {
		t.Errorf("exported again:\n%s\nwant\n%s", got, want)
	}
	// It is a run like any other: found by its parameters, and by its tags.
	for _, text := range []string{"param.ratio:0.15", "tag:a", "state:failed"} {
		if got := names(t, there, run.Filter{Text: text}); len(got) != 1 || got[0] != "stew" {
			t.Errorf("filter %s finds %v", text, got)
		}
	}
	a, err := there.Array(t.Context(), r.ID, "large")
	if err != nil || len(a.Data) != 80000 {
		t.Errorf("array of %d bytes, %v", len(a.Data), err)
	}
	wantCode(t, take(t, there, want), run.EState) // it is here already
	if err := there.Remove(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
}

func TestAnImportedRunGivesWayToNamesThatAreTaken(t *testing.T) {
	here, there := open(t, t.TempDir()), open(t, t.TempDir())
	r := recorded(t, here, 1, "stew", "")
	create(t, there, newRun(2, "kv.blend", "stew"))
	want := exported(t, here, r.ID)
	if err := take(t, there, want); err != nil {
		t.Fatal(err)
	}
	got, err := there.Run(t.Context(), r.ID)
	if err != nil || got.Name != "stew-2" {
		t.Errorf("name %q, %v", got.Name, err)
	}
	if again := exported(t, there, r.ID); !bytes.Equal(again, want) {
		t.Errorf("exported again:\n%s\nwant\n%s", again, want)
	}
}

func TestChildrenFindTheirParentInAnyOrder(t *testing.T) {
	here, there := open(t, t.TempDir()), open(t, t.TempDir())
	parent := recorded(t, here, 1, "parent", "")
	child := recorded(t, here, 2, "child", parent.ID)
	first, second := exported(t, here, child.ID), exported(t, here, parent.ID)
	if err := take(t, there, first); err != nil {
		t.Fatal(err)
	}
	if got := exported(t, there, child.ID); !bytes.Equal(got, first) {
		t.Error("a child without its parent is exported otherwise")
	}
	if err := take(t, there, second); err != nil {
		t.Fatal(err)
	}
	r, err := there.Run(t.Context(), child.ID)
	if err != nil || r.Parent != parent.ID || r.Relation != run.Rerun {
		t.Errorf("parent %q, relation %q, %v", r.Parent, r.Relation, err)
	}
	if got := exported(t, there, child.ID); !bytes.Equal(got, first) {
		t.Error("a child with its parent is exported otherwise")
	}
}

func TestImportStoresAllOrNothing(t *testing.T) {
	here, there := open(t, t.TempDir()), open(t, t.TempDir())
	r := recorded(t, here, 1, "stew", "")
	create(t, there, newRun(2, "kv.blend", "other"))
	rec := recorder(t, there, newID(2))
	rec.Metric(run.MetricKey{Name: "loss", Unit: "bits", Better: -1}, 1, 2)
	commit(t, rec)
	err := take(t, there, exported(t, here, r.ID))
	wantCode(t, err, run.EInput)
	if !strings.Contains(err.Error(), `metric "loss" is in "bits"`) {
		t.Error(err)
	}
	if _, err := there.Run(t.Context(), r.ID); run.CodeOf(err) != run.ENoRun {
		t.Errorf("half of the run is here: %v", err)
	}
	keys, err := there.MetricKeys(t.Context(), newID(2))
	if err != nil || len(keys) != 1 || keys[0].Unit != "bits" {
		t.Errorf("metrics %v, %v", keys, err)
	}

	d, err := export.Collect(t.Context(), here, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*storage.Imported)
		code   run.Code
	}{
		"a live run":      {func(in *storage.Imported) { in.Run.State = run.Running }, run.EState},
		"an ID of a path": {func(in *storage.Imported) { in.Run.ID = "../x" }, run.EState},
		"a name of an ID": {func(in *storage.Imported) { in.Run.Name = string(newID(3)) }, run.EUsage},
		"a name with @":   {func(in *storage.Imported) { in.Run.Name = "@1" }, run.EUsage},
		"a name in use":   {func(in *storage.Imported) { in.Run.Name, in.Metrics = "other", nil }, run.EUsage},
		"broken data":     {func(in *storage.Imported) { in.Records[0].Data, in.Metrics = []byte("{"), nil }, run.EDB},
	} {
		in := imported(d, d.Run)
		in.Records = append([]run.Record(nil), in.Records...)
		c.change(&in)
		if err := there.Import(t.Context(), in); run.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		if _, err := there.Run(t.Context(), in.Run.ID); run.CodeOf(err) != run.ENoRun {
			t.Errorf("%s: half of the run is here: %v", name, err)
		}
	}
	if _, err := there.MetricKeys(t.Context(), r.ID); run.CodeOf(err) != run.ENoRun {
		t.Errorf("metrics of an unknown run: %v", err)
	}
}
