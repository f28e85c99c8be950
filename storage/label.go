package storage

import (
	"context"
	"fmt"
	"strings"

	"assay/core/run"
)

const putLabel = "INSERT OR REPLACE INTO finding_label (run_id, key, word, note, at_ms) VALUES (?, ?, ?, ?, ?)"

// Label writes what a person says of a finding, in place of what was said before;
// an empty word takes it back. The run may be done: a label is not part of its
// record. It is an *run.Error of code E-NO-RUN where the run is unknown or has no
// such finding, of E-USAGE where the word is not one word.
func (s *Store) Label(ctx context.Context, id run.ID, key, word, note string) error {
	if strings.ContainsAny(word, " \t\n,\x1f") {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("%q is not a label", word), Hint: "a label is one word without commas; what there is to say goes into the note"}
	}
	return s.Write(ctx, func(tx *Tx) error {
		var n, findings int64
		err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0), (SELECT count(*) FROM record WHERE run_id = run.id AND kind = ? AND key = ?) FROM run WHERE ulid = ?",
			run.FindingKind, key, id).Scan(&n, &findings)
		switch {
		case err != nil:
			return err
		case n == 0:
			return noRun(id)
		case findings == 0:
			return &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("run %s has no finding %q", id, key), Hint: "assay run show " + string(id) + " lists its findings"}
		case word == "":
			_, err = tx.ExecContext(ctx, "DELETE FROM finding_label WHERE run_id = ? AND key = ?", n, key)
		default:
			_, err = tx.ExecContext(ctx, putLabel, n, key, word, note, tx.Now)
		}
		return err
	})
}

// Labels reads what people have said of the findings of a run, by key.
func (s *Store) Labels(ctx context.Context, id run.ID) ([]run.Label, error) {
	return collect(ctx, s, func(row scanner) (l run.Label, err error) {
		err = row.Scan(&l.Key, &l.Word, &l.Note, &l.AtMs)
		return l, err
	}, "SELECT l.key, l.word, l.note, l.at_ms FROM finding_label l JOIN run r ON r.id = l.run_id WHERE r.ulid = ? ORDER BY l.key", id)
}
