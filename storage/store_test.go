package storage_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/core/run"
	"assay/storage"

	"github.com/oklog/ulid/v2"
)

var _ run.Reader = (*storage.Store)(nil)
var _ run.RecordWriter = (*storage.Recorder)(nil)

// clock is a time that stands still until a test moves it.
var start = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)

func options(dir string) storage.Options {
	return storage.Options{Path: filepath.Join(dir, "assay.db"), Artifacts: filepath.Join(dir, "artifacts"), Now: func() time.Time { return start }}
}

func open(t testing.TB, dir string) *storage.Store {
	t.Helper()
	s, err := storage.Open(context.Background(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newID makes IDs that differ by n alone.
func newID(n int) run.ID {
	var u ulid.ULID
	if err := u.SetTime(uint64(start.UnixMilli()) + uint64(n)); err != nil {
		panic(err)
	}
	return run.ID(u.String())
}

func newRun(n int, kind, name string) run.Run {
	k := kind[:len(kind)-len(filepath.Ext(kind))]
	return run.Run{ID: newID(n), Bench: k, Kind: kind, Name: name, Host: "box", BootID: "boot", Seed: int64(n),
		Params: json.RawMessage(`{"model":"demo","ratio":0.15,"rules":["v","k"]}`)}
}

func create(t testing.TB, s *storage.Store, r run.Run) run.Run {
	t.Helper()
	r, err := s.Create(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func recorder(t testing.TB, s *storage.Store, id run.ID) *storage.Recorder {
	t.Helper()
	rec, err := s.Recorder(context.Background(), id, func(err error) { t.Errorf("recorder: %v", err) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rec.Close(); err != nil {
			t.Error(err)
		}
	})
	return rec
}

func wantCode(t testing.TB, err error, code run.Code) {
	t.Helper()
	if got := run.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %s", got, err, code)
	}
}

func TestOpenMakesTheDatabaseOnce(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	b := open(t, dir)
	create(t, a, newRun(1, "kv.blend", "x"))
	runs, err := b.Runs(t.Context(), run.Filter{})
	if err != nil || len(runs) != 1 {
		t.Fatalf("the second store sees %d runs, %v", len(runs), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "backups")); err == nil {
		t.Error("a new database was backed up")
	}
}

func TestOpenNamesAMissingDirectory(t *testing.T) {
	_, err := storage.Open(t.Context(), options(filepath.Join(t.TempDir(), "none")))
	wantCode(t, err, run.EDB)
}
