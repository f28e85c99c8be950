package storage_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"assay/core/run"
	"assay/storage"

	"github.com/google/go-cmp/cmp"
)

func names(t *testing.T, s *storage.Store, f run.Filter) []string {
	t.Helper()
	runs, err := s.Runs(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, r := range runs {
		list = append(list, r.Name)
	}
	return list
}

// shelf is a database with four runs.
func shelf(t *testing.T) *storage.Store {
	s := open(t, t.TempDir())
	ctx := t.Context()
	blend := create(t, s, newRun(1, "kv.blend", "blend-s1-"))
	sweep := create(t, s, newRun(2, "kv.sweep", "sweep-s2-"))
	child := newRun(3, "kv.blend", "Again")
	child.Parent, child.Relation = blend.ID, run.Rerun
	child = create(t, s, child)
	create(t, s, newRun(4, "fuzz.autodiff", "nabla_100%"))
	for _, err := range []error{
		s.SetState(ctx, blend.ID, run.Running),
		s.Finish(ctx, blend.ID, run.Done, nil),
		s.SetState(ctx, sweep.ID, run.Running),
		s.Tag(ctx, blend.ID, "paper"), s.Tag(ctx, blend.ID, "draft"), s.Tag(ctx, child.ID, "draft"),
		s.Finish(ctx, child.ID, run.Failed, &run.Error{Code: run.EModel, Text: "no weights"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	rec := recorder(t, s, sweep.ID)
	rec.Headline("KL .0031 at 0.15")
	rec.Progress(3, 9)
	if err := rec.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFilter(t *testing.T) {
	s := shelf(t)
	all := []string{"nabla_100%", "Again", "sweep-s2-1", "blend-s1-1"}
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", all},
		{"blend", []string{"Again", "blend-s1-1"}}, // by kind
		{"again", []string{"Again"}},
		{"AGAIN", []string{}}, // capitals are meant
		{"kl", []string{"sweep-s2-1"}},
		{"dra", []string{"Again", "blend-s1-1"}}, // by tag
		{"100%", []string{"nabla_100%"}},
		{"name:/^[a-z]+-s[12]-1$/", []string{"sweep-s2-1", "blend-s1-1"}},
		{"-name:/-/ name:/(?i)AGAIN|nabla/", []string{"nabla_100%", "Again"}},
		{"tag:/^dr/", []string{"Again", "blend-s1-1"}},
		{"kind:/sweep$/|state:/^fail/", []string{"Again", "sweep-s2-1"}},
		{"~nb0%", []string{"nabla_100%"}},
		{"~SWP1", []string{"sweep-s2-1"}},
		{"~dft", []string{"Again", "blend-s1-1"}}, // by tag
		{"-~bd", []string{"nabla_100%", "sweep-s2-1"}},
		{"_", []string{"nabla_100%"}},
		{"bench:kv", all[1:]},
		{"kind:kv", all[1:]},
		{"kind:blend", []string{"Again", "blend-s1-1"}},
		{"kind:kv.sweep", []string{"sweep-s2-1"}},
		{"state:live", []string{"nabla_100%", "sweep-s2-1"}},
		{"state:done,failed", []string{"Again", "blend-s1-1"}},
		{"-state:live", []string{"Again", "blend-s1-1"}},
		{"tag:paper", []string{"blend-s1-1"}},
		{"-tag:draft", []string{"nabla_100%", "sweep-s2-1"}},
		{"name:s2", []string{"sweep-s2-1"}},
		{"id:" + strings.ToLower(string(newID(3))), []string{"Again"}},
		{"parent:" + string(newID(1)), []string{"Again"}},
		{"-parent:" + string(newID(1)), []string{"nabla_100%", "sweep-s2-1", "blend-s1-1"}},
		{"seed>=2 seed<4", []string{"Again", "sweep-s2-1"}},
		{"done:3", []string{"sweep-s2-1"}},
		{"param.ratio>0.1 bench:fuzz", []string{"nabla_100%"}},
		{"param.ratio:0.150 param.rules:v,k seed:1", []string{"blend-s1-1"}},
		{"param.ratio<0.1", []string{}},
		{"fuzz|tag:paper", []string{"nabla_100%", "blend-s1-1"}},
		{"bench:kv -blend", []string{"sweep-s2-1"}},
		{`'); DROP TABLE run; --`, []string{}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if d := cmp.Diff(tt.want, names(t, s, run.Filter{Text: tt.text})); d != "" {
				t.Error(d)
			}
		})
	}
	if got := names(t, s, run.Filter{Bench: "kv", States: []run.State{run.Done, run.Failed}, Limit: 1}); !slices.Equal(got, []string{"Again"}) {
		t.Errorf("bench, states and limit together: %v", got)
	}
}

func TestFilterErrorsNameTheNearest(t *testing.T) {
	s := open(t, t.TempDir())
	for text, want := range map[string]string{
		"stat:done":   `unknown key "stat", did you mean "state"?`,
		"state:donne": `unknown state "donne", did you mean "done"?`,
		"seed>x":      `seed>x: expected a number`,
		"name:/(/":    `name:/(/: error parsing regexp`,
		"seed:/3/":    `seed takes no regular expression`,
		"nmae:/3/":    `unknown key "nmae", did you mean "name"?`,
		"name>3":      `name is a text, it has no >`,
		"state:":      `filter, column 7: expected a value after state:`,
	} {
		_, err := s.Runs(t.Context(), run.Filter{Text: text})
		wantCode(t, err, run.EUsage)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestRunHoldsWhatWasWritten(t *testing.T) {
	s := shelf(t)
	r, err := s.Run(t.Context(), newID(3))
	if err != nil {
		t.Fatal(err)
	}
	ms := start.UnixMilli()
	want := run.Run{ID: newID(3), Bench: "kv", Kind: "kv.blend", Name: "Again", State: run.Failed, Host: "box", BootID: "boot",
		Parent: newID(1), Relation: run.Rerun, Seed: 3, Params: newRun(3, "kv.blend", "").Params, Env: []byte("{}"),
		CreatedMs: ms, EndedMs: ms, ErrorCode: "E-MODEL", ErrorText: "no weights", Tags: []string{"draft"}}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
	runs, err := s.Runs(t.Context(), run.Filter{Text: "name:again"})
	if err != nil {
		t.Fatal(err)
	}
	want.Params, want.Env = nil, nil
	if d := cmp.Diff([]run.Run{want}, runs); d != "" {
		t.Error(d)
	}
}

func TestResolve(t *testing.T) {
	s := shelf(t)
	for ref, want := range map[string]run.ID{
		string(newID(2)):                       newID(2),
		strings.ToLower(string(newID(2))[:10]): newID(2),
		"sweep-s2-1":                           newID(2),
		"@1":                                   newID(4),
		"@2":                                   newID(3),
		"@kv":                                  newID(3),
		"@fuzz":                                newID(4),
	} {
		if r, err := s.Resolve(t.Context(), ref); err != nil || r.ID != want {
			t.Errorf("%s: %s, %v", ref, r.ID, err)
		}
	}
	for ref, want := range map[string]string{
		"@9":                 "there is no run @9",
		"@0":                 "counting starts at @1",
		"@prune":             "there is no run @prune",
		"blend":              "at least 6 characters",
		"blend-s1":           `there is no run "blend-s1"`,
		string(newID(2))[:8]: "the beginning of several runs",
		"":                   "there is no run named",
	} {
		_, err := s.Resolve(t.Context(), ref)
		wantCode(t, err, run.ENoRun)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

func TestUnknownRunsAreErrors(t *testing.T) {
	s := shelf(t)
	ctx, none := t.Context(), newID(99)
	_, err := s.Run(ctx, none)
	wantCode(t, err, run.ENoRun)
	_, err = s.Records(ctx, none, "", 0)
	wantCode(t, err, run.ENoRun)
	_, err = s.Arrays(ctx, none)
	wantCode(t, err, run.ENoRun)
	_, err = s.Array(ctx, newID(1), "none")
	wantCode(t, err, run.ENoRun)
	_, err = s.Metrics(ctx, none, "x")
	wantCode(t, err, run.ENoRun)
	_, err = s.Events(ctx, none, 0, 0)
	wantCode(t, err, run.ENoRun)
	if list, err := s.Records(ctx, newID(1), "", 0); err != nil || len(list) != 0 {
		t.Errorf("a run without rows: %v, %v", list, err)
	}
}

func TestVersionChangesWithTheCommitsOfOthers(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	version := func() int64 {
		t.Helper()
		v, err := a.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	if version() != before {
		t.Error("the version changed without a commit")
	}
	create(t, b, newRun(1, "kv.blend", "x"))
	if version() == before {
		t.Error("the version did not change with a commit")
	}
}

func TestMetricsKeepNaN(t *testing.T) {
	s := open(t, t.TempDir())
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	rec := recorder(t, s, id)
	loss := run.MetricKey{Name: "loss", Unit: "nats", Better: -1}
	for step, v := range []float64{1, math.NaN(), math.Inf(1), 9} {
		rec.Metric(loss, int64(step), v)
	}
	rec.Metric(loss, 3, 0.5) // replaces
	rec.Metric(run.MetricKey{Name: "other"}, 0, 1)
	if err := rec.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := s.Metrics(t.Context(), id, "loss")
	if err != nil || len(list) != 4 {
		t.Fatalf("%v, %v", list, err)
	}
	if list[0].Key != loss || list[0].Value != 1 || !math.IsNaN(list[1].Value) || !math.IsInf(list[2].Value, 1) || list[3].Value != 0.5 {
		t.Errorf("%v", list)
	}
}
