package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"assay/core/run"
)

// Rename gives a run another name, which must be free and must not look like
// another way to refer to a run.
func (s *Store) Rename(ctx context.Context, id run.ID, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET name = ? WHERE ulid = ?", name, id)
		if taken(err) {
			return nameTaken(name)
		}
		return changed(ctx, tx, res, err, id)
	})
}

// CheckName returns an *run.Error of code E-USAGE for a name that a run cannot
// have: empty, with blanks, with @ in front or - at the end, or an ID.
func CheckName(name string) error {
	if name == "" || strings.ContainsAny(name, " \t\n") || strings.HasPrefix(name, "@") || strings.HasSuffix(name, "-") || run.ID(strings.ToUpper(name)).Valid() {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("a run cannot be called %q", name), Hint: "a name has no blanks, no @ in front, no - at the end, and is not an ID"}
	}
	return nil
}

// Tag adds a tag to a run; it is no error if it has it.
func (s *Store) Tag(ctx context.Context, id run.ID, tag string) error {
	if tag == "" || strings.ContainsAny(tag, " \t\n,\x1f") {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("%q is not a tag", tag), Hint: "a tag is one word without commas"}
	}
	return s.Write(ctx, func(tx *Tx) error {
		var n int64
		err := tx.QueryRowContext(ctx, "SELECT id FROM run WHERE ulid = ?", id).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			return noRun(id)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR IGNORE INTO run_tag (run_id, tag) VALUES (?, ?)", n, tag)
		return err
	})
}

// Untag removes a tag from a run; it is no error if it does not have it.
func (s *Store) Untag(ctx context.Context, id run.ID, tag string) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM run_tag WHERE run_id = (SELECT id FROM run WHERE ulid = ?) AND tag = ?", id, tag)
		return err
	})
}

// Star sets or clears the star of a run.
func (s *Store) Star(ctx context.Context, id run.ID, starred bool) error {
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET starred = ? WHERE ulid = ?", starred, id)
		return changed(ctx, tx, res, err, id)
	})
}

// Note sets the note of a run, in Markdown.
func (s *Store) Note(ctx context.Context, id run.ID, text string) error {
	return s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET note_md = ? WHERE ulid = ?", text, id)
		return changed(ctx, tx, res, err, id)
	})
}

// PutView stores what a screen wants to find again, as JSON under an owner
// (the user and terminal) and a key.
func (s *Store) PutView(ctx context.Context, owner, key string, value json.RawMessage) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO view_state (owner, key, value_json, saved_ms) VALUES (?, ?, ?, ?)", owner, key, string(value), tx.Now)
		return err
	})
}

// View is what PutView stored under an owner.
type View struct {
	Owner   string
	Value   json.RawMessage
	SavedMs int64
}

// Views lists what PutView stored under a key, the newest first.
func (s *Store) Views(ctx context.Context, key string) (list []View, err error) {
	defer func() { err = s.border("read", err) }()
	rows, err := s.read.QueryContext(ctx, "SELECT owner, value_json, saved_ms FROM view_state WHERE key = ? ORDER BY saved_ms DESC, owner", key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v View
		var value string
		if err := rows.Scan(&v.Owner, &value, &v.SavedMs); err != nil {
			return nil, err
		}
		v.Value = json.RawMessage(value)
		list = append(list, v)
	}
	return list, rows.Err()
}

// DropView takes away what PutView stored.
func (s *Store) DropView(ctx context.Context, owner, key string) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM view_state WHERE owner = ? AND key = ?", owner, key)
		return err
	})
}

// View reads what PutView stored and when, in Unix milliseconds; nil and 0
// where there is nothing.
func (s *Store) View(ctx context.Context, owner, key string) (json.RawMessage, int64, error) {
	var value string
	var saved int64
	err := s.read.QueryRowContext(ctx, "SELECT value_json, saved_ms FROM view_state WHERE owner = ? AND key = ?", owner, key).Scan(&value, &saved)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, s.border("read", err)
	}
	return json.RawMessage(value), saved, nil
}
