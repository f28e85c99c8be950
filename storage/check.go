package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"assay/core/run"

	"github.com/mattn/go-sqlite3"
)

// Check is one thing that was looked at.
type Check struct {
	Area   string `json:"area"`
	Status string `json:"status"` // ok, note or problem
	Text   string `json:"text"`
	Next   string `json:"next,omitempty"` // what to do
}

func ok(area, format string, args ...any) Check {
	return Check{Area: area, Status: "ok", Text: fmt.Sprintf(format, args...)}
}

// mostNamed is how many of the same trouble a check names; it counts the rest.
const mostNamed = 5

// Examine checks a database from top to bottom without changing it: its
// structure, the references between rows, the hashes of everything that is
// stored by one, files without a row and rows without a run. It takes as long
// as reading everything, and works on a database that Open refuses. An error is
// only returned where nothing could be looked at, or for ctx.
func Examine(ctx context.Context, o Options) ([]Check, error) {
	if info, err := os.Stat(o.Path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return []Check{{Area: "database", Status: "note", Text: "there is no database at " + o.Path, Next: "any run makes one"}}, nil
	}
	s := &Store{opts: o}
	read, temp, err := openReaders(ctx, o.Path)
	if err != nil {
		if damaged(err) {
			return []Check{broken(err.Error())}, nil
		}
		return nil, s.border("check", err)
	}
	s.read, s.temp = read, temp
	defer s.Close() // reading alone leaves nothing behind
	list, sound, err := s.examineStructure(ctx)
	if err != nil || !sound {
		return list, err
	}
	for _, look := range []func(context.Context) ([]Check, error){s.examineReferences, s.examineHashes, s.examineArtifacts, s.examineFiles, s.examineRows} {
		more, err := look(ctx)
		if damaged(err) {
			return append(list, broken(err.Error())), nil
		}
		if err != nil {
			return list, s.border("check", err)
		}
		list = append(list, more...)
	}
	return list, nil
}

// damaged reports whether SQLite has met a file that is not as it left it.
func damaged(err error) bool {
	var sq sqlite3.Error
	return errors.As(err, &sq) && (sq.Code == sqlite3.ErrCorrupt || sq.Code == sqlite3.ErrNotADB)
}

func broken(text string) Check {
	return Check{Area: "database", Status: "problem", Text: text, Next: "assay db check --salvage keeps what can be read and moves the damaged file aside"}
}

// examineStructure asks SQLite; after a problem nothing else can be relied on.
func (s *Store) examineStructure(ctx context.Context) (list []Check, sound bool, err error) {
	v, err := version(ctx, s.read)
	var known *run.Error
	switch {
	case errors.As(err, &known):
		return []Check{{Area: "schema", Status: "problem", Text: known.Text, Next: known.Hint}}, false, nil
	case damaged(err):
		return []Check{broken(err.Error())}, false, nil
	case err != nil:
		return nil, false, s.border("check", err)
	}
	lines, err := strs(ctx, s.read, fmt.Sprintf("PRAGMA integrity_check(%d)", 4*mostNamed))
	if damaged(err) {
		return []Check{broken(err.Error())}, false, nil
	}
	if err != nil {
		return nil, false, s.border("check", err)
	}
	if len(lines) != 1 || lines[0] != "ok" {
		for _, l := range lines {
			list = append(list, broken(short(l)))
		}
		return list, false, nil
	}
	list = append(list, ok("database", "%s is sound", s.opts.Path))
	switch {
	case v > latest():
		s.newer = v
		list = append(list, Check{Area: "schema", Status: "note", Text: fmt.Sprintf("version %d, newer than this build knows (%d): only its structure was checked", v, latest())})
		return list, false, nil
	case v < latest():
		list = append(list, Check{Area: "schema", Status: "note", Text: fmt.Sprintf("version %d, this build writes %d: the next start migrates it", v, latest())})
		return list, false, nil
	}
	return append(list, ok("schema", "version %d", v)), true, nil
}

func strs(ctx context.Context, db *sql.DB, query string, args ...any) (list []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}

func (s *Store) examineReferences(ctx context.Context) ([]Check, error) {
	lines, err := strs(ctx, s.read, `SELECT format('%d rows of %s point to a row of %s that is not there', count(*), "table", parent) FROM pragma_foreign_key_check GROUP BY "table", parent`)
	if err != nil || len(lines) == 0 {
		return []Check{ok("references", "every row has what it points to")}, err
	}
	return problems("references", lines, "assay db check --salvage leaves such rows out"), nil
}

func problems(area string, lines []string, next string) (list []Check) {
	for i, l := range lines {
		if i == mostNamed {
			return append(list, Check{Area: area, Status: "problem", Text: fmt.Sprintf("and %d more", len(lines)-i), Next: next})
		}
		list = append(list, Check{Area: area, Status: "problem", Text: l, Next: next})
	}
	return list
}

// examineHashes compares what stands in the database itself with its hash.
func (s *Store) examineHashes(ctx context.Context) ([]Check, error) {
	rows, err := s.read.QueryContext(ctx, `
SELECT r.name || ', parameters', CAST(r.params_json AS BLOB), r.params_sha FROM run r
UNION ALL SELECT r.name || ', array ' || a.name, a.data, a.data_sha FROM array a JOIN run r ON r.id = a.run_id WHERE a.data IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n := 0
	var wrong []string
	for rows.Next() {
		var what string
		var data, sum []byte
		if err := rows.Scan(&what, &data, &sum); err != nil {
			return nil, err
		}
		n++
		if got := sha256.Sum256(data); string(got[:]) != string(sum) {
			wrong = append(wrong, fmt.Sprintf("run %s has changed since it was stored", what))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if wrong != nil {
		return problems("hashes", wrong, "the run cannot be trusted; repeat it"), nil
	}
	return []Check{ok("hashes", "%d stored blocks are unchanged", n)}, nil
}

const everyArtifact = `
SELECT f.sha, f.bytes, coalesce((SELECT min(r.name) FROM run r WHERE r.id IN
  (SELECT run_id FROM array WHERE artifact_sha = f.sha UNION SELECT run_id FROM run_artifact WHERE sha = f.sha)), '')
FROM artifact f ORDER BY f.sha`

// examineArtifacts reads every file that is kept by its hash.
func (s *Store) examineArtifacts(ctx context.Context) ([]Check, error) {
	rows, err := s.read.QueryContext(ctx, everyArtifact)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n, unowned := 0, 0
	var wrong []string
	for rows.Next() {
		var sum []byte
		var bytes int64
		var owner string
		if err := rows.Scan(&sum, &bytes, &owner); err != nil {
			return nil, err
		}
		n++
		if owner == "" {
			unowned++
			owner = "nobody"
		}
		if why := s.examineFile(sum, bytes); why != "" {
			wrong = append(wrong, fmt.Sprintf("file %s of %s %s", hex.EncodeToString(sum)[:12], owner, why))
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	list := problems("artifacts", wrong, "the run cannot be read in full; repeat it, or restore the file")
	if wrong == nil {
		list = append(list, ok("artifacts", "%d files are unchanged", n))
	}
	if unowned > 0 {
		list = append(list, Check{Area: "artifacts", Status: "note", Text: fmt.Sprintf("%d files belong to no run", unowned), Next: "assay db gc removes them"})
	}
	return list, nil
}

// examineFile says what is wrong with a file by hash, "" for nothing.
func (s *Store) examineFile(sum []byte, bytes int64) string {
	f, err := os.Open(s.artifactPath(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return "is missing"
	}
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	switch {
	case err != nil:
		return "cannot be read: " + err.Error()
	case n != bytes:
		return fmt.Sprintf("has %d bytes instead of %d", n, bytes)
	case string(h.Sum(nil)) != string(sum):
		return "has changed"
	}
	return ""
}

// examineFiles looks for files that no row knows.
func (s *Store) examineFiles(ctx context.Context) ([]Check, error) {
	n, bytes := 0, int64(0)
	err := s.strays(ctx, func(path string, size int64) error {
		n++
		bytes += size
		return nil
	})
	if err != nil || n == 0 {
		return nil, err
	}
	return []Check{{Area: "artifacts", Status: "note", Text: fmt.Sprintf("%d files of %d bytes are known to no row", n, bytes), Next: "assay db gc removes them"}}, nil
}

// strays calls fn with each file below artifacts/ that no row knows, among them
// what a killed writer has left half written.
func (s *Store) strays(ctx context.Context, fn func(path string, size int64) error) error {
	err := filepath.WalkDir(s.opts.Artifacts, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // no artifacts yet, or gone in the meantime
			}
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		known, err := knows(ctx, s.read, path)
		if err != nil || known {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // it has just gone
		}
		return fn(path, info.Size())
	})
	return err
}

// knows reports whether there is a row for a file below artifacts/.
func knows(ctx context.Context, q querier, path string) (bool, error) {
	sum, err := hex.DecodeString(filepath.Base(filepath.Dir(path)) + filepath.Base(path))
	if err != nil {
		return false, nil // not the name of a hash
	}
	n := 0
	err = q.QueryRowContext(ctx, "SELECT count(*) FROM artifact WHERE sha = ?", sum).Scan(&n)
	return n > 0, err
}

// examineRows looks for what the schema cannot forbid.
func (s *Store) examineRows(ctx context.Context) ([]Check, error) {
	lines, err := strs(ctx, s.read, `
SELECT format('run %s has a row with sequence number %d, above its last, %d', r.name, m.seq, r.last_seq) FROM run r JOIN
  (SELECT run_id, max(seq) AS seq FROM (SELECT run_id, max(seq) AS seq FROM record GROUP BY run_id UNION ALL
   SELECT run_id, max(seq) FROM event GROUP BY run_id UNION ALL SELECT run_id, max(seq) FROM array GROUP BY run_id) GROUP BY run_id) m
  ON m.run_id = r.id WHERE m.seq > r.last_seq ORDER BY r.id`)
	if err != nil {
		return nil, err
	}
	list := problems("rows", lines, "followers of the run may miss rows; repeat it")
	var runs, waiting int64
	if err := s.read.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM lease_wait WHERE run_id NOT IN (SELECT id FROM run WHERE "+live+"))").Scan(&runs, &waiting); err != nil {
		return nil, err
	}
	if list == nil {
		list = append(list, ok("rows", "%d runs, each with all it has committed", runs))
	}
	if waiting > 0 {
		list = append(list, Check{Area: "rows", Status: "note", Text: fmt.Sprintf("%d ended runs still stand in a queue; nobody waits for them", waiting)})
	}
	return list, nil
}

// Problem reports whether any of the checks is one.
func Problem(list []Check) bool {
	for _, c := range list {
		if c.Status == "problem" {
			return true
		}
	}
	return false
}

// short clips the words of SQLite, which may quote a whole row.
func short(text string) string {
	const most = 200
	if text = strings.Join(strings.Fields(text), " "); len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
