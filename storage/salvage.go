package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// Rescue is what Salvage has done.
type Rescue struct {
	Aside  string  `json:"moved_to"` // where the damaged file lies now, its log beside it
	Tables []Saved `json:"tables"`
	Orphan int64   `json:"left_out_rows"` // read, but pointing to rows that could not be
	Backup string  `json:"newest_backup"` // "" where there is none
}

// Saved counts the rows of one table that were copied. A table with a fault was
// read from both ends, and between them where its rows are numbered; how many
// rows it had is not known.
type Saved struct {
	Name  string `json:"name"`
	Rows  int64  `json:"rows"`
	Fault string `json:"fault,omitempty"`
}

// salvageWait is how long Salvage waits for programs that are just ending.
const salvageWait = time.Second

// Salvage copies every row that can be read into a new database, moves the
// damaged one aside to assay.db.bad-TIME with its log, and puts the new one in
// its place. Nothing is deleted. It works on what Open refuses, and only while
// no other program has the database open: else the error is an *run.Error of
// code E-DB that names them.
func Salvage(ctx context.Context, o Options) (r Rescue, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{opts: o}
	defer func() { err = s.border("salvage", err) }()
	info, err := os.Stat(o.Path)
	if err != nil {
		return r, err
	}
	if err := room(filepath.Dir(o.Path), info.Size()); err != nil {
		return r, err
	}
	lock, err := openLock(filepath.Join(filepath.Dir(o.Path), "assay.lock"))
	if err == nil && lock == nil {
		err = fs.ErrPermission
	}
	if err != nil {
		return r, err
	}
	defer lock.close() // lets go of the lock
	alone, err := lock.set(ctx, unix.F_WRLCK, salvageWait)
	if err == nil && !alone {
		err = inUse(o.Path, lock)
	}
	if err != nil {
		return r, err
	}
	stamp := o.Now().UTC().Format("20060102T150405")
	fresh := o
	fresh.Path = o.Path + ".new-" + stamp
	if _, err := os.Lstat(fresh.Path); err == nil {
		return r, &run.Error{Code: run.EDB, Text: fmt.Sprintf("there is a file %s already", fresh.Path), Hint: "move it away"}
	}
	err = refill(ctx, o, fresh, &r)
	if err == nil {
		_, err = settle(fresh.Path)
	}
	if err != nil {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if rmErr := os.Remove(fresh.Path + suffix); rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
				err = errors.Join(err, rmErr)
			}
		}
		return r, err
	}
	r.Aside = o.Path + ".bad-" + stamp
	r.Backup = newestBackup(o)
	return r, swap(o, fresh.Path, r.Aside)
}

// refill makes a new database and fills it from the damaged one.
func refill(ctx context.Context, from, to Options, r *Rescue) error {
	if err := migrate(ctx, to, migrations()); err != nil {
		return err
	}
	// One file, no log beside it: it is renamed when it is full. It is
	// made durable as a whole.
	out := pool(to.Path, "_journal_mode=MEMORY&_synchronous=OFF&_foreign_keys=off&_txlock=immediate", 1)
	in := pool(from.Path, "mode=ro&_query_only=on&_busy_timeout=5000", 1)
	err := func() error {
		names, err := tables(ctx, out)
		if err != nil {
			return err
		}
		for _, name := range names {
			saved, err := salvageTable(ctx, in, out, name)
			if err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
			r.Tables = append(r.Tables, saved)
		}
		r.Orphan, err = dropDangling(ctx, out)
		return err
	}()
	return errors.Join(err, in.Close(), out.Close())
}

// tables lists the tables of a database in the order in which they were made,
// so that rows come after those they point to.
func tables(ctx context.Context, db *sql.DB) ([]string, error) {
	return strs(ctx, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid")
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// salvageTable copies what can be read of one table. Errors of the damaged side
// are in the result; the error is one of the new side, or of ctx.
func salvageTable(ctx context.Context, in, out *sql.DB, name string) (s Saved, err error) {
	s.Name = name
	fault := func(err error) {
		if s.Fault == "" {
			s.Fault = short(err.Error())
		}
	}
	known, err := strs(ctx, out, "SELECT name FROM pragma_table_info(?)", name)
	if err != nil {
		return s, err
	}
	theirs, err := strs(ctx, in, "SELECT name FROM pragma_table_info(?)", name)
	if err != nil {
		fault(err)
	}
	var columns []string // a database of an older version has fewer
	for _, c := range known {
		for _, t := range theirs {
			if c == t {
				columns = append(columns, quoted(c))
			}
		}
	}
	if columns == nil {
		return s, ctx.Err()
	}
	key, err := strs(ctx, out, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", name)
	if err != nil {
		return s, err
	}
	numbered, err := strs(ctx, out, "SELECT name FROM pragma_table_info(?) WHERE pk = 1 AND type = 'INTEGER' AND (SELECT count(*) FROM pragma_table_info(?) WHERE pk > 0) = 1", name, name)
	if err != nil {
		return s, err
	}
	c := copier{in: in, out: out, columns: len(columns),
		from: "SELECT " + strings.Join(columns, ", ") + " FROM " + quoted(name),
		into: "INSERT OR IGNORE INTO " + quoted(name) + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")",
	}
	order := func(how string) string {
		cols := make([]string, len(key))
		for i, k := range key {
			cols[i] = quoted(k) + how
		}
		return " ORDER BY " + strings.Join(cols, ", ")
	}
	if numbered == nil {
		for _, how := range []string{"", " DESC"} {
			n, readErr, err := c.copy(ctx, order(how))
			s.Rows += n
			if err != nil || readErr == nil {
				return s, err
			}
			fault(readErr)
		}
		return s, nil
	}
	return s, c.numbered(ctx, quoted(key[0]), &s, fault)
}

// copier copies rows from one database to another.
type copier struct {
	in, out *sql.DB
	columns int
	from    string
	into    string
}

// copy copies the rows of a query until it ends or fails. It returns how many
// were new; readErr is the failure of the damaged side.
func (c copier) copy(ctx context.Context, rest string, args ...any) (n int64, readErr, err error) {
	tx, err := c.out.BeginTx(ctx, nil)
	if err != nil {
		return 0, nil, err
	}
	defer tx.Rollback() // no effect after a commit
	into, err := tx.PrepareContext(ctx, c.into)
	if err != nil {
		return 0, nil, err
	}
	defer into.Close()
	rows, readErr := c.in.QueryContext(ctx, c.from+rest, args...)
	if readErr == nil {
		defer rows.Close()
		values, dest := make([]any, c.columns), make([]any, c.columns)
		for i := range values {
			dest[i] = &values[i]
		}
		for rows.Next() {
			if readErr = rows.Scan(dest...); readErr != nil {
				break
			}
			res, err := into.ExecContext(ctx, values...)
			if refused(err) {
				continue // a row whose values were damaged
			}
			if err != nil {
				return 0, nil, err
			}
			added, err := res.RowsAffected()
			if err != nil {
				return 0, nil, err
			}
			n += added
		}
		if readErr == nil {
			readErr = rows.Err()
		}
	}
	if ctx.Err() != nil {
		return 0, nil, context.Cause(ctx)
	}
	return n, readErr, tx.Commit()
}

// numbered copies a table of numbered rows: from the first up, from the last
// down, and after a fault on from the next row that can be found.
func (c copier) numbered(ctx context.Context, key string, s *Saved, fault func(error)) error {
	n, readErr, err := c.copy(ctx, " ORDER BY "+key)
	s.Rows += n
	if err != nil || readErr == nil {
		return err
	}
	fault(readErr)
	if n, _, err = c.copy(ctx, " ORDER BY "+key+" DESC"); err != nil {
		return err
	}
	s.Rows += n
	table := c.from[strings.LastIndex(c.from, " FROM "):]
	var first, last sql.NullInt64
	if err := c.in.QueryRowContext(ctx, "SELECT (SELECT "+key+table+" ORDER BY "+key+" LIMIT 1), (SELECT "+key+table+" ORDER BY "+key+" DESC LIMIT 1)").Scan(&first, &last); err != nil {
		fault(err)
		return nil
	}
	// Page by page would need the format of the file; steps of rows find every
	// page that still hangs in the tree, since a lookup descends to its own leaf.
	const step = 16
	for at := first.Int64; at <= last.Int64 && last.Int64-first.Int64 < 1<<32; at += step {
		if n, _, err = c.copy(ctx, " WHERE "+key+" BETWEEN ? AND ?", at, at+step-1); err != nil {
			return err
		}
		s.Rows += n
	}
	return nil
}

// refused reports whether the new database took a row for what it must not hold.
func refused(err error) bool {
	return err != nil && strings.Contains(err.Error(), "constraint")
}

// dropDangling removes rows that point to rows which could not be read, until
// there are none, and returns how many.
func dropDangling(ctx context.Context, db *sql.DB) (n int64, err error) {
	// A run without its parent is still a run.
	if _, err := db.ExecContext(ctx, "UPDATE run SET parent_id = NULL WHERE parent_id NOT IN (SELECT id FROM run)"); err != nil {
		return 0, err
	}
	for {
		type row struct {
			table string
			rowid sql.NullInt64
		}
		var list []row
		rows, err := db.QueryContext(ctx, `SELECT DISTINCT "table", rowid FROM pragma_foreign_key_check`)
		if err != nil {
			return n, err
		}
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.table, &r.rowid); err != nil {
				return n, errors.Join(err, rows.Close())
			}
			list = append(list, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(list) == 0 {
			return n, err
		}
		for _, r := range list {
			query, args := "DELETE FROM "+quoted(r.table)+" WHERE rowid = ?", []any{r.rowid.Int64}
			if !r.rowid.Valid { // without a rowid; those tables all belong to runs
				query, args = "DELETE FROM "+quoted(r.table)+" WHERE run_id NOT IN (SELECT id FROM run)", nil
				if r.table == "run_artifact" {
					query += " OR sha NOT IN (SELECT sha FROM artifact)"
				}
				if r.table == "metric" {
					query += " OR key_id NOT IN (SELECT id FROM metric_key)"
				}
			}
			res, err := db.ExecContext(ctx, query, args...)
			if err != nil {
				return n, err
			}
			gone, err := res.RowsAffected()
			if err != nil {
				return n, err
			}
			n += gone
		}
	}
}

// swap moves the damaged database aside, with its log, and puts the new one in
// its place. A crash in between leaves at least one of the two under its name.
func swap(o Options, fresh, aside string) error {
	if err := os.Link(o.Path, aside); err != nil {
		if err := os.Rename(o.Path, aside); err != nil { // some file systems have no links
			return err
		}
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Rename(o.Path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(fresh, o.Path); err != nil {
		return err
	}
	if err := os.Remove(o.suspect()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDirectory(filepath.Dir(o.Path))
}

// newestBackup finds the latest copy in backups/, "" where there is none.
func newestBackup(o Options) string {
	list, err := filepath.Glob(filepath.Join(filepath.Dir(o.Path), "backups", "assay-*.db"))
	if err != nil {
		return "" // the pattern holds no name of ours
	}
	newest, at := "", time.Time{}
	for _, path := range list {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(at) {
			newest, at = path, info.ModTime()
		}
	}
	return newest
}
