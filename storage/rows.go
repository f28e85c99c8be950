package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"

	"assay/core/run"
)

// The statements of the rows of a run take its ULID first. An unknown run
// yields no rows; found tells it from a run without any.
const (
	recordsAll = `
SELECT seq, kind, key, data_json FROM record
WHERE run_id = (SELECT id FROM run WHERE ulid = ?1) AND seq > ?2 ORDER BY seq`
	recordsOfKind = `
SELECT seq, kind, key, data_json FROM record
WHERE run_id = (SELECT id FROM run WHERE ulid = ?1) AND kind = ?3 AND seq > ?2 ORDER BY seq`
	arraysAll = `
SELECT seq, name, dtype, shape_json, data_sha, bytes FROM array
WHERE run_id = (SELECT id FROM run WHERE ulid = ?) ORDER BY name`
	arrayOne = `
SELECT dtype, shape_json, data_sha, data, artifact_sha FROM array
WHERE run_id = (SELECT id FROM run WHERE ulid = ?) AND name = ?`
	metricsOfName = `
SELECT k.name, k.unit, k.better, m.step, m.t_ms, m.value FROM metric_key k JOIN metric m ON m.key_id = k.id
WHERE m.run_id = (SELECT id FROM run WHERE ulid = ?) AND k.name = ? ORDER BY m.step`
	eventsAfter = `
SELECT seq, t_ms, level, kind, text, data_json FROM event
WHERE run_id = (SELECT id FROM run WHERE ulid = ?) AND seq > ? ORDER BY seq LIMIT ?`
)

// Records reads the results of one kind ("" for all) with Seq > after, ordered by Seq.
func (s *Store) Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error) {
	query := recordsOfKind
	args := []any{id, after, kind}
	if kind == "" {
		query, args = recordsAll, args[:2]
	}
	list, err := collect(ctx, s, func(row scanner) (run.Record, error) {
		var r run.Record
		var data string
		err := row.Scan(&r.Seq, &r.Kind, &r.Key, &data)
		r.Data = json.RawMessage(data)
		return r, err
	}, query, args...)
	return list, s.found(ctx, id, len(list), err)
}

// Arrays lists the arrays of a run, ordered by name.
func (s *Store) Arrays(ctx context.Context, id run.ID) ([]run.ArrayInfo, error) {
	list, err := collect(ctx, s, func(row scanner) (run.ArrayInfo, error) {
		var a run.ArrayInfo
		var shape string
		var sha []byte
		if err := row.Scan(&a.Seq, &a.Name, &a.DType, &shape, &sha, &a.Bytes); err != nil {
			return a, err
		}
		a.SHA = hex.EncodeToString(sha)
		return a, json.Unmarshal([]byte(shape), &a.Shape)
	}, arraysAll, id)
	return list, s.found(ctx, id, len(list), err)
}

// Array reads one array. Its data is checked against its hash: an error of
// code E-DB names an array whose file is missing or changed.
func (s *Store) Array(ctx context.Context, id run.ID, name string) (run.Array, error) {
	a := run.Array{Name: name}
	var shape string
	var sum, artifact []byte
	err := s.read.QueryRowContext(ctx, arrayOne, id, name).Scan(&a.DType, &shape, &sum, &a.Data, &artifact)
	if errors.Is(err, sql.ErrNoRows) {
		return run.Array{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("run %s has no array %q", id, name)}
	}
	if err != nil {
		return run.Array{}, s.border("read", err)
	}
	if err := json.Unmarshal([]byte(shape), &a.Shape); err != nil {
		return run.Array{}, s.border("read", err)
	}
	if artifact == nil {
		return a, nil
	}
	if a.Data, err = os.ReadFile(s.artifactPath(artifact)); err != nil {
		return run.Array{}, &run.Error{Code: run.EDB, Text: fmt.Sprintf("the file of array %s of run %s cannot be read", name, id), Err: err}
	}
	if got := sha256.Sum256(a.Data); string(got[:]) != string(sum) {
		return run.Array{}, &run.Error{Code: run.EDB, Text: fmt.Sprintf("the file of array %s of run %s has changed: %s", name, id, s.artifactPath(artifact))}
	}
	return a, nil
}

// Metrics reads the values of one metric by name, ordered by step.
func (s *Store) Metrics(ctx context.Context, id run.ID, name string) ([]run.Metric, error) {
	list, err := collect(ctx, s, func(row scanner) (run.Metric, error) {
		var m run.Metric
		var value sql.NullFloat64
		err := row.Scan(&m.Key.Name, &m.Key.Unit, &m.Key.Better, &m.Step, &m.TMs, &value)
		m.Value = value.Float64
		if !value.Valid {
			m.Value = math.NaN()
		}
		return m, err
	}, metricsOfName, id, name)
	return list, s.found(ctx, id, len(list), err)
}

// Events reads at most limit events with Seq > after, ordered by Seq; limit 0 means all.
func (s *Store) Events(ctx context.Context, id run.ID, after int64, limit int) ([]run.Event, error) {
	if limit <= 0 {
		limit = -1
	}
	list, err := collect(ctx, s, func(row scanner) (run.Event, error) {
		var e run.Event
		var data sql.NullString
		err := row.Scan(&e.Seq, &e.TMs, &e.Level, &e.Kind, &e.Text, &data)
		if data.Valid {
			e.Data = json.RawMessage(data.String)
		}
		return e, err
	}, eventsAfter, id, after, limit)
	return list, s.found(ctx, id, len(list), err)
}

// found makes an error of an unknown run where a query has yielded nothing.
func (s *Store) found(ctx context.Context, id run.ID, rows int, err error) error {
	if err != nil || rows > 0 {
		return err
	}
	var n int
	err = s.read.QueryRowContext(ctx, "SELECT count(*) FROM run WHERE ulid = ?", id).Scan(&n)
	if err == nil && n == 0 {
		return noRun(id)
	}
	return s.border("read", err)
}
