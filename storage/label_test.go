package storage_test

import (
	"testing"

	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

func TestLabelsAreKeptBesideARunThatIsDone(t *testing.T) {
	s := open(t, t.TempDir())
	id := create(t, s, newRun(1, "caption.run", "x")).ID
	rec := recorder(t, s, id)
	rec.Record(run.FindingKind, "0412", run.Finding{ID: "0412", Severity: run.High})
	rec.Record(run.FindingKind, "0033", run.Finding{ID: "0033", Severity: run.Low})
	rec.Record("pair", "0001", nil)
	commit(t, rec)
	if err := s.Finish(t.Context(), id, run.Done, nil); err != nil {
		t.Fatal(err)
	}
	before, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []run.Label{{Key: "0412", Word: "unsure"}, {Key: "0412", Word: "false", Note: "a synonym"}, {Key: "0033", Word: "true"}} {
		if err := s.Label(t.Context(), id, l.Key, l.Word, l.Note); err != nil {
			t.Fatal(err)
		}
	}
	want := []run.Label{{Key: "0033", Word: "true", AtMs: start.UnixMilli()}, {Key: "0412", Word: "false", Note: "a synonym", AtMs: start.UnixMilli()}}
	got, err := s.Labels(t.Context(), id)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(d, err)
	}
	if after, err := s.Version(t.Context()); err != nil || after == before {
		t.Errorf("other screens do not see a label: version %d, %v", after, err)
	}
	if err := s.Label(t.Context(), id, "0412", "", ""); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Labels(t.Context(), id); err != nil || len(got) != 1 || got[0].Key != "0033" {
		t.Errorf("after one was taken back: %v, %v", got, err)
	}
	wantCode(t, s.Label(t.Context(), id, "0001", "true", ""), run.ENoRun)
	wantCode(t, s.Label(t.Context(), newID(9), "0412", "true", ""), run.ENoRun)
	wantCode(t, s.Label(t.Context(), id, "0412", "two words", ""), run.EUsage)
}
