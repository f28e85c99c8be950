package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// Keep says which runs outlive a collection. Starred, tagged and noted runs and
// what descends from them always do, and live ones.
type Keep struct {
	Runs  int           // the newest so many
	Age   time.Duration // all that ended within it
	Bytes int64         // as long as everything together takes no more
}

// DefaultKeep is what nobody misses the rest of: the last 200 runs, 90 days, 5 GiB.
var DefaultKeep = Keep{Runs: 200, Age: 90 * 24 * time.Hour, Bytes: 5 << 30}

// Expired is a run that a collection would remove.
type Expired struct {
	ID      run.ID `json:"run_id"`
	Name    string `json:"name"`
	EndedMs int64  `json:"ended_ms"`
	Bytes   int64  `json:"size_bytes"` // what its removal frees, about
	Why     string `json:"why"`
}

// holding is a run with what it takes.
type holding struct {
	row   int64
	run   run.Run
	bytes int64    // in the database
	files [][]byte // by hash
}

// inlineSizes adds up what each run takes in the database, about: content
// without the overhead of rows and indexes.
const inlineSizes = `
SELECT run_id, sum(n) FROM (
  SELECT run_id, octet_length(data_json) + octet_length(key) + 48 AS n FROM record
  UNION ALL SELECT run_id, octet_length(text) + coalesce(octet_length(data_json), 0) + 32 FROM event
  UNION ALL SELECT run_id, 32 FROM metric
  UNION ALL SELECT run_id, coalesce(octet_length(data), 0) + 128 FROM array
) GROUP BY run_id`

const heldFiles = `
SELECT run_id, artifact_sha, bytes FROM array WHERE artifact_sha IS NOT NULL
UNION SELECT a.run_id, a.sha, f.bytes FROM run_artifact a JOIN artifact f ON f.sha = a.sha`

// protected are runs that somebody has marked, and their descendants.
const protected = `
WITH RECURSIVE kept(id) AS (
  SELECT id FROM run r WHERE starred = 1 OR note_md <> '' OR EXISTS (SELECT 1 FROM run_tag t WHERE t.run_id = r.id)
    OR EXISTS (SELECT 1 FROM finding_label l WHERE l.run_id = r.id)
  UNION SELECT r.id FROM run r JOIN kept ON r.parent_id = kept.id)
SELECT id FROM kept`

// Expired lists what a collection would remove, oldest first, and returns how
// many bytes everything takes now. A run goes when it is neither among the
// newest nor young; and, oldest first, when it is not among the newest and
// everything together takes too much.
func (s *Store) Expired(ctx context.Context, k Keep) (list []Expired, total int64, err error) {
	defer func() { err = s.border("read", err) }()
	runs, sizes, err := s.holdings(ctx)
	if err != nil {
		return nil, 0, err
	}
	if total, err = s.size(ctx, sizes); err != nil {
		return nil, 0, err
	}
	kept, err := ints(ctx, s, protected)
	if err != nil {
		return nil, 0, err
	}
	owners := map[string]int{}
	for _, h := range runs {
		for _, sha := range h.files {
			owners[string(sha)]++
		}
	}
	left, now := total, s.opts.Now().UnixMilli()
	for i, h := range runs { // oldest first
		end := max(h.run.EndedMs, h.run.CreatedMs)
		why := ""
		switch old := now-end > k.Age.Milliseconds(); {
		case kept[h.row] || h.run.State.Live() || len(runs)-i <= k.Runs:
		case old:
			why = fmt.Sprintf("ended more than %d days ago", int(k.Age.Hours()/24))
		case left > k.Bytes:
			why = "everything together takes too much"
		}
		if why == "" {
			continue
		}
		e := Expired{ID: h.run.ID, Name: h.run.Name, EndedMs: h.run.EndedMs, Bytes: h.bytes, Why: why}
		for _, sha := range h.files {
			if owners[string(sha)]--; owners[string(sha)] == 0 {
				e.Bytes += sizes[string(sha)]
			}
		}
		left -= e.Bytes
		list = append(list, e)
	}
	return list, total, nil
}

// holdings reads all runs, oldest first, with what they take, and the sizes of
// all files by hash.
func (s *Store) holdings(ctx context.Context) (runs []*holding, sizes map[string]int64, err error) {
	index := map[int64]*holding{}
	runs, err = collect(ctx, s, func(row scanner) (*holding, error) {
		var h holding
		err := row.Scan(&h.row, &h.run.ID, &h.run.Name, &h.run.State, &h.run.CreatedMs, &h.run.EndedMs)
		index[h.row] = &h
		return &h, err
	}, "SELECT id, ulid, name, state, created_ms, coalesce(ended_ms, 0) FROM run ORDER BY id")
	if err != nil {
		return nil, nil, err
	}
	_, err = collect(ctx, s, func(row scanner) (struct{}, error) {
		var id, bytes int64
		err := row.Scan(&id, &bytes)
		if h := index[id]; h != nil { // a run may be new since the first statement
			h.bytes = bytes
		}
		return struct{}{}, err
	}, inlineSizes)
	if err != nil {
		return nil, nil, err
	}
	sizes = map[string]int64{}
	_, err = collect(ctx, s, func(row scanner) (struct{}, error) {
		var id, bytes int64
		var sha []byte
		err := row.Scan(&id, &sha, &bytes)
		sizes[string(sha)] = bytes
		if h := index[id]; h != nil {
			h.files = append(h.files, sha)
		}
		return struct{}{}, err
	}, heldFiles)
	return runs, sizes, err
}

// size is what everything takes: pages in use, the log, and files by hash.
func (s *Store) size(ctx context.Context, files map[string]int64) (total int64, err error) {
	var page, pages, free int64
	if err := s.read.QueryRowContext(ctx, "SELECT page_size, page_count, freelist_count FROM pragma_page_size, pragma_page_count, pragma_freelist_count").Scan(&page, &pages, &free); err != nil {
		return 0, err
	}
	total = page * (pages - free)
	for _, bytes := range files {
		total += bytes
	}
	return total, nil
}

func ints(ctx context.Context, s *Store, query string) (map[int64]bool, error) {
	list, err := collect(ctx, s, func(row scanner) (int64, error) {
		var n int64
		err := row.Scan(&n)
		return n, err
	}, query)
	set := make(map[int64]bool, len(list))
	for _, n := range list {
		set[n] = true
	}
	return set, err
}

// Swept is what DropStrays has removed, or would.
type Swept struct {
	Rows  int   `json:"rows"`       // of files that no run owns
	Files int   `json:"files"`      // that no row knows, those of the rows included
	Bytes int64 `json:"size_bytes"` // of the files
}

const unowned = `
SELECT sha, bytes FROM artifact f
WHERE NOT EXISTS (SELECT 1 FROM array WHERE artifact_sha = f.sha) AND NOT EXISTS (SELECT 1 FROM run_artifact WHERE sha = f.sha)`

// halfWritten is the age from which a file that no row knows is taken for one
// that a killed writer has left: a living one writes its row within seconds.
const halfWritten = time.Hour

// DropStrays removes artifacts that no run owns, and files that no row knows
// and that are older than an hour. With dry it only counts them. Other programs
// may be at work.
func (s *Store) DropStrays(ctx context.Context, dry bool) (w Swept, err error) {
	type file struct {
		sha   []byte
		bytes int64
	}
	list, err := collect(ctx, s, func(row scanner) (f file, err error) {
		err = row.Scan(&f.sha, &f.bytes)
		return f, err
	}, unowned)
	if err != nil {
		return w, err
	}
	var gone [][]byte
	for _, f := range list {
		w.Rows++
		w.Files++
		w.Bytes += f.bytes
		gone = append(gone, f.sha)
	}
	if !dry && gone != nil {
		err = s.Write(ctx, func(tx *Tx) error {
			for _, sha := range gone {
				if _, err := dropUnused(ctx, tx, sha); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = s.unlinkArtifacts(ctx, gone)
		}
		if err != nil {
			return w, err
		}
	}
	now := s.opts.Now()
	var paths []string
	err = s.strays(ctx, func(path string, size int64) error {
		info, err := os.Stat(path)
		if err != nil || now.Sub(info.ModTime()) < halfWritten {
			return nil // gone, or perhaps in the making
		}
		paths = append(paths, path)
		w.Files++
		w.Bytes += size
		return nil
	})
	if err != nil || dry || paths == nil {
		return w, s.border("collect", err)
	}
	// A writer looks for the file again under the write lock, in the transaction
	// that makes its row; so none can come to rely on one that goes here.
	err = s.Write(ctx, func(tx *Tx) error {
		for _, path := range paths {
			known, err := knows(ctx, tx, path)
			if err != nil {
				return err
			}
			if known {
				continue
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
	return w, err
}

// Compact gives the free pages of the database back to the file system, where
// they are a tenth of it or more; Alone must hold. It reports the size of the
// file before and after. The error is an *run.Error of code E-DISK-FULL where
// the disk has no room for the copy that this takes.
func (s *Store) Compact(ctx context.Context) (before, after int64, err error) {
	defer func() { err = s.border("compact", err) }()
	var page, pages, free int64
	if err := s.read.QueryRowContext(ctx, "SELECT page_size, page_count, freelist_count FROM pragma_page_size, pragma_page_count, pragma_freelist_count").Scan(&page, &pages, &free); err != nil {
		return 0, 0, err
	}
	before = page * pages
	if free*10 < pages {
		return before, before, nil
	}
	if err := room(s.opts.Path, 2*page*(pages-free)); err != nil { // the copy, and the log that takes it back
		return before, before, err
	}
	db, err := s.writing()
	if err != nil {
		return before, before, err
	}
	for _, q := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return before, before, err
		}
	}
	info, err := os.Stat(s.opts.Path)
	if err != nil {
		return before, before, err
	}
	return before, info.Size(), nil
}

// room returns an *run.Error of code E-DISK-FULL where the disk of path has
// less space than need, in bytes.
func room(path string, need int64) error {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return err
	}
	if free := int64(st.Bavail) * st.Bsize; free < need {
		return &run.Error{Code: run.EDiskFull, Text: fmt.Sprintf("a copy of the database takes %d MB, the disk has %d MB free", need>>20, free>>20), Hint: "free some space"}
	}
	return nil
}
