package storage

import (
	"context"
	"database/sql"
	"errors"
)

// Tx is a writing transaction. Now is the same for all its rows: Unix
// milliseconds, UTC.
type Tx struct {
	*sql.Tx
	Now int64
}

// Write runs fn in a transaction, which holds the write lock of the database
// from the start and is committed if fn returns nil. A process that is killed
// loses nothing that was committed; a power cut may lose the last commits. The
// error is an *run.Error unless fn returned another.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, false, fn)
}

// writeDurably is Write with a commit that survives a power cut.
func (s *Store) writeDurably(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, true, fn)
}

func (s *Store) write(ctx context.Context, durable bool, fn func(*Tx) error) error {
	if err := s.Writable(); err != nil {
		return err
	}
	db, err := s.writing()
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return s.border("write", err)
	}
	defer conn.Close()
	if durable {
		if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = FULL"); err != nil {
			return s.border("write", err)
		}
	}
	err = s.transact(ctx, conn, fn)
	if durable {
		// Without cancellation, or a cancelled context would leave the setting behind.
		_, back := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = NORMAL")
		err = errors.Join(err, back)
	}
	return s.border("write", err)
}

func (s *Store) transact(ctx context.Context, conn *sql.Conn, fn func(*Tx) error) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // no effect after a commit
	if err := fn(&Tx{Tx: tx, Now: s.opts.Now().UnixMilli()}); err != nil {
		return err
	}
	return tx.Commit()
}

// writing returns the writing connection, opening it when it is first needed.
func (s *Store) writing() (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, sql.ErrConnDone
	}
	if s.writer == nil {
		s.writer = openWriter(s.opts)
	}
	return s.writer, nil
}
