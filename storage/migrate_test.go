package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/run"
)

// TestMigrationsAreNeverEdited compares each file with its hash: a released
// migration has run on somebody's database already.
func TestMigrationsAreNeverEdited(t *testing.T) {
	want, err := os.ReadFile("testdata/migrations.sha256")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, m := range migrations() {
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256([]byte(m.text)), m.name)
	}
	if got.String() != string(want) {
		t.Errorf("add new migrations to testdata/migrations.sha256, and leave the old ones as they are; they are now:\n%s", got.String())
	}
}

func TestMigrateBacksUpAndKeepsRows(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	o := Options{Path: filepath.Join(dir, "assay.db"), CacheKB: 2048, Now: func() time.Time { now = now.Add(time.Second); return now }}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), run.Run{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Bench: "kv", Kind: "kv.blend", Name: "kept", Params: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	list := migrations()
	for n := range 5 {
		list = append(list, migration{fmt.Sprint("step", n), fmt.Sprintf("ALTER TABLE run ADD COLUMN extra%d TEXT", n)})
		if err := migrate(t.Context(), o, list); err != nil {
			t.Fatal(err)
		}
	}
	backups, err := filepath.Glob(filepath.Join(dir, "backups", "*"))
	if err != nil || len(backups) != keptBackups || !strings.Contains(backups[0], fmt.Sprintf("assay-v%03d-", len(list)-3)) {
		t.Errorf("kept %v, %v", backups, err)
	}
	if err := migrate(t.Context(), o, append(list, migration{"broken", "CREATE TABLE half (x TEXT) STRICT; SELECT nonsense"})); err == nil || !strings.Contains(err.Error(), "broken:") {
		t.Errorf("a broken migration: %v", err)
	}

	// To today's build this is a database of the future: it can be read, not written.
	s, err = Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r, err := s.Resolve(t.Context(), "kept"); err != nil || r.Kind != "kv.blend" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.Records(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "", 0); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"finish": s.Finish(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", run.Done, nil),
		"tag":    s.Tag(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"),
	} {
		if run.CodeOf(err) != run.EDBNewer || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var tables int
	if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE name = 'half'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("the broken migration left %d tables, %v", tables, err)
	}
}

// TestAFutureSchemaThatCannotBeReadSaysSo drops a column that this build needs.
func TestAFutureSchemaThatCannotBeReadSaysSo(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "assay.db")}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	db, err := sql.Open("sqlite3", o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("ALTER TABLE run DROP COLUMN headline; PRAGMA user_version = 77"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	s, err = Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err = s.Runs(t.Context(), run.Filter{}); run.CodeOf(err) != run.EDBNewer {
		t.Errorf("got %v", err)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"another program's database": func(path string) error {
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				return err
			}
			defer db.Close()
			_, err = db.Exec("CREATE TABLE theirs (x)")
			return err
		},
		"no database": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("text ", 500)), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Path: filepath.Join(t.TempDir(), "assay.db")}
			if err := make(o.Path); err != nil {
				t.Fatal(err)
			}
			_, err := Open(context.Background(), o)
			if run.CodeOf(err) != run.EDB || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMigrationWaitsForNobodyForever(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "assay.db")}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// Another program has the database open: the lock is shared, never exclusive.
	other, err := openLock(filepath.Join(filepath.Dir(o.Path), "assay.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if ok, err := other.set(t.Context(), 1 /* F_WRLCK */, 0); ok || err != nil {
		t.Errorf("got the exclusive lock while a store is open: %v", err)
	}
	if ok, err := other.set(t.Context(), 0 /* F_RDLCK */, 0); !ok || err != nil {
		t.Errorf("a second program cannot share the lock: %v", err)
	}
}
