package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"assay/core/run"

	"github.com/mattn/go-sqlite3"
)

const live = "state IN ('queued','running','paused')"

const insertRun = `
INSERT INTO run (ulid, bench, kind, name, state, host, boot_id, parent_id, relation, seed, params_json, params_sha, env_json, created_ms)
VALUES (?, ?, ?, ?, 'queued', ?, ?, (SELECT id FROM run WHERE ulid = ?), nullif(?, ''), ?, ?, ?, ?, ?)`

// Create records a run as queued and returns its row. A name that ends in "-"
// is completed with the first number above those in use; another name must be
// free, else the error is an *run.Error of code E-USAGE.
func (s *Store) Create(ctx context.Context, r run.Run) (run.Run, error) {
	if len(r.Env) == 0 {
		r.Env = []byte("{}")
	}
	auto := strings.HasSuffix(r.Name, "-")
	if name := r.Name; !auto || CheckName(name+"1") != nil {
		if err := CheckName(name); err != nil {
			return run.Run{}, err
		}
	}
	flat, err := flatten(r.Params)
	if err != nil {
		return run.Run{}, fmt.Errorf("parameters of run %s: %w", r.ID, err)
	}
	err = s.Write(ctx, func(tx *Tx) error {
		if auto {
			n, err := nextNumber(ctx, tx, r.Name)
			if err != nil {
				return err
			}
			r.Name = fmt.Sprint(r.Name, n)
		}
		sum := sha256.Sum256(r.Params)
		res, err := tx.ExecContext(ctx, insertRun, r.ID, r.Bench, r.Kind, r.Name, r.Host, r.BootID, r.Parent, r.Relation,
			r.Seed, string(r.Params), sum[:], string(r.Env), tx.Now)
		if taken(err) {
			return nameTaken(r.Name)
		}
		if err != nil {
			return err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		for _, p := range flat {
			if _, err := tx.ExecContext(ctx, "INSERT INTO run_param (run_id, key, value, num) VALUES (?, ?, ?, ?)", id, p.key, p.value, p.num); err != nil {
				return err
			}
		}
		r.State, r.CreatedMs = run.Queued, tx.Now
		return nil
	})
	return r, err
}

// nextNumber finds the number after the highest that follows the prefix.
func nextNumber(ctx context.Context, tx *Tx, prefix string) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(CAST(substr(name, ?) AS INTEGER)), 0) + 1 FROM run WHERE name > ? AND name < ?",
		len([]rune(prefix))+1, prefix, prefix+":").Scan(&n) // ":" follows "9"
	return n, err
}

func taken(err error) bool {
	var sq sqlite3.Error
	return errors.As(err, &sq) && sq.ExtendedCode == sqlite3.ErrConstraintUnique
}

func nameTaken(name string) error {
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("there is a run %q already", name), Hint: "choose another name"}
}

// SetState moves a live run to another live state. The error is an *run.Error
// of code E-STATE where the run is no longer live.
func (s *Store) SetState(ctx context.Context, id run.ID, to run.State) error {
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET state = ?1, started_ms = CASE WHEN ?1 = 'running' THEN coalesce(started_ms, ?2) ELSE started_ms END WHERE ulid = ?3 AND "+live,
			to, tx.Now, id)
		return changed(ctx, tx, res, err, id)
	})
}

// Finish writes the end of a live run; e is nil where it ended well. The commit
// survives a power cut. A run never ends before it has started, also where the
// clock of the machine was set back.
func (s *Store) Finish(ctx context.Context, id run.ID, to run.State, e *run.Error) error {
	var code, text any
	if e != nil {
		code, text = string(e.Code), e.Error()
	}
	return s.writeDurably(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET state = ?, ended_ms = max(?, coalesce(started_ms, 0)), error_code = ?, error_text = ? WHERE ulid = ? AND "+live, to, tx.Now, code, text, id)
		if err := changed(ctx, tx, res, err, id); err != nil {
			return err
		}
		return leaveQueue(ctx, tx, id)
	})
}

// RequestCancel notes that somebody asked a live run to end; asking again
// changes nothing. The error is an *run.Error of code E-STATE where the run is
// not live.
func (s *Store) RequestCancel(ctx context.Context, id run.ID) error {
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET cancel_requested_ms = coalesce(cancel_requested_ms, ?) WHERE ulid = ? AND "+live, tx.Now, id)
		return changed(ctx, tx, res, err, id)
	})
}

const noteRun = `
INSERT INTO event (run_id, seq, t_ms, level, kind, text, data_json) SELECT id, last_seq, ?, ?, ?, ?, ? FROM run WHERE ulid = ?`

// AddEvent adds an event to a live run; data may be nil. It is for the worker of the run, before it
// has a recorder and after: a recorder numbers the rows of a run by itself. The
// error is an *run.Error of code E-STATE where the run is not live.
func (s *Store) AddEvent(ctx context.Context, id run.ID, level run.Level, kind, text string, data any) error {
	var more any
	if data != nil {
		more = string(marshal(data))
	}
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET last_seq = last_seq + 1 WHERE ulid = ? AND "+live, id)
		if err := changed(ctx, tx, res, err, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, noteRun, tx.Now, level, kind, text, more, id)
		return err
	})
}

const markDead = `
UPDATE run SET ended_ms = max(?1, coalesce(started_ms, 0)), error_text = ?2, last_seq = last_seq + 1,
  state = CASE WHEN cancel_requested_ms IS NULL THEN ?5 ELSE 'cancelled' END,
  error_code = CASE WHEN cancel_requested_ms IS NULL THEN ?6 ELSE 'E-CANCELLED' END
WHERE ulid = ?3 AND boot_id = ?4 AND ` + live

const noteDeath = `
INSERT INTO event (run_id, seq, t_ms, level, kind, text, data_json)
SELECT id, last_seq, ?, ?, 'worker.died', ?, json_object('log', ?) FROM run WHERE ulid = ?`

// MarkDead writes the verdict over a run whose worker is gone and has not ended
// it: cancelled where that had been asked for, else lost, or failed where the
// reason is another one than E-WORKER-DIED; e.Error is one line. An event of
// kind worker.died keeps that line and the end of the worker's log. It reports
// whether it changed the row: it does not where the run has ended otherwise, or
// has been started again under another boot.
func (s *Store) MarkDead(ctx context.Context, id run.ID, bootID string, e *run.Error, log string) (bool, error) {
	var n int64
	text, state := e.Error(), run.Lost
	if e.Code != run.EWorkerDied {
		state = run.Failed
	}
	err := s.writeDurably(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, markDead, tx.Now, text, id, bootID, state, e.Code)
		if err != nil {
			return err
		}
		if n, err = res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, noteDeath, tx.Now, run.Err, text, log, id); err != nil {
			return err
		}
		return leaveQueue(ctx, tx, id)
	})
	return n > 0, err
}

// Requeue takes a stopped, failed, cancelled or lost run up again: it is queued
// on this host, and how it ended is forgotten. The error is an *run.Error of
// code E-STATE in any other state.
func (s *Store) Requeue(ctx context.Context, id run.ID, host, bootID string) (run.Run, error) {
	err := s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, `
UPDATE run SET state = 'queued', host = ?, boot_id = ?, cancel_requested_ms = NULL, ended_ms = NULL, error_code = NULL, error_text = NULL
WHERE ulid = ? AND state IN ('stopped','failed','cancelled','lost')`, host, bootID, id)
		return changed(ctx, tx, res, err, id)
	})
	if err != nil {
		return run.Run{}, err
	}
	return s.Run(ctx, id)
}

// Remove deletes a run that is not live, its rows, and the files that no other
// run uses. The caller holds the lock of the run.
func (s *Store) Remove(ctx context.Context, id run.ID) error {
	var orphans [][]byte
	err := s.Write(ctx, func(tx *Tx) error {
		shas, err := artifactsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, "DELETE FROM run WHERE ulid = ? AND NOT "+live, id)
		if err := changed(ctx, tx, res, err, id); err != nil {
			return err
		}
		for _, sha := range shas {
			gone, err := dropUnused(ctx, tx, sha)
			if err != nil {
				return err
			}
			if gone {
				orphans = append(orphans, sha)
			}
		}
		return nil
	})
	if err != nil || len(orphans) == 0 {
		return err
	}
	return s.unlinkArtifacts(ctx, orphans)
}

// changed turns "no row was changed" into the reason.
func changed(ctx context.Context, tx *Tx, res sql.Result, err error, id run.ID) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil || n > 0 {
		return err
	}
	var state string
	err = tx.QueryRowContext(ctx, "SELECT state FROM run WHERE ulid = ?", id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return noRun(id)
	}
	if err != nil {
		return err
	}
	return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s", id, state)}
}
