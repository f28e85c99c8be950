package storage

import (
	"context"
	"database/sql"
	"errors"

	"assay/core/run"
)

// Waiting is a run that stands in the queue for a lease.
type Waiting struct {
	Ticket int64
	Run    run.ID
	Lease  string
}

// Enqueue gives a run a ticket for a lease, behind all others; an earlier
// ticket of the run is void.
func (s *Store) Enqueue(ctx context.Context, id run.ID, lease string) error {
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO lease_wait (run_id, lease) SELECT id, ? FROM run WHERE ulid = ?", lease, id)
		return changed(ctx, tx, res, err, id)
	})
}

// Dequeue takes a run out of the queue; it is no error if it was not in it.
func (s *Store) Dequeue(ctx context.Context, id run.ID) error {
	return s.Write(ctx, func(tx *Tx) error { return leaveQueue(ctx, tx, id) })
}

func leaveQueue(ctx context.Context, tx *Tx, id run.ID) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM lease_wait WHERE run_id = (SELECT id FROM run WHERE ulid = ?)", id)
	return err
}

const ahead = `
SELECT r.ulid FROM lease_wait w JOIN run r ON r.id = w.run_id
WHERE w.lease = ?1 AND w.ticket < (SELECT m.ticket FROM lease_wait m WHERE m.run_id = (SELECT id FROM run WHERE ulid = ?2))
ORDER BY w.ticket`

// Ahead lists the runs that stand before this one in the queue for its lease,
// oldest first. Some may be dead.
func (s *Store) Ahead(ctx context.Context, id run.ID, lease string) ([]run.ID, error) {
	return collect(ctx, s, func(row scanner) (run.ID, error) {
		var other run.ID
		err := row.Scan(&other)
		return other, err
	}, ahead, lease, id)
}

// Ticket returns the lease that a run waits for, and the runs that stand before
// it in that queue, oldest first; "" where it waits for none.
func (s *Store) Ticket(ctx context.Context, id run.ID) (lease string, ahead []run.ID, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT lease FROM lease_wait WHERE run_id = (SELECT id FROM run WHERE ulid = ?)", id).Scan(&lease)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, s.border("read", err)
	}
	ahead, err = s.Ahead(ctx, id, lease)
	return lease, ahead, err
}

// Queue lists who waits for a lease, oldest ticket first.
func (s *Store) Queue(ctx context.Context) ([]Waiting, error) {
	return collect(ctx, s, func(row scanner) (Waiting, error) {
		var w Waiting
		err := row.Scan(&w.Ticket, &w.Run, &w.Lease)
		return w, err
	}, "SELECT w.ticket, r.ulid, w.lease FROM lease_wait w JOIN run r ON r.id = w.run_id ORDER BY w.ticket")
}
