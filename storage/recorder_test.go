package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/core/run"
	"assay/storage"

	"github.com/google/go-cmp/cmp"
)

func commit(t testing.TB, rec *storage.Recorder) {
	t.Helper()
	if err := rec.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestALaterRecordReplacesTheEarlier(t *testing.T) {
	s := open(t, t.TempDir())
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	rec := recorder(t, s, id)
	rec.Record("mode", "full", map[string]int{"n": 1})
	rec.Record("mode", "blend", map[string]int{"n": 2})
	commit(t, rec)
	rec.Event(run.Warn, "store", "evicted", map[string]int{"bytes": 5})
	rec.Record("mode", "full", map[string]int{"n": 3})
	rec.Record("prompt", "", "text")
	commit(t, rec)
	all := func(kind string, after int64) string {
		list, err := s.Records(t.Context(), id, kind, after)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, r := range list {
			fmt.Fprintf(&b, "%d %s/%s %s; ", r.Seq, r.Kind, r.Key, r.Data)
		}
		return b.String()
	}
	if got, want := all("mode", 0), `2 mode/blend {"n":2}; 4 mode/full {"n":3}; `; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	if got, want := all("", 2), `4 mode/full {"n":3}; 5 prompt/ "text"; `; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	events, err := s.Events(t.Context(), id, 0, 0)
	want := []run.Event{{Seq: 3, TMs: start.UnixMilli(), Level: run.Warn, Kind: "store", Text: "evicted", Data: []byte(`{"bytes":5}`)}}
	if d := cmp.Diff(want, events); err != nil || d != "" {
		t.Error(d, err)
	}
	if r, err := s.Run(t.Context(), id); err != nil || r.LastSeq != 5 {
		t.Errorf("last_seq %d, %v", r.LastSeq, err)
	}
}

func TestAResumedRecorderGoesOnCounting(t *testing.T) {
	s := open(t, t.TempDir())
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	first := recorder(t, s, id)
	first.Record("a", "1", 1)
	first.Progress(1, 2)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	first.Record("a", "lost", 1) // after its end
	if err := s.Finish(t.Context(), id, run.Stopped, nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.Recorder(t.Context(), id, nil, nil)
	wantCode(t, err, run.EState)
	if _, err := s.Requeue(t.Context(), id, "box", "boot2"); err != nil {
		t.Fatal(err)
	}
	second := recorder(t, s, id)
	second.Record("a", "2", 2)
	commit(t, second)
	list, err := s.Records(t.Context(), id, "a", 1)
	if err != nil || len(list) != 1 || list[0].Seq != 2 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestCommitEndsWithItsContext(t *testing.T) {
	s := open(t, t.TempDir())
	rec := recorder(t, s, create(t, s, newRun(1, "kv.blend", "x")).ID)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 { // select may choose either way
		if err := rec.Commit(ctx); err != nil && err != context.Canceled {
			t.Fatal(err)
		}
	}
}

// files lists what lies in the artifact directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	list := []string{}
	err := filepath.WalkDir(filepath.Join(dir, "artifacts"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestArraysAreInlineOrFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	small := run.F32Array("blend/dk", []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	large := run.F32Array("full/dk", make([]float32, 20000), 20000)
	ids := []run.ID{create(t, s, newRun(1, "kv.blend", "x")).ID, create(t, s, newRun(2, "kv.blend", "y")).ID}
	for _, id := range ids {
		rec := recorder(t, s, id)
		rec.Array(small)
		rec.Array(run.Array{Name: "none", DType: "f32"})
		rec.Array(large)
		commit(t, rec)
		for _, want := range []run.Array{small, large} {
			got, err := s.Array(t.Context(), id, want.Name)
			if d := cmp.Diff(want, got); err != nil || d != "" {
				t.Error(d, err)
			}
		}
	}
	infos, err := s.Arrays(t.Context(), ids[0])
	if err != nil || len(infos) != 3 {
		t.Fatalf("%v, %v", infos, err)
	}
	if a := infos[1]; a.Name != "full/dk" || a.Bytes != 80000 || a.Seq != 3 || len(a.SHA) != 64 || a.Shape[0] != 20000 {
		t.Errorf("%+v", a)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Fatalf("two runs with the same data have %d files", len(got))
	}

	// The file lives as long as one of them points to it.
	rec := recorder(t, s, ids[0])
	large.Data = bytes.Clone(large.Data)
	large.Data[0] = 1
	rec.Array(large)
	commit(t, rec)
	if got := files(t, dir); len(got) != 2 {
		t.Fatalf("%d files after one was replaced", len(got))
	}
	large.Data = bytes.Clone(large.Data)
	large.Data[0] = 2
	rec.Array(large)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 2 {
		t.Fatalf("%d files: the one that nothing points to is still there", len(got))
	}
	for _, id := range ids {
		if err := s.Finish(t.Context(), id, run.Done, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("files of removed runs: %v", got)
	}
}

func TestADamagedFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	rec := recorder(t, s, id)
	rec.Array(run.F32Array("big", make([]float32, 20000), 20000))
	commit(t, rec)
	path := files(t, dir)[0]
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Array(t.Context(), id, "big")
	wantCode(t, err, run.EDB)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = s.Array(t.Context(), id, "big")
	wantCode(t, err, run.EDB)
}

// TestWritersAndReadersAtOnce lets four recorders in two stores write while
// four readers check that what they are told of is there.
func TestWritersAndReadersAtOnce(t *testing.T) {
	const rows = 2000
	dir := t.TempDir()
	stores := []*storage.Store{open(t, dir), open(t, dir)}
	var all sync.WaitGroup
	for n := range 4 {
		s := stores[n%2]
		id := create(t, s, newRun(n, "kv.blend", fmt.Sprint("w", n))).ID
		rec := recorder(t, s, id)
		all.Go(func() {
			for i := range rows {
				rec.Record("row", fmt.Sprint(i), i)
				if i%100 == 99 {
					commit(t, rec)
				}
			}
		})
		all.Go(func() {
			for told := int64(0); told < rows; {
				r, err := stores[(n+1)%2].Run(t.Context(), id)
				if err != nil {
					t.Error(err)
					return
				}
				list, err := stores[(n+1)%2].Records(t.Context(), id, "", told)
				if err != nil || int64(len(list)) < r.LastSeq-told {
					t.Errorf("told of %d, found %d after %d, %v", r.LastSeq, len(list), told, err)
					return
				}
				told = r.LastSeq
			}
		})
	}
	all.Wait()
}

// BenchmarkRecord measures the rate of rows through a recorder. The budget is
// 10,000 rows a second.
func BenchmarkRecord(b *testing.B) {
	s := open(b, b.TempDir())
	rec := recorder(b, s, create(b, s, newRun(1, "kv.blend", "x")).ID)
	data := map[string]any{"prompt": 3, "mode": "blend", "ratio": 0.15, "kl": 0.0031, "ttft_ms": 12.5}
	b.ResetTimer()
	for i := range b.N {
		rec.Record("row", fmt.Sprint(i), data)
	}
	commit(b, rec)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkList measures the list of the Runs screen over 10,000 runs.
func BenchmarkList(b *testing.B) {
	s := open(b, b.TempDir())
	for n := range 10000 {
		create(b, s, newRun(n, "kv.blend", fmt.Sprint("blend-", n)))
	}
	b.ResetTimer()
	for range b.N {
		if _, err := s.Runs(b.Context(), run.Filter{Limit: 200}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestALockedDatabaseIsWaitedFor lets another program hold the write lock until
// the recorder has failed twice.
func TestALockedDatabaseIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.Busy = 10 * time.Millisecond
	s, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	locked, release, released := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var said []run.Code
	rec, err := s.Recorder(t.Context(), id, func(err error) { t.Errorf("recorder: %v", err) }, func(err error) bool {
		if said = append(said, run.CodeOf(err)); err != nil && !errors.Is(err, run.ErrLocked) {
			t.Errorf("the recorder said %v", err)
		}
		if len(said) == 2 {
			close(release)
			if err := <-released; err != nil {
				t.Errorf("the other program: %v", err)
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	other := open(t, dir)
	go func() {
		released <- other.Write(context.Background(), func(*storage.Tx) error {
			close(locked)
			<-release
			return nil
		})
	}()
	<-locked
	rec.Record("row", "1", 1)
	commit(t, rec)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if want := []run.Code{run.EDB, run.EDB, ""}; !slices.Equal(said, want) {
		t.Errorf("the recorder said %q, want %q", said, want)
	}
	events, err := s.Events(t.Context(), id, 0, 0)
	if err != nil || len(events) != 1 || events[0].Kind != "database.locked" {
		t.Errorf("events: %+v, %v", events, err)
	}
}
