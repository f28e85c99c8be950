package storage

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

// TestReleasedSchemasAreMigratedWithTheirRows opens a database of every schema
// before today's, and finds today's schema and every row in it.
func TestReleasedSchemasAreMigratedWithTheirRows(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "assay.db")
	s, err := Open(t.Context(), Options{Path: fresh})
	if err != nil {
		t.Fatal(err)
	}
	want := schemaOf(t, s.read)
	s.Close()
	for _, v := range []int{1} { // schema 2 was never released
		t.Run(fmt.Sprint("schema ", v), func(t *testing.T) {
			text, err := os.ReadFile(fmt.Sprintf("testdata/schema-%d.sql", v))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "assay.db")
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
				t.Fatal(err)
			}
			rows := countRows(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return time.UnixMilli(1766000010000) }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if d := cmp.Diff(want, schemaOf(t, s.read)); d != "" {
				t.Error("schema: ", d)
			}
			after := countRows(t, s.read)
			for table, n := range rows {
				if n == 0 || after[table] != n {
					t.Errorf("%s: %d rows before, %d after", table, n, after[table])
				}
			}
			r, err := s.Resolve(t.Context(), "blend-s7-1")
			if err != nil || r.State != run.Done || r.Note != "a note" || !r.Starred || len(r.Tags) != 1 || r.Headline != "KL .1" {
				t.Errorf("%+v, %v", r, err)
			}
			if a, err := s.Array(t.Context(), r.ID, "full/dv"); err != nil || len(a.Data) != 4 {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

// schemaOf returns what makes the schema, by name.
func schemaOf(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name, coalesce(sql, '') FROM sqlite_schema")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			t.Fatal(err)
		}
		out[k] = v
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func countRows(t *testing.T, db *sql.DB) map[string]int {
	t.Helper()
	out := map[string]int{}
	for name, text := range schemaOf(t, db) {
		if !strings.HasPrefix(text, "CREATE TABLE") || strings.HasPrefix(name, "sqlite_") {
			continue
		}
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out[name] = n
	}
	return out
}
