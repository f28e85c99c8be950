package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"assay/core/run"
)

const (
	verifyEvery = 7 * 24 * time.Hour
	// verifyBytes is the largest database that is looked through at a start:
	// 0.16 s for 121 MB were measured. `assay db check` reads any.
	verifyBytes = 1 << 30

	upkeepOwner = "assay" // of view_state: facts about the database itself
	verifyKey   = "verified"
)

// suspect is the path of a file that stands beside a database which was found
// damaged: nothing is written into that one to remember it.
func (o Options) suspect() string { return o.Path + ".damaged" }

// Verify looks through the structure of the database where a week has passed
// since that was last done, or always if force or after a problem. Then the Store can
// only be read: see Writable. The error is an *run.Error of code E-DB, for a
// problem as well; a database above 1 GiB is not looked at.
func (s *Store) Verify(ctx context.Context, force bool) error {
	if s.Writable() != nil {
		return nil // what cannot be written needs no care
	}
	if _, err := os.Stat(s.opts.suspect()); err == nil {
		force = true
	}
	_, last, err := s.View(ctx, upkeepOwner, verifyKey)
	if err != nil {
		return err
	}
	now := s.opts.Now().UnixMilli()
	// A time in the future is one from before the clock was set back.
	if age := time.Duration(now-last) * time.Millisecond; !force && age >= 0 && age < verifyEvery {
		return nil
	}
	if info, err := os.Stat(s.opts.Path); err != nil || info.Size() > verifyBytes {
		return s.border("check", err)
	}
	lines, err := strs(ctx, s.read, "PRAGMA quick_check(1)")
	if err != nil && !damaged(err) {
		return s.border("check", err)
	}
	if err == nil && len(lines) == 1 && lines[0] == "ok" {
		if err := os.Remove(s.opts.suspect()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.border("check", err)
		}
		return s.PutView(ctx, upkeepOwner, verifyKey, []byte("{}"))
	}
	if err == nil {
		err = errors.New(short(fmt.Sprint(lines)))
	}
	fault := &run.Error{Code: run.EDB, Text: s.opts.Path + " is damaged", Err: err, Hint: "it can be read only; see `assay db check`"}
	s.mu.Lock()
	s.stale = fault
	s.mu.Unlock()
	return errors.Join(fault, os.WriteFile(s.opts.suspect(), nil, 0o600))
}
