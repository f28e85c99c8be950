package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"assay/core/run"
)

// Backup writes a copy of the database to a file that is not there yet, while
// others go on writing: it holds what is committed when the copy begins. The
// file appears under its name when it is whole, checked and on the disk; an
// empty path makes one in backups/. The files by hash are not in it. It returns
// the path and the size in bytes.
func (s *Store) Backup(ctx context.Context, path string) (_ string, bytes int64, err error) {
	if path == "" {
		dir := filepath.Join(filepath.Dir(s.opts.Path), "backups")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", 0, s.border("back up", err)
		}
		path = filepath.Join(dir, "assay-"+s.opts.Now().UTC().Format("20060102T150405.000")+".db")
	}
	if _, err := os.Lstat(path); err == nil {
		return "", 0, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("there is a file %s already", path), Hint: "choose another name; backups are never overwritten"}
	}
	defer func() {
		var e *run.Error
		if err != nil && !errors.As(err, &e) {
			e = &run.Error{Code: run.EDB, Text: "cannot back up to " + path, Err: err}
			if run.NoSpace(err) || noRight(err) {
				e.Code, e.Hint = run.EDiskFull, "choose a place that can be written and has room"
			}
			err = e
		}
	}()
	info, err := os.Stat(s.opts.Path)
	if err != nil {
		return "", 0, err
	}
	if err := room(filepath.Dir(path), info.Size()); err != nil {
		return "", 0, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".assay-backup-")
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temp := filepath.Join(dir, "copy.db")
	if err := s.copyTo(ctx, temp); err != nil {
		return "", 0, s.border("back up", err)
	}
	if bytes, err = settle(temp); err != nil {
		return "", 0, err
	}
	// A link, unlike a rename, never takes the place of a file that has appeared meanwhile.
	if err := os.Link(temp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return "", 0, err
		}
		if err := os.Rename(temp, path); err != nil { // some file systems have no links
			return "", 0, err
		}
	}
	return path, bytes, syncDirectory(filepath.Dir(path))
}

// copyTo writes a sound copy of what is committed.
func (s *Store) copyTo(ctx context.Context, path string) error {
	// Not one of the readers: query_only forbids them to write any file.
	db := pool(s.opts.Path, "mode=ro&_busy_timeout=10000&_cache_size=-2048", 1)
	_, err := db.ExecContext(ctx, "VACUUM INTO ?", path)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	db = pool(path, "mode=ro&immutable=1", 1)
	lines, err := strs(ctx, db, "PRAGMA quick_check(1)")
	if err = errors.Join(err, db.Close()); err == nil && (len(lines) != 1 || lines[0] != "ok") {
		err = &run.Error{Code: run.EDB, Text: "the copy is not sound: " + short(fmt.Sprint(lines)), Hint: "see `assay db check`"}
	}
	return err
}

// settle makes a file durable and returns its size.
func settle(path string) (bytes int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err == nil {
		bytes = info.Size()
		err = f.Sync()
	}
	return bytes, errors.Join(err, f.Close())
}
