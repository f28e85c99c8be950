package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"math"

	"assay/core/run"
)

// batch holds rows that are committed together, in the order of their sequence
// numbers within each table.
type batch struct {
	records  []run.Record
	arrays   []arrayRow
	metrics  []run.Metric
	events   []run.Event
	progress *[2]int64 // done, total
	headline *string
	seq      int64 // of the last row; 0 where there is none
	rows     int
	bytes    int

	committed bool     // only orphans are left to do
	orphans   [][]byte // files that the rows took the place of
}

type arrayRow struct {
	seq int64
	run.Array
}

func (b *batch) empty() bool { return b.rows == 0 && b.progress == nil && b.headline == nil }

const (
	putRecord = `
INSERT INTO record (run_id, seq, kind, key, data_json) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run_id, kind, key) DO UPDATE SET seq = excluded.seq, data_json = excluded.data_json`
	putEvent = `
INSERT INTO event (run_id, seq, t_ms, level, kind, text, data_json) VALUES (?, ?, ?, ?, ?, ?, ?)`
	putMetric = `
INSERT OR REPLACE INTO metric (run_id, key_id, step, t_ms, value) VALUES (?, ?, ?, ?, ?)`
	putMetricKey = `
INSERT INTO metric_key (name, unit, better) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET unit = excluded.unit, better = excluded.better RETURNING id`
	putArray = `
INSERT INTO array (run_id, seq, name, dtype, shape_json, bytes, data_sha, data, artifact_sha) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id, name) DO UPDATE SET seq = excluded.seq, dtype = excluded.dtype, shape_json = excluded.shape_json,
  bytes = excluded.bytes, data_sha = excluded.data_sha, data = excluded.data, artifact_sha = excluded.artifact_sha`
	putArtifact = `
INSERT OR IGNORE INTO artifact (sha, bytes, media, created_ms) VALUES (?, ?, 'application/octet-stream', ?)`
	advanceRun = `
UPDATE run SET last_seq = max(last_seq, ?), done_n = coalesce(?, done_n), total_n = coalesce(?, total_n), headline = coalesce(?, headline)
WHERE id = ?`
)

// store commits the batch. Large arrays become files first, so that no row
// ever points to a file that is not whole. It may be called again after an error.
func (b *batch) store(ctx context.Context, s *Store, row int64) error {
	if b.committed {
		return s.unlinkArtifacts(ctx, b.orphans)
	}
	sums := make([][32]byte, len(b.arrays))
	for i, a := range b.arrays {
		sums[i] = sha256.Sum256(a.Data)
		if len(a.Data) > inlineBytes {
			if err := s.putArtifact(sums[i][:], a.Data); err != nil {
				return s.border("write beside", err)
			}
		}
	}
	err := s.Write(ctx, func(tx *Tx) error {
		b.orphans = nil
		if err := b.storeLines(ctx, tx, row); err != nil {
			return err
		}
		for i, a := range b.arrays {
			orphan, err := a.store(ctx, s, tx, row, sums[i][:])
			if err != nil {
				return err
			}
			if orphan != nil {
				b.orphans = append(b.orphans, orphan)
			}
		}
		return b.advance(ctx, tx, row)
	})
	if b.committed = err == nil; !b.committed || len(b.orphans) == 0 {
		return err
	}
	return s.unlinkArtifacts(ctx, b.orphans)
}

// storeLines writes records, events and metrics.
func (b *batch) storeLines(ctx context.Context, tx *Tx, row int64) error {
	for _, r := range b.records {
		if _, err := tx.ExecContext(ctx, putRecord, row, r.Seq, r.Kind, r.Key, string(r.Data)); err != nil {
			return err
		}
	}
	for _, e := range b.events {
		var data any
		if e.Data != nil {
			data = string(e.Data)
		}
		if _, err := tx.ExecContext(ctx, putEvent, row, e.Seq, e.TMs, e.Level, e.Kind, e.Text, data); err != nil {
			return err
		}
	}
	return b.storeMetrics(ctx, tx, row)
}

// store writes one array. It returns the hash of the file that it took the
// place of, if nothing else points to that.
func (a arrayRow) store(ctx context.Context, s *Store, tx *Tx, row int64, sum []byte) (orphan []byte, err error) {
	shape := a.Shape
	if shape == nil {
		shape = []int{}
	}
	text, err := json.Marshal(shape)
	if err != nil {
		return nil, err
	}
	inline, artifact := a.Data, []byte(nil)
	if inline == nil {
		inline = []byte{}
	}
	if len(a.Data) > inlineBytes {
		inline, artifact = nil, sum
		// Under the write lock now: a run that was removed in the meantime may
		// have taken the file with it.
		if err := s.putArtifact(sum, a.Data); err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, putArtifact, sum, len(a.Data), tx.Now); err != nil {
			return nil, err
		}
	}
	var old []byte
	err = tx.QueryRowContext(ctx, "SELECT artifact_sha FROM array WHERE run_id = ? AND name = ?", row, a.Name).Scan(&old)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, putArray, row, a.seq, a.Name, a.DType, string(text), len(a.Data), sum, inline, artifact); err != nil {
		return nil, err
	}
	if old == nil || bytes.Equal(old, artifact) {
		return nil, nil
	}
	if gone, err := dropUnused(ctx, tx, old); err != nil || !gone {
		return nil, err
	}
	return old, nil
}

func (b *batch) storeMetrics(ctx context.Context, tx *Tx, row int64) error {
	ids := map[run.MetricKey]int64{}
	for _, m := range b.metrics {
		id, ok := ids[m.Key]
		if !ok {
			if err := tx.QueryRowContext(ctx, putMetricKey, m.Key.Name, m.Key.Unit, m.Key.Better).Scan(&id); err != nil {
				return err
			}
			ids[m.Key] = id
		}
		value := sql.NullFloat64{Float64: m.Value, Valid: !math.IsNaN(m.Value)}
		if _, err := tx.ExecContext(ctx, putMetric, row, id, m.Step, m.TMs, value); err != nil {
			return err
		}
	}
	return nil
}

// advance writes the row of the run itself, in the same transaction as the rows.
func (b *batch) advance(ctx context.Context, tx *Tx, row int64) error {
	var done, total, headline any
	if b.progress != nil {
		done, total = b.progress[0], b.progress[1]
	}
	if b.headline != nil {
		headline = *b.headline
	}
	res, err := tx.ExecContext(ctx, advanceRun, b.seq, done, total, headline, row)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return errors.New("the row of the run is gone")
}
