package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/core/run"
)

// runColumns are what scanRun reads; the two placeholders stand for the
// parameters and the environment, which lists leave out.
const runColumns = `
SELECT r.ulid, r.bench, r.kind, r.name, r.state, r.host, r.boot_id, coalesce(p.ulid, ''), coalesce(r.relation, ''), r.seed, %s, %s,
  r.created_ms, coalesce(r.started_ms, 0), coalesce(r.ended_ms, 0), coalesce(r.cancel_requested_ms, 0),
  r.done_n, r.total_n, r.last_seq, coalesce(r.error_code, ''), coalesce(r.error_text, ''), r.headline, r.starred, r.note_md,
  coalesce((SELECT group_concat(tag, char(31)) FROM run_tag t WHERE t.run_id = r.id), '')
FROM run r LEFT JOIN run p ON p.id = r.parent_id`

var (
	listRuns = fmt.Sprintf(runColumns, "''", "''")
	oneRun   = fmt.Sprintf(runColumns, "r.params_json", "r.env_json")
)

type scanner interface{ Scan(dest ...any) error }

func scanRun(row scanner) (run.Run, error) {
	var r run.Run
	var params, env, tags string
	err := row.Scan(&r.ID, &r.Bench, &r.Kind, &r.Name, &r.State, &r.Host, &r.BootID, &r.Parent, &r.Relation, &r.Seed, &params, &env,
		&r.CreatedMs, &r.StartedMs, &r.EndedMs, &r.CancelMs,
		&r.Done, &r.Total, &r.LastSeq, &r.ErrorCode, &r.ErrorText, &r.Headline, &r.Starred, &r.Note, &tags)
	if params != "" {
		r.Params, r.Env = []byte(params), []byte(env)
	}
	if tags != "" {
		r.Tags = strings.Split(tags, "\x1f")
		slices.Sort(r.Tags)
	}
	return r, err
}

// Runs lists runs, newest first, without their parameters and environment. A
// filter that cannot be read is an *run.Error of code E-USAGE.
func (s *Store) Runs(ctx context.Context, f run.Filter) ([]run.Run, error) {
	query, args, err := compileList(f)
	if err != nil {
		return nil, err
	}
	return collect(ctx, s, func(row scanner) (run.Run, error) { return scanRun(row) }, query, args...)
}

// Run reads one run.
func (s *Store) Run(ctx context.Context, id run.ID) (run.Run, error) {
	r, err := scanRun(s.read.QueryRowContext(ctx, oneRun+" WHERE r.ulid = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return run.Run{}, noRun(id)
	}
	return r, s.border("read", err)
}

// shortest is the least length of a prefix of an ID: shorter ones would often
// stand for another run tomorrow.
const shortest = 6

// Resolve finds a run by ID, by a prefix of at least 6 characters, by name, or
// by @1 (latest), @2 (the one before) and @kv (latest of a bench).
func (s *Store) Resolve(ctx context.Context, ref string) (run.Run, error) {
	if rest, ok := strings.CutPrefix(ref, "@"); ok {
		return s.resolveRecent(ctx, rest)
	}
	r, err := scanRun(s.read.QueryRowContext(ctx, oneRun+" WHERE r.name = ?", ref))
	if !errors.Is(err, sql.ErrNoRows) {
		return r, s.border("read", err)
	}
	prefix := strings.ToUpper(ref)
	if len(prefix) < shortest {
		return run.Run{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("there is no run named %q", ref),
			Hint: fmt.Sprintf("give a name, at least %d characters of an ID, or @1 for the latest; see `assay run ls`", shortest)}
	}
	// "~" follows every character of a ULID.
	found, err := collect(ctx, s, func(row scanner) (run.Run, error) { return scanRun(row) },
		oneRun+" WHERE r.ulid >= ? AND r.ulid < ? ORDER BY r.ulid DESC LIMIT 4", prefix, prefix+"~")
	switch {
	case err != nil:
		return run.Run{}, err
	case len(found) == 0:
		return run.Run{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("there is no run %q", ref), Hint: "see `assay run ls`"}
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, r := range found {
			ids[i] = string(r.ID)
		}
		return run.Run{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("%q is the beginning of several runs, such as %s", ref, strings.Join(ids, ", ")), Hint: "give more characters, or a name"}
	}
	return found[0], nil
}

func (s *Store) resolveRecent(ctx context.Context, what string) (run.Run, error) {
	query, arg := oneRun+" WHERE r.bench = ? ORDER BY r.id DESC LIMIT 1", any(what)
	if n, err := strconv.Atoi(what); err == nil {
		if n < 1 {
			return run.Run{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("@%s: counting starts at @1, the latest run", what)}
		}
		query, arg = oneRun+" ORDER BY r.id DESC LIMIT 1 OFFSET ?", n-1
	}
	r, err := scanRun(s.read.QueryRowContext(ctx, query, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return run.Run{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("there is no run @%s", what), Hint: "see `assay run ls`"}
	}
	return r, s.border("read", err)
}

// Version returns SQLite's data_version: it changes whenever another
// connection has committed. It takes some microseconds.
func (s *Store) Version(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, s.border("read", sql.ErrConnDone)
	}
	if s.pinned == nil {
		conn, err := s.read.Conn(ctx)
		if err != nil {
			return 0, s.border("read", err)
		}
		s.pinned = conn
	}
	var v int64
	if err := s.pinned.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v); err != nil {
		err = errors.Join(err, s.pinned.Close())
		s.pinned = nil
		return 0, s.border("read", err)
	}
	return v, nil
}

// collect runs a query and reads all its rows.
func collect[T any](ctx context.Context, s *Store, scan func(scanner) (T, error), query string, args ...any) (list []T, err error) {
	defer func() { err = s.border("read", err) }()
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
