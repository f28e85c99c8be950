package storage

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"assay/core/run"
)

// inlineBytes is the largest block that is kept in the database itself.
const inlineBytes = 64 << 10

// artifactPath returns the path of the file with this hash: artifacts/ab/cdef...
func (s *Store) artifactPath(sha []byte) string {
	name := hex.EncodeToString(sha)
	return filepath.Join(s.opts.Artifacts, name[:2], name[2:])
}

// putArtifact writes a file by its hash unless it is there. It appears under
// its name only when all of it is on the disk.
func (s *Store) putArtifact(sha, data []byte) error {
	path := s.artifactPath(sha)
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(data)) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDirectory(filepath.Dir(path))
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

const artifactsOfRun = `
SELECT artifact_sha FROM array WHERE artifact_sha IS NOT NULL AND run_id = (SELECT id FROM run WHERE ulid = ?1)
UNION ALL SELECT sha FROM run_artifact WHERE run_id = (SELECT id FROM run WHERE ulid = ?1)`

func artifactsOf(ctx context.Context, tx *Tx, id run.ID) (list [][]byte, err error) {
	rows, err := tx.QueryContext(ctx, artifactsOfRun, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var sha []byte
		if err := rows.Scan(&sha); err != nil {
			return nil, err
		}
		list = append(list, sha)
	}
	return list, rows.Err()
}

const dropArtifact = `
DELETE FROM artifact WHERE sha = ?1
  AND NOT EXISTS (SELECT 1 FROM array WHERE artifact_sha = ?1)
  AND NOT EXISTS (SELECT 1 FROM run_artifact WHERE sha = ?1)`

// dropUnused forgets an artifact that nothing points to, and reports whether it did.
func dropUnused(ctx context.Context, tx *Tx, sha []byte) (bool, error) {
	res, err := tx.ExecContext(ctx, dropArtifact, sha)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// unlinkArtifacts removes files that were forgotten by a committed
// transaction. It does so under the write lock and looks again, since another
// run may have stored the same data in the meantime; a recorder checks in its
// own transaction that the files it points to are still there.
func (s *Store) unlinkArtifacts(ctx context.Context, shas [][]byte) error {
	return s.Write(ctx, func(tx *Tx) error {
		for _, sha := range shas {
			var used int
			err := tx.QueryRowContext(ctx, "SELECT 1 FROM artifact WHERE sha = ?", sha).Scan(&used)
			if err == nil {
				continue
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if err := os.Remove(s.artifactPath(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}
