package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// connector opens connections with settings of ours, without a driver name in
// the global table of database/sql.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

func pool(path, options string, conns int, pragmas ...string) *sql.DB {
	d := &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		for _, p := range pragmas {
			if _, err := c.Exec(p, nil); err != nil {
				return err
			}
		}
		return c.RegisterFunc("regexp", matches(), true)
	}}
	// In a URI these three would end the path or start an escape.
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db := sql.OpenDB(connector{d, "file:" + path + "?" + options})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db
}

// openWriter opens the one writing connection. The statement cache holds every
// statement of a batch prepared.
func openWriter(o Options) *sql.DB {
	journal := "WAL"
	if o.Network {
		journal = "TRUNCATE"
	}
	return pool(o.Path, fmt.Sprintf("_journal_mode=%s&_synchronous=NORMAL&_busy_timeout=%d&_foreign_keys=on"+
		"&_txlock=immediate&_cache_size=-%d&_stmt_cache_size=64", journal, o.Busy.Milliseconds(), o.CacheKB), 1,
		"PRAGMA journal_size_limit = 67108864") // 64 MB: what a burst leaves behind
}

const readOptions = "mode=ro&_query_only=on&_busy_timeout=5000&_cache_size=-2048&_stmt_cache_size=32"

// openReaders opens the reading connections, and says which temporary
// directory goes with them ("" for none).
//
// A database in WAL mode cannot be read in the ordinary way where its
// directory cannot be written and no other program has it open, because the
// index of the log has to be made there. Then it is read as a file that never
// changes; if a log lies beside it, a copy of both is read instead, since the
// log holds the latest commits.
func openReaders(ctx context.Context, path string) (*sql.DB, string, error) {
	db := pool(path, readOptions, 4)
	err := touch(ctx, db)
	if err == nil {
		return db, "", nil
	}
	var sq sqlite3.Error
	if !errors.As(err, &sq) || sq.Code != sqlite3.ErrCantOpen && sq.Code != sqlite3.ErrReadonly {
		return nil, "", errors.Join(err, db.Close())
	}
	if f, openErr := os.Open(path); openErr != nil {
		return nil, "", errors.Join(openErr, db.Close())
	} else if closeErr := f.Close(); closeErr != nil {
		return nil, "", errors.Join(closeErr, db.Close())
	}
	if closeErr := db.Close(); closeErr != nil {
		return nil, "", closeErr
	}
	log, statErr := os.Stat(path + "-wal")
	if statErr != nil || log.Size() == 0 {
		db = pool(path, readOptions+"&immutable=1", 4)
		if err := touch(ctx, db); err != nil {
			return nil, "", errors.Join(err, db.Close())
		}
		return db, "", nil
	}
	return openCopy(ctx, path)
}

func openCopy(ctx context.Context, path string) (*sql.DB, string, error) {
	dir, err := os.MkdirTemp("", "assay-read-")
	if err != nil {
		return nil, "", err
	}
	db, err := func() (*sql.DB, error) {
		for _, suffix := range []string{"", "-wal"} {
			if err := copyFile(path+suffix, filepath.Join(dir, "copy.db"+suffix)); err != nil {
				return nil, err
			}
		}
		db := pool(filepath.Join(dir, "copy.db"), readOptions, 4)
		if err := touch(ctx, db); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return db, nil
	}()
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return db, dir, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// touch makes SQLite open the file, which it otherwise puts off.
func touch(ctx context.Context, db *sql.DB) error {
	var n int
	return db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
}
