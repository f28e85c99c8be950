package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	maxQuarantined = 16   // damaged files kept for a look
	maxTombstones  = 4096 // reasons of misses kept
	// lowWater is the share of the limit down to which eviction goes, so that a
	// store at its limit does not scan its folder at every Put.
	lowWater = 0.9
	// staleTemporary is after how long a temporary file belongs to no living writer.
	staleTemporary = time.Hour
)

// file is one file of the store.
type file struct {
	path string
	size int64
	used time.Time
}

// scan lists the entries and blobs, oldest first.
func (s *Store) scan() ([]file, error) {
	var all []file
	for _, end := range []string{endEntry, endBlob} {
		files, err := s.list(end)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	sortByUse(all)
	return all, nil
}

// list returns the files of the entries' folder that end so, oldest first and
// by name where the times are equal.
func (s *Store) list(end string) ([]file, error) {
	root := filepath.Join(s.dir, entries)
	shards, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil // nothing can be there; Put will say what is in the way
	}
	if err != nil {
		return nil, err
	}
	var out []file
	for _, d := range shards {
		if !d.IsDir() {
			continue
		}
		part, err := listDir(filepath.Join(root, d.Name()), end)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	sortByUse(out)
	return out, nil
}

func sortByUse(files []file) {
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path))
	})
}

func listDir(dir, end string) ([]file, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	var out []file
	for _, d := range list {
		if !strings.HasSuffix(d.Name(), end) {
			continue
		}
		info, err := d.Info()
		if err != nil { // another process was faster
			continue
		}
		out = append(out, file{filepath.Join(dir, d.Name()), info.Size(), info.ModTime()})
	}
	return out, nil
}

// evict removes the entries that were used longest ago until the store is under
// its low water mark, except the one named keep, which was just written.
func (s *Store) evict(keep string) error {
	files, err := s.scan()
	if err != nil {
		return fmt.Errorf("chunk store: evict: %w", err)
	}
	var size int64
	for _, f := range files {
		size += f.size
	}
	target := int64(float64(s.max) * lowWater)
	if size <= s.max {
		target = size // another process has evicted already
	}
	for _, f := range files {
		if size <= target {
			break
		}
		name := strings.TrimSuffix(filepath.Base(f.path), filepath.Ext(f.path))
		if name == keep {
			continue
		}
		if rerr := os.Remove(f.path); ignoreMissing(rerr) != nil {
			err = errors.Join(err, fmt.Errorf("chunk store: evict: %w", rerr))
			continue
		}
		size -= f.size
		s.bury(name)
	}
	s.mu.Lock()
	s.size = size
	s.mu.Unlock()
	s.sweep()
	return err
}

// bury leaves a tombstone. Best effort: without it a later miss says "never
// stored".
func (s *Store) bury(name string) {
	if f, err := os.Create(s.path(name, endTombstone)); err == nil {
		_ = f.Close()
	}
}

// sweep bounds the tombstones and removes temporary files of dead writers.
func (s *Store) sweep() {
	if stones, err := s.list(endTombstone); err == nil && len(stones) > maxTombstones {
		for _, f := range stones[:len(stones)-maxTombstones] {
			_ = os.Remove(f.path)
		}
	}
	if files, err := s.list(endTemporary); err == nil {
		for _, f := range files {
			if time.Since(f.used) > staleTemporary {
				_ = os.Remove(f.path)
			}
		}
	}
}

// bound keeps the newest most files of a folder, and their reasons.
func (s *Store) bound(dir, end string, most int) {
	files, err := listDir(dir, end)
	if err != nil || len(files) <= most {
		return
	}
	sortByUse(files)
	for _, f := range files[:len(files)-most] {
		_ = os.Remove(f.path)
		_ = os.Remove(f.path + endReason)
	}
}
