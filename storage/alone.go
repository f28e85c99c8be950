package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// Alone calls fn while no other program has this database open: it holds
// assay.lock exclusively, for which it waits at most as long as given. The
// error is fn's, or an *run.Error of code E-DB that names who has it open.
func (s *Store) Alone(ctx context.Context, wait time.Duration, fn func(ctx context.Context) error) error {
	if err := s.Writable(); err != nil {
		return err
	}
	if s.lock == nil {
		return s.border("lock", fs.ErrPermission)
	}
	// The lock is let go in between: changing it in place would lose it where that fails.
	if _, err := s.lock.set(ctx, unix.F_UNLCK, 0); err != nil {
		return s.border("lock", err)
	}
	alone, err := s.lock.set(ctx, unix.F_WRLCK, wait)
	if err == nil && !alone {
		err = inUse(s.opts.Path, s.lock)
	}
	if err == nil {
		err = s.unchanged(ctx)
	}
	if err == nil {
		err = fn(ctx)
	}
	if _, unlockErr := s.lock.set(ctx, unix.F_UNLCK, 0); unlockErr != nil {
		return errors.Join(err, unlockErr)
	}
	return errors.Join(s.border("lock", err), s.share(ctx))
}

func inUse(path string, lock *lockFile) error {
	return &run.Error{Code: run.EDB, Text: fmt.Sprintf("%s is in use by %s", path, lock.holders()), Hint: "end it, or wait for its runs, then try again"}
}

// unchanged makes sure that nobody has migrated the database while the lock was open.
func (s *Store) unchanged(ctx context.Context) error {
	v, err := version(ctx, s.read)
	if err == nil && v != latest() {
		err = &run.Error{Code: run.EDBNewer, Text: fmt.Sprintf("%s has just been brought to schema %d by another version of assay", s.opts.Path, v), Hint: "use that version"}
	}
	return err
}
