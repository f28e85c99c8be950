package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// Options says where the database is and how it is used.
type Options struct {
	Path      string // of assay.db; assay.lock lies beside it
	Artifacts string // directory of the files by hash
	Network   bool   // the directory lies on a network file system: no write-ahead log
	CacheKB   int    // page cache of the writing connection; 0 means 8192, a screen needs 2048
	Now       func() time.Time
	Busy      time.Duration // how long a writer waits for another one; 0 means 10 s
}

// Store is an open database. It implements run.Reader.
type Store struct {
	opts  Options
	lock  *lockFile
	newer int // the version of a database from the future, else 0

	read *sql.DB
	temp string // holds the copy that is read, see openReaders

	mu     sync.Mutex // guards the fields below
	stale  error      // why nothing may be written
	writer *sql.DB
	pinned *sql.Conn // of read; data_version only means something on one connection
	closed bool
}

// Open opens the database, makes it where there is none and brings it up to
// date. It succeeds, for reading alone, where the directory cannot be written
// or the database is newer than this build. The error is an *run.Error; the
// caller closes the Store.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Busy == 0 {
		o.Busy = 10 * time.Second
	}
	if o.CacheKB == 0 {
		o.CacheKB = 8192
	}
	s := &Store{opts: o}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(s.border("open", err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	lock, err := openLock(filepath.Join(filepath.Dir(s.opts.Path), "assay.lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return &run.Error{Code: run.EDB, Text: fmt.Sprintf("there is no directory %s", filepath.Dir(s.opts.Path)), Hint: "set ASSAY_HOME to a directory that can be made"}
	}
	if err != nil {
		return err
	}
	s.lock = lock
	if err := s.share(ctx); err != nil {
		return err
	}
	if err := s.upToDate(ctx); err != nil {
		return err
	}
	if s.read == nil {
		s.read, s.temp, err = openReaders(ctx, s.opts.Path)
	}
	return err
}

// share takes the shared lock; only a migration makes it wait.
func (s *Store) share(ctx context.Context) error {
	if s.lock == nil {
		return nil
	}
	ok, err := s.lock.set(ctx, unix.F_RDLCK, migrationWait)
	if err == nil && !ok {
		err = &run.Error{Code: run.EDB, Text: fmt.Sprintf("%s is being migrated by %s", s.opts.Path, s.lock.holders()), Hint: "try again when it is done"}
	}
	return err
}

// upToDate leaves a database that this build can read, or an error.
func (s *Store) upToDate(ctx context.Context) error {
	v := 0
	info, err := os.Stat(s.opts.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Size() > 0:
		if s.read, s.temp, err = openReaders(ctx, s.opts.Path); err != nil {
			return err
		}
		if v, err = version(ctx, s.read); err != nil {
			return err
		}
	}
	if v > latest() {
		s.newer = v
		return nil
	}
	if v == latest() {
		return nil
	}
	err = s.migrateAlone(ctx)
	if err != nil && v > 0 {
		// History of an older version is still worth reading.
		s.stale = s.border("migrate", err)
		return nil
	}
	if err != nil {
		return s.border("make", err)
	}
	return nil
}

// migrateAlone swaps the shared lock for the exclusive one and back. The lock
// is let go in between: changing it in place would lose it where that fails.
func (s *Store) migrateAlone(ctx context.Context) error {
	if s.read != nil {
		if err := s.read.Close(); err != nil {
			return err
		}
		s.read = nil
	}
	if s.lock == nil {
		return fs.ErrPermission
	}
	if _, err := s.lock.set(ctx, unix.F_UNLCK, 0); err != nil {
		return err
	}
	alone, err := s.lock.set(ctx, unix.F_WRLCK, migrationWait)
	if err == nil && !alone {
		err = &run.Error{Code: run.EDB, Text: fmt.Sprintf("%s is of an older version and in use by %s", s.opts.Path, s.lock.holders()), Hint: "end it, then start again; until then the history can be read only"}
	}
	if err == nil {
		err = migrate(ctx, s.opts, migrations())
	}
	if _, unlockErr := s.lock.set(ctx, unix.F_UNLCK, 0); unlockErr != nil {
		return errors.Join(err, unlockErr)
	}
	return errors.Join(err, s.share(ctx))
}

// Close closes all connections. It may be called more than once.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.pinned != nil {
		errs = append(errs, s.pinned.Close())
	}
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	// Last: whoever closes the last connection moves the log into the database,
	// which a reading one cannot.
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.temp != "" {
		errs = append(errs, os.RemoveAll(s.temp))
	}
	return errors.Join(append(errs, s.lock.close())...)
}

// Writable returns nil, or the *run.Error that everything which writes would
// return: the database is newer, older and in use, damaged, or was opened for
// reading alone.
func (s *Store) Writable() error {
	if s.newer > 0 {
		return s.newerError()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stale
}
