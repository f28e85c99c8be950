package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/core/run"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks our databases: "ASAY" in ASCII.
const applicationID = 0x41534159

// migration leads from one schema version to the next.
type migration struct {
	name string
	text string
}

// migrations are the embedded files in their order; the n-th leads to version n.
func migrations() []migration {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		panic("storage: " + err.Error()) // the pattern is a constant
	}
	slices.Sort(names)
	list := make([]migration, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			panic("storage: " + err.Error()) // it has just been listed
		}
		list[i] = migration{filepath.Base(name), string(text)}
	}
	return list
}

// latest is the schema version that this build writes.
func latest() int { return len(migrations()) }

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version reads the schema version; 0 means an empty file.
func version(ctx context.Context, db querier) (int, error) {
	var id, v, tables int
	if err := db.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), "+
		"(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)").Scan(&id, &v, &tables); err != nil {
		return 0, err
	}
	if id != applicationID && (id != 0 || v != 0 || tables != 0) {
		return 0, &run.Error{Code: run.EDB, Text: "the file assay.db is a database of another program", Hint: "move it away, or set ASSAY_HOME to another directory"}
	}
	return v, nil
}

// migrate brings the database to the version of the last migration. The caller
// holds assay.lock exclusively.
func migrate(ctx context.Context, o Options, list []migration) (err error) {
	db := openWriter(o)
	defer func() { err = errors.Join(err, db.Close()) }()
	from, err := version(ctx, db)
	if err != nil || from >= len(list) {
		return err
	}
	if from > 0 {
		if err := backup(ctx, db, o, from); err != nil {
			return fmt.Errorf("back up before migrating: %w", err)
		}
	}
	for n, m := range list[from:] {
		if err := apply(ctx, db, from+n+1, m.text); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// apply runs one file in one transaction. Foreign keys are off meanwhile, as
// SQLite asks of changes to tables, and checked before the commit.
func apply(ctx context.Context, db *sql.DB, to int, text string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = off"); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // no effect after a commit
	for _, sql := range []string{text, fmt.Sprintf("PRAGMA user_version = %d", to), fmt.Sprintf("PRAGMA application_id = %d", applicationID)} {
		if _, err := tx.ExecContext(ctx, sql); err != nil {
			return err
		}
	}
	var broken int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d rows would point to nothing", broken)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "PRAGMA foreign_keys = on")
	return err
}

// keptBackups is how many copies from before migrations are kept.
const keptBackups = 3

func backup(ctx context.Context, db *sql.DB, o Options, from int) error {
	dir := filepath.Join(filepath.Dir(o.Path), "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := fmt.Sprintf("assay-v%03d-%s.db", from, o.Now().UTC().Format("20060102T150405.000"))
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", filepath.Join(dir, name)); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "assay-v*.db"))
	if err != nil {
		return err
	}
	slices.SortFunc(old, func(a, b string) int { // by time: the version comes first in the name
		return strings.Compare(a[strings.LastIndexByte(a, '-'):], b[strings.LastIndexByte(b, '-'):])
	})
	for len(old) > keptBackups {
		if err := os.Remove(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	return nil
}

// migrationWait is how long a program waits for others to let go of assay.lock
// before it gives up migrating: a program that starts holds it for milliseconds.
const migrationWait = 10 * time.Second
