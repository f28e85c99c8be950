package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/run"
)

// Stats says how large a database is and what takes the room.
type Stats struct {
	Path      string  `json:"path"`
	Schema    int     `json:"schema"`
	Journal   string  `json:"journal"`           // "wal", or "truncate" on a network file system
	Bytes     int64   `json:"size_bytes"`        // of the file
	FreeBytes int64   `json:"free_bytes"`        // in pages of it that hold nothing
	LogBytes  int64   `json:"wal_bytes"`         // of the write-ahead log
	Files     int64   `json:"artifacts"`         // files by hash
	FileBytes int64   `json:"artifact_bytes"`    // of them
	Backups   int64   `json:"backup_bytes"`      // of the files in backups/
	OldestMs  int64   `json:"oldest_created_ms"` // 0 where there is no run
	NewestMs  int64   `json:"newest_created_ms"`
	Tables    []Tally `json:"tables"`
	States    []Tally `json:"states"`  // runs by state
	Kinds     []Tally `json:"kinds"`   // runs by kind
	Largest   []Large `json:"largest"` // runs, largest first
}

// Tally counts rows under a name.
type Tally struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Large is a run and what it takes, files included; a file that several runs
// share counts for each.
type Large struct {
	ID    run.ID `json:"run_id"`
	Name  string `json:"name"`
	Bytes int64  `json:"size_bytes"`
}

const mostLarge = 10

// Stats measures the database. It reads every row once.
func (s *Store) Stats(ctx context.Context) (st Stats, err error) {
	defer func() { err = s.border("measure", err) }()
	st.Path = s.opts.Path
	var page, pages, free int64
	if err := s.read.QueryRowContext(ctx, `
SELECT page_size, page_count, freelist_count, user_version, journal_mode,
  (SELECT count(*) FROM artifact), (SELECT coalesce(sum(bytes), 0) FROM artifact),
  (SELECT coalesce(min(created_ms), 0) FROM run), (SELECT coalesce(max(created_ms), 0) FROM run)
FROM pragma_page_size, pragma_page_count, pragma_freelist_count, pragma_user_version, pragma_journal_mode`).Scan(
		&page, &pages, &free, &st.Schema, &st.Journal, &st.Files, &st.FileBytes, &st.OldestMs, &st.NewestMs); err != nil {
		return st, err
	}
	st.Bytes, st.FreeBytes = page*pages, page*free
	if info, err := os.Stat(s.opts.Path + "-wal"); err == nil {
		st.LogBytes = info.Size()
	}
	if st.Backups, err = treeBytes(filepath.Join(filepath.Dir(s.opts.Path), "backups")); err != nil {
		return st, err
	}
	if st.Tables, err = s.tallyTables(ctx); err != nil {
		return st, err
	}
	if st.States, err = s.tally(ctx, "SELECT state, count(*) FROM run GROUP BY state ORDER BY state"); err != nil {
		return st, err
	}
	if st.Kinds, err = s.tally(ctx, "SELECT kind, count(*) FROM run GROUP BY kind ORDER BY kind"); err != nil {
		return st, err
	}
	runs, sizes, err := s.holdings(ctx)
	if err != nil {
		return st, err
	}
	st.Largest = []Large{}
	for _, h := range runs {
		l := Large{h.run.ID, h.run.Name, h.bytes}
		for _, sha := range h.files {
			l.Bytes += sizes[string(sha)]
		}
		st.Largest = append(st.Largest, l)
	}
	slices.SortStableFunc(st.Largest, func(a, b Large) int { return int(min(max(b.Bytes-a.Bytes, -1), 1)) })
	st.Largest = st.Largest[:min(len(st.Largest), mostLarge)]
	return st, nil
}

func (s *Store) tally(ctx context.Context, query string) ([]Tally, error) {
	list, err := collect(ctx, s, func(row scanner) (t Tally, err error) {
		err = row.Scan(&t.Name, &t.Rows)
		return t, err
	}, query)
	if list == nil {
		list = []Tally{}
	}
	return list, err
}

func (s *Store) tallyTables(ctx context.Context) ([]Tally, error) {
	names, err := tables(ctx, s.read)
	if err != nil {
		return nil, err
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = "SELECT '" + name + "', count(*) FROM " + quoted(name)
	}
	return s.tally(ctx, strings.Join(parts, " UNION ALL "))
}

func treeBytes(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if info, err := d.Info(); err == nil { // else it has just gone
			total += info.Size()
		}
		return nil
	})
	return total, err
}
