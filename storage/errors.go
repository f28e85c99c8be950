package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"assay/core/run"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"
)

const cannotBeWritten = "the place cannot be written; set ASSAY_HOME to a directory that can"

// border turns what SQLite or the file system reports into the *run.Error that
// a person reads. What is one already, and the end of a context, pass.
func (s *Store) border(doing string, err error) error {
	var known *run.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &run.Error{Code: run.EDB, Text: "cannot " + doing + " " + s.opts.Path, Err: err}
	var sq sqlite3.Error
	if errors.As(err, &sq) {
		if s.newer > 0 && sq.Code == sqlite3.ErrError {
			return s.newerError() // a table or column that this version does not know
		}
		switch sq.Code {
		case sqlite3.ErrFull:
			err = syscall.ENOSPC // SQLite keeps no errno for it
		case sqlite3.ErrReadonly, sqlite3.ErrPerm:
			e.Code, e.Hint = run.EDiskFull, cannotBeWritten
		case sqlite3.ErrCantOpen:
			// What SQLite could not open may be the log that it wanted to make.
			if unix.Access(filepath.Dir(s.opts.Path), unix.W_OK) != nil {
				return &run.Error{Code: run.EDiskFull, Text: e.Text, Hint: cannotBeWritten}
			}
		case sqlite3.ErrBusy, sqlite3.ErrLocked:
			e.Err, e.Hint = run.ErrLocked, "wait for it, or see who it is with lsof"
		case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
			e.Hint = "`assay db check --salvage` moves it aside and keeps what can be read; backups/ may have a copy"
		}
		if sq.SystemErrno != 0 {
			err = sq.SystemErrno
		}
	}
	if run.NoSpace(err) {
		e.Code, e.Err = run.EDiskFull, err
	}
	if noRight(err) {
		e.Code, e.Hint = run.EDiskFull, cannotBeWritten
	}
	if e.Code == run.EDiskFull && e.Hint == "" {
		e.Hint = "free some space, then resume the run"
	}
	return e
}

func noRight(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

func (s *Store) newerError() error {
	return &run.Error{
		Code: run.EDBNewer,
		Text: fmt.Sprintf("%s was written by a newer version of assay (schema %d, this version knows %d)", s.opts.Path, s.newer, latest()),
		Hint: "use that version, or set ASSAY_HOME to another directory",
	}
}

func noRun(id run.ID) error {
	return &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("there is no run %s", id), Hint: "see `assay run ls`"}
}
