package storage

import (
	"context"
	"crypto/sha256"
	"fmt"

	"assay/core/run"
)

// Imported is a run that was made in another place, with everything it recorded.
type Imported struct {
	Run     run.Run // ended, with its times and sequence numbers; BootID may be empty
	Records []run.Record
	Arrays  []ImportedArray
	Metrics []run.Metric
	Events  []run.Event
	Labels  []run.Label
}

// ImportedArray is an array with its sequence number.
type ImportedArray struct {
	run.Array
	Seq int64
}

const importRun = `
INSERT INTO run (ulid, bench, kind, name, state, host, boot_id, cancel_requested_ms, parent_id, relation, seed, params_json, params_sha, env_json,
  created_ms, started_ms, ended_ms, done_n, total_n, last_seq, error_code, error_text, headline, starred, note_md)
VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), (SELECT id FROM run WHERE ulid = ?), nullif(?, ''), ?, ?, ?, ?,
  ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?)`

// adoptChildren links runs that were imported before their parent. What an
// imported run says of itself is in its environment; see export.Origin.
const adoptChildren = `
UPDATE run SET parent_id = ?1
WHERE parent_id IS NULL AND relation IS NOT NULL AND json_extract(env_json, '$.imported.parent') = ?2`

// Import stores a run that was made in another place, all of it or nothing. The
// caller has checked what it brings. The error is an *run.Error: E-STATE where a
// run of this ID is here already or the run has not ended, E-USAGE where its name is
// taken, E-INPUT where one of its metrics has another unit here.
func (s *Store) Import(ctx context.Context, in Imported) error {
	r := in.Run
	if !r.ID.Valid() || r.State.Live() {
		return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %q is %s", r.ID, r.State), Hint: "only runs that have ended can be imported"}
	}
	if err := CheckName(r.Name); err != nil {
		return err
	}
	flat, err := flatten(r.Params)
	if err != nil {
		return fmt.Errorf("parameters of run %s: %w", r.ID, err)
	}
	b := batch{records: in.Records, metrics: in.Metrics, events: in.Events}
	for _, a := range in.Arrays {
		b.arrays = append(b.arrays, arrayRow{a.Seq, a.Array})
	}
	sums, err := b.files(s)
	if err != nil {
		return err
	}
	return s.writeDurably(ctx, func(tx *Tx) error {
		row, err := insertImported(ctx, tx, r, flat)
		if err != nil {
			return err
		}
		if err := checkUnits(ctx, tx, in.Metrics); err != nil {
			return err
		}
		for i, a := range b.arrays {
			if _, err := a.store(ctx, s, tx, row, sums[i][:]); err != nil {
				return err
			}
		}
		if err := b.storeLines(ctx, tx, row); err != nil {
			return err
		}
		for _, l := range in.Labels {
			if _, err := tx.ExecContext(ctx, putLabel, row, l.Key, l.Word, l.Note, l.AtMs); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, adoptChildren, row, r.ID)
		return err
	})
}

// files hashes the arrays and writes the large ones as files, before any row
// points to them.
func (b *batch) files(s *Store) ([][32]byte, error) {
	sums := make([][32]byte, len(b.arrays))
	for i, a := range b.arrays {
		sums[i] = sha256.Sum256(a.Data)
		if len(a.Data) > inlineBytes {
			if err := s.putArtifact(sums[i][:], a.Data); err != nil {
				return nil, s.border("write beside", err)
			}
		}
	}
	return sums, nil
}

func insertImported(ctx context.Context, tx *Tx, r run.Run, flat []param) (row int64, err error) {
	var there int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM run WHERE ulid = ?", r.ID).Scan(&there); err != nil {
		return 0, err
	}
	if there > 0 {
		return 0, &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is here already", r.ID)}
	}
	sum := sha256.Sum256(r.Params)
	res, err := tx.ExecContext(ctx, importRun, r.ID, r.Bench, r.Kind, r.Name, r.State, r.Host, r.BootID, r.CancelMs, r.Parent, r.Relation, r.Seed,
		string(r.Params), sum[:], string(r.Env), r.CreatedMs, r.StartedMs, r.EndedMs, r.Done, r.Total, r.LastSeq, r.ErrorCode, r.ErrorText, r.Headline, r.Starred, r.Note)
	if taken(err) {
		return 0, nameTaken(r.Name)
	}
	if err != nil {
		return 0, err
	}
	if row, err = res.LastInsertId(); err != nil {
		return 0, err
	}
	for _, p := range flat {
		if _, err := tx.ExecContext(ctx, "INSERT INTO run_param (run_id, key, value, num) VALUES (?, ?, ?, ?)", row, p.key, p.value, p.num); err != nil {
			return 0, err
		}
	}
	for _, t := range r.Tags {
		if _, err := tx.ExecContext(ctx, "INSERT INTO run_tag (run_id, tag) VALUES (?, ?)", row, t); err != nil {
			return 0, err
		}
	}
	return row, nil
}

// checkUnits refuses metrics that would change what a metric of the same name
// means in the runs that are here: units belong to names.
func checkUnits(ctx context.Context, tx *Tx, metrics []run.Metric) error {
	seen := map[string]bool{}
	for _, m := range metrics {
		if seen[m.Key.Name] {
			continue
		}
		seen[m.Key.Name] = true
		var unit string
		var better int
		err := tx.QueryRowContext(ctx, "SELECT unit, better FROM metric_key WHERE name = ? UNION ALL SELECT ?, ? LIMIT 1", m.Key.Name, m.Key.Unit, m.Key.Better).Scan(&unit, &better)
		if err != nil {
			return err
		}
		if unit != m.Key.Unit || better != m.Key.Better {
			return &run.Error{Code: run.EInput, Text: fmt.Sprintf("metric %q is in %q (better %+d) here, and in %q (better %+d) in the run to import", m.Key.Name, unit, better, m.Key.Unit, m.Key.Better),
				Hint: "import it into another ASSAY_HOME"}
		}
	}
	return nil
}

const metricKeysOf = `
SELECT k.name, k.unit, k.better FROM metric_key k
WHERE EXISTS (SELECT 1 FROM metric m WHERE m.run_id = (SELECT id FROM run WHERE ulid = ?) AND m.key_id = k.id) ORDER BY k.name`

// MetricKeys lists the metrics of a run, ordered by name.
func (s *Store) MetricKeys(ctx context.Context, id run.ID) ([]run.MetricKey, error) {
	list, err := collect(ctx, s, func(row scanner) (run.MetricKey, error) {
		var k run.MetricKey
		err := row.Scan(&k.Name, &k.Unit, &k.Better)
		return k, err
	}, metricKeysOf, id)
	return list, s.found(ctx, id, len(list), err)
}

// NameTaken reports whether a run of this name is here.
func (s *Store) NameTaken(ctx context.Context, name string) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM run WHERE name = ?", name).Scan(&n)
	return n > 0, s.border("read", err)
}
