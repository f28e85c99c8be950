package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"assay/core/run"
)

// Due reports whether a task of upkeep was last taken on at least so long ago, and
// takes it on: of several programs that ask at once one is told yes. A database that
// cannot be written has none due.
func (s *Store) Due(ctx context.Context, task string, every time.Duration) (due bool, err error) {
	if s.Writable() != nil {
		return false, nil
	}
	late := func(last int64, now int64) bool {
		// A time in the future is one from before the clock was set back.
		return last == 0 || now < last || time.Duration(now-last)*time.Millisecond >= every
	}
	_, last, err := s.View(ctx, upkeepOwner, task)
	if err != nil || !late(last, s.opts.Now().UnixMilli()) {
		return false, err // the usual case: nothing is written
	}
	err = s.Write(ctx, func(tx *Tx) error {
		due = false
		var last int64
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(saved_ms), 0) FROM view_state WHERE owner = ? AND key = ?", upkeepOwner, task).Scan(&last); err != nil {
			return err
		}
		if !late(last, tx.Now) {
			return nil
		}
		due = true
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO view_state (owner, key, value_json, saved_ms) VALUES (?, ?, '{}', ?)", upkeepOwner, task, tx.Now)
		return err
	})
	return due && err == nil, err
}

// keptWeekly is how many backups of BackupByItself are kept.
const keptWeekly = 3

// BackupByItself makes a copy in backups/ and lets go of all but the newest three of
// its kind. It returns "" where there is nothing worth a copy: no run was ever
// recorded, or the disk has less than twice the room that a copy takes.
func (s *Store) BackupByItself(ctx context.Context) (path string, err error) {
	var runs int
	if err := s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM run)").Scan(&runs); err != nil || runs == 0 {
		return "", s.border("back up", err)
	}
	info, err := os.Stat(s.opts.Path)
	if err != nil {
		return "", s.border("back up", err)
	}
	dir := filepath.Join(filepath.Dir(s.opts.Path), "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", s.border("back up", err)
	}
	if err := room(dir, 2*info.Size()); run.CodeOf(err) == run.EDiskFull {
		return "", nil
	} else if err != nil {
		return "", s.border("back up", err)
	}
	path = filepath.Join(dir, "assay-weekly-"+s.opts.Now().UTC().Format("20060102T150405.000")+".db")
	if path, _, err = s.Backup(ctx, path); err != nil {
		return "", err
	}
	old, err := filepath.Glob(filepath.Join(dir, "assay-weekly-*.db"))
	if err != nil {
		return path, fmt.Errorf("list backups: %w", err)
	}
	slices.Sort(old)
	for len(old) > keptWeekly {
		if err := os.Remove(old[0]); err != nil {
			return path, s.border("back up", err)
		}
		old = old[1:]
	}
	return path, nil
}
