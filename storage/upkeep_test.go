package storage_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/storage"

	"github.com/google/go-cmp/cmp"
)

// large is a block that is kept as a file.
func large(n byte) []byte { return bytes.Repeat([]byte{n}, 100<<10) }

// finished records a run with one row and, if size is not 0, a block, and ends it.
func finished(t *testing.T, s *storage.Store, n int, block []byte) run.Run {
	t.Helper()
	r := create(t, s, newRun(n, "kv.blend", fmt.Sprintf("run%d", n)))
	rec := recorder(t, s, r.ID)
	rec.Record("row", "1", strings.Repeat("x", 200))
	rec.Metric(run.MetricKey{Name: "m", Unit: "ms"}, 1, 2)
	rec.Event(run.Info, "e", "text", nil)
	if block != nil {
		rec.Array(run.Array{Name: "block", DType: "i8", Shape: []int{len(block)}, Data: block})
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), r.ID, run.Done, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// changeIn executes SQL as somebody who does not know our rules.
func changeIn(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "assay.db")+"?_foreign_keys=off")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range statements {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

// examine returns the checks that are not ok, as lines.
func examine(t *testing.T, dir string) []string {
	t.Helper()
	list, err := storage.Examine(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range list {
		if c.Status != "ok" {
			lines = append(lines, c.Area+" "+c.Status+": "+c.Text)
		}
	}
	return lines
}

func artifacts(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "artifacts", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestExamineFindsWhatIsWrong(t *testing.T) {
	seed := func(t *testing.T) string {
		dir := t.TempDir()
		s := open(t, dir)
		finished(t, s, 1, large(1))
		finished(t, s, 2, []byte("small"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  []string // beginnings
	}{
		{"nothing", func(*testing.T, string) {}, nil},
		{"a file that has changed", func(t *testing.T, dir string) { write(t, artifacts(t, dir)[0], large(9)) }, []string{"artifacts problem: file "}},
		{"a file that is cut", func(t *testing.T, dir string) { write(t, artifacts(t, dir)[0], []byte("x")) }, []string{"artifacts problem: file "}},
		{"a file that is gone", func(t *testing.T, dir string) { remove(t, artifacts(t, dir)[0]) }, []string{"artifacts problem: file "}},
		{"a file without a row", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "artifacts", ".new-123"), []byte("half"))
		}, []string{"artifacts note: 1 files of 4 bytes are known to no row"}},
		{"a block that has changed", func(t *testing.T, dir string) {
			changeIn(t, dir, "UPDATE array SET data = x'00' WHERE data IS NOT NULL")
		}, []string{"hashes problem: run run2, array block has changed"}},
		{"parameters that have changed", func(t *testing.T, dir string) {
			changeIn(t, dir, `UPDATE run SET params_json = '{"ratio":1}' WHERE name = 'run1'`)
		}, []string{"hashes problem: run run1, parameters has changed"}},
		{"rows without a run", func(t *testing.T, dir string) {
			changeIn(t, dir, "DELETE FROM run WHERE name = 'run2'")
		}, []string{"references problem: 1 rows of array", "references problem: 1 rows of event", "references problem: 1 rows of metric ", "references problem: 1 rows of record", "references problem: 3 rows of run_param"}},
		{"a row above the last number", func(t *testing.T, dir string) {
			changeIn(t, dir, "UPDATE run SET last_seq = 1 WHERE name = 'run1'")
		}, []string{"rows problem: run run1 has a row with sequence number 4, above its last, 1"}},
		{"a ticket of an ended run", func(t *testing.T, dir string) {
			changeIn(t, dir, "INSERT INTO lease_wait (run_id, lease) SELECT id, 'jobs' FROM run LIMIT 1")
		}, []string{"rows note: 1 ended runs still stand in a queue"}},
		{"a newer schema", func(t *testing.T, dir string) { changeIn(t, dir, "PRAGMA user_version = 99") }, []string{"schema note: version 99, newer"}},
		{"another program's file", func(t *testing.T, dir string) { changeIn(t, dir, "PRAGMA application_id = 1") }, []string{"schema problem: the file assay.db is a database of another program"}},
		{"no database", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "assay.db"), large('x')) }, []string{"database problem: file is not a database"}},
		{"no file", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "assay.db")) }, []string{"database note: there is no database"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := seed(t)
			tt.spoil(t, dir)
			got := examine(t, dir)
			if len(got) != len(tt.want) {
				t.Fatalf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for i, w := range tt.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("found %q, want %q", got[i], w)
				}
			}
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func TestExpiredKeepsWhatSomebodyMarked(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ctx := t.Context()
	var ids []run.ID
	for n := range 10 {
		var block []byte
		if n == 0 || n == 1 || n == 9 {
			block = large(7) // three runs share a file
		}
		ids = append(ids, finished(t, s, n, block).ID)
	}
	child := newRun(20, "kv.blend", "child")
	child.Parent, child.Relation = ids[2], run.Rerun
	must(t, s.Finish(ctx, create(t, s, child).ID, run.Done, nil))
	live := create(t, s, newRun(21, "kv.blend", "live"))
	// Everything is old, the last five, run8 to live, are the newest. A star, a
	// tag and a note keep their runs, the star also the child.
	must(t, s.Star(ctx, ids[2], true))
	must(t, s.Tag(ctx, ids[3], "paper"))
	must(t, s.Note(ctx, ids[4], "look again"))
	later := func(d time.Duration) *storage.Store {
		o := options(dir)
		o.Now = func() time.Time { return start.Add(d) }
		s, err := storage.Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	names := func(list []storage.Expired) string {
		var b strings.Builder
		for _, e := range list {
			b.WriteString(e.Name + " ")
		}
		return strings.TrimSpace(b.String())
	}
	const day = 24 * time.Hour
	huge := int64(1 << 40)
	for _, tt := range []struct {
		name  string
		after time.Duration
		keep  storage.Keep
		want  string
	}{
		{"young", 89 * day, storage.Keep{Runs: 1, Age: 90 * day, Bytes: huge}, ""},
		{"old", 91 * day, storage.Keep{Runs: 4, Age: 90 * day, Bytes: huge}, "run0 run1 run5 run6 run7"},
		{"old but few", 91 * day, storage.DefaultKeep, ""},
		{"too much", 0, storage.Keep{Runs: 2, Age: 90 * day, Bytes: 1}, "run0 run1 run5 run6 run7 run8 run9"},
		{"enough room", 0, storage.Keep{Runs: 2, Age: 90 * day, Bytes: huge}, ""},
		{"a clock that was set back", -300 * day, storage.Keep{Runs: 1, Age: 90 * day, Bytes: huge}, ""},
		{"nothing is kept but what is marked or live", 91 * day, storage.Keep{}, "run0 run1 run5 run6 run7 run8 run9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, total, err := later(tt.after).Expired(ctx, tt.keep)
			if err != nil || names(list) != tt.want || total < 100<<10 {
				t.Errorf("%s of %d bytes, %v; want %s", names(list), total, err, tt.want)
			}
			shared := int64(0)
			for _, e := range list {
				if e.Bytes > 100<<10 {
					shared++
				}
			}
			if last := strings.HasSuffix(tt.want, "run9"); last && shared != 1 {
				t.Errorf("a file that three runs share is freed %d times: %+v", shared, list)
			}
		})
	}
	if err := s.Finish(ctx, live.ID, run.Done, nil); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDropStrays(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finished(t, s, 1, large(1))
	gone := finished(t, s, 2, large(2))
	// A run that went without its file, as a crash between the two leaves it.
	changeIn(t, dir, "DELETE FROM array WHERE run_id = (SELECT id FROM run WHERE name = '"+gone.Name+"')")
	old, young := filepath.Join(dir, "artifacts", ".new-1"), filepath.Join(dir, "artifacts", ".new-2")
	write(t, old, []byte("old"))
	write(t, young, []byte("young"))
	must(t, os.Chtimes(old, start, start.Add(-2*time.Hour)))
	must(t, os.Chtimes(young, start, start.Add(-time.Minute)))
	want := storage.Swept{Rows: 1, Files: 2, Bytes: 100<<10 + 3}
	for _, dry := range []bool{true, false} {
		got, err := s.DropStrays(t.Context(), dry)
		if err != nil || got != want {
			t.Fatalf("dry %v: %+v, %v; want %+v", dry, got, err, want)
		}
		if _, err := os.Stat(old); (err == nil) != dry {
			t.Errorf("dry %v: the half-written file: %v", dry, err)
		}
	}
	if got, err := s.DropStrays(t.Context(), false); err != nil || got != (storage.Swept{}) {
		t.Errorf("again: %+v, %v", got, err)
	}
	if got := examine(t, dir); len(got) != 1 || !strings.HasPrefix(got[0], "artifacts note: 1 files of 5 bytes") {
		t.Errorf("left: %q", got)
	}
}

func TestCompactGivesSpaceBackAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for n := range 20 {
		r := create(t, s, newRun(n, "kv.blend", fmt.Sprintf("run%d", n)))
		rec := recorder(t, s, r.ID)
		rec.Record("row", "1", strings.Repeat("x", 50<<10))
		must(t, rec.Close())
		must(t, s.Finish(t.Context(), r.ID, run.Done, nil))
	}
	for n := 1; n < 20; n++ {
		must(t, s.Remove(t.Context(), newID(n)))
	}
	compact := func(ctx context.Context) error {
		before, after, err := s.Compact(ctx)
		if err == nil && after*2 > before {
			t.Errorf("%d bytes became %d", before, after)
		}
		return err
	}
	other := open(t, dir)
	err := s.Alone(t.Context(), 0, compact)
	wantCode(t, err, run.EDB)
	if !strings.Contains(err.Error(), "is in use by ") {
		t.Errorf("%v does not say by whom", err)
	}
	must(t, other.Close())
	must(t, s.Alone(t.Context(), 0, compact))
	if got := examine(t, dir); got != nil {
		t.Errorf("left: %q", got)
	}
	// It is shared again afterwards.
	must(t, open(t, dir).Star(t.Context(), newID(0), true))
}

func TestBackupIsWholeAndOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r := create(t, s, newRun(1, "kv.blend", "x"))
	rec := recorder(t, s, r.ID)
	rec.Record("row", "1", 1)
	commit(t, rec) // the writer stays open
	path, size, err := s.Backup(t.Context(), "")
	if err != nil || filepath.Dir(path) != filepath.Join(dir, "backups") {
		t.Fatalf("%s, %v", path, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != size {
		t.Errorf("%v, %v; want %d bytes", info, err, size)
	}
	again := filepath.Join(t.TempDir(), "assay.db")
	if path, _, err = s.Backup(t.Context(), again); err != nil || path != again {
		t.Fatalf("%s, %v", path, err)
	}
	_, _, err = s.Backup(t.Context(), again)
	wantCode(t, err, run.EUsage)
	_, _, err = s.Backup(t.Context(), filepath.Join(dir, "none", "x.db"))
	wantCode(t, err, run.EDB)
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(again), "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	// A backup is a database that can be worked with.
	copied := open(t, filepath.Dir(again))
	if rows, err := copied.Records(t.Context(), r.ID, "", 0); err != nil || len(rows) != 1 {
		t.Errorf("%d rows in the copy, %v", len(rows), err)
	}
	must(t, copied.Star(t.Context(), r.ID, true))
}

func TestStats(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if st, err := s.Stats(t.Context()); err != nil || st.Bytes == 0 || len(st.Largest) != 0 || st.States == nil {
		t.Errorf("of nothing: %+v, %v", st, err)
	}
	for n := range 12 {
		block := []byte("small")
		if n == 5 {
			block = large(1)
		}
		finished(t, s, n, block)
	}
	create(t, s, newRun(50, "kv.sweep", "live"))
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.Files != 1 || st.FileBytes != 100<<10 || st.Journal != "wal" || st.LogBytes == 0 || st.NewestMs != start.UnixMilli() {
		t.Errorf("%+v", st)
	}
	if len(st.Largest) != 10 || st.Largest[0].Name != "run5" || st.Largest[0].Bytes < 100<<10 || st.Largest[1].Bytes > 10<<10 {
		t.Errorf("largest: %+v", st.Largest)
	}
	if d := cmp.Diff([]storage.Tally{{Name: "done", Rows: 12}, {Name: "queued", Rows: 1}}, st.States); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]storage.Tally{{Name: "kv.blend", Rows: 12}, {Name: "kv.sweep", Rows: 1}}, st.Kinds); d != "" {
		t.Error(d)
	}
	rows := map[string]int64{}
	for _, table := range st.Tables {
		rows[table.Name] = table.Rows
	}
	if rows["run"] != 13 || rows["record"] != 12 || rows["array"] != 12 || rows["artifact"] != 1 || rows["metric"] != 12 {
		t.Errorf("tables: %v", rows)
	}
}

func TestVerifyIsDueOnceAWeekAndAfterADeath(t *testing.T) {
	dir := t.TempDir()
	now := start
	o := options(dir)
	o.Now = func() time.Time { return now }
	s, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	verified := func() time.Time {
		t.Helper()
		_, ms, err := s.View(t.Context(), "assay", "verified")
		if err != nil {
			t.Fatal(err)
		}
		return time.UnixMilli(ms).UTC()
	}
	for _, step := range []struct {
		wait  time.Duration
		force bool
		looks bool
	}{{0, false, true}, {time.Hour, false, false}, {time.Hour, true, true}, {6 * 24 * time.Hour, false, false}, {25 * time.Hour, false, true}, {-100 * 24 * time.Hour, false, true}} {
		now = now.Add(step.wait)
		must(t, s.Verify(t.Context(), step.force))
		if looked := verified().Equal(now); looked != step.looks {
			t.Errorf("after %v, forced %v: looked %v", step.wait, step.force, looked)
		}
	}
}

func TestADamagedDatabaseIsReadOnlyUntilItIsSalvaged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	const runs = 300
	for n := range runs {
		r := newRun(n, "kv.blend", fmt.Sprintf("run%03d", n))
		r.Env = []byte(fmt.Sprintf(`{"pad":%q}`, strings.Repeat("e", 300)))
		create(t, s, r)
	}
	must(t, s.Close())
	changeIn(t, dir, "INSERT INTO run_tag (run_id, tag) SELECT id, 'kept' FROM run")
	spoilTable(t, dir, "run")

	s, err := storage.Open(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Verify(t.Context(), true), run.EDB)
	err = s.Tag(t.Context(), newID(0), "more")
	wantCode(t, err, run.EDB)
	if !strings.Contains(err.Error(), "assay.db is damaged") || !strings.Contains(err.Error(), "assay db check") {
		t.Errorf("%v", err)
	}
	must(t, s.Close())
	// Another program, on another day, does not take it for sound either.
	s, err = storage.Open(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Verify(t.Context(), false), run.EDB)
	if got := examine(t, dir); len(got) == 0 || !strings.HasPrefix(got[0], "database problem: ") {
		t.Errorf("examined: %q", got)
	}
	_, err = storage.Salvage(t.Context(), options(dir))
	wantCode(t, err, run.EDB) // in use by s
	must(t, s.Close())

	rescue, err := storage.Salvage(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(rescue.Aside); err != nil || !strings.HasPrefix(filepath.Base(rescue.Aside), "assay.db.bad-2031") {
		t.Errorf("moved to %s, %v", rescue.Aside, err)
	}
	if got := examine(t, dir); got != nil {
		t.Errorf("after the rescue: %q", got)
	}
	s = open(t, dir)
	must(t, s.Verify(t.Context(), false))
	list, err := s.Runs(t.Context(), run.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// One page of some 15 rows is gone; all others are there.
	if lost := runs - len(list); lost == 0 || lost > 40 {
		t.Errorf("%d of %d runs are lost", lost, runs)
	}
	for _, table := range rescue.Tables {
		if (table.Fault != "") != (table.Name == "run") {
			t.Errorf("%+v", table)
		}
	}
	if rescue.Orphan == 0 {
		t.Error("the tags of the lost runs are still counted as read")
	}
	must(t, s.Tag(t.Context(), list[0].ID, "more"))
}

// spoilTable overwrites a leaf in the middle of a table.
func spoilTable(t *testing.T, dir, table string) {
	t.Helper()
	path := filepath.Join(dir, "assay.db")
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	var size, page int
	if err := db.QueryRow("SELECT page_size FROM pragma_page_size").Scan(&size); err != nil {
		t.Fatal(err)
	}
	db.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A leaf of the table, which begins with 0x0d, that holds the run in the middle;
	// its indexes hold the name too.
	for at := 0; ; at++ {
		next := bytes.Index(data[at:], []byte("run150"))
		if next < 0 {
			t.Fatal("no leaf of " + table + " was found")
		}
		at += next
		if page = at / size; data[page*size] == 0x0d {
			break
		}
	}
	for i := range size / 2 {
		data[page*size+i] = 0xa5
	}
	write(t, path, data)
}

func TestSalvageOfWhatIsNoDatabaseAtAll(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, _, err := s.Backup(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	write(t, filepath.Join(dir, "assay.db"), large('x'))
	write(t, filepath.Join(dir, "assay.db-wal"), []byte("log"))
	rescue, err := storage.Salvage(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if rescue.Backup == "" || len(rescue.Tables) == 0 || rescue.Tables[0].Rows != 0 || rescue.Tables[0].Fault == "" {
		t.Errorf("%+v", rescue)
	}
	for _, suffix := range []string{"", "-wal"} {
		if _, err := os.Stat(rescue.Aside + suffix); err != nil {
			t.Error(err)
		}
	}
	if list, err := open(t, dir).Runs(t.Context(), run.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%d runs, %v", len(list), err)
	}
}
