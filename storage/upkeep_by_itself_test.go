package storage_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"assay/storage"
)

func TestUpkeepIsDueOnceForWhoeverAsksFirst(t *testing.T) {
	dir := t.TempDir()
	now := start
	o := options(dir)
	var mu sync.Mutex
	o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	var stores []*storage.Store
	for range 4 {
		s, err := storage.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		stores = append(stores, s)
	}
	told := func() (n int) {
		var wg sync.WaitGroup
		for _, s := range stores {
			wg.Go(func() {
				due, err := s.Due(t.Context(), "collected", 24*time.Hour)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if due {
					n++
				}
			})
		}
		wg.Wait()
		return n
	}
	advance := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	if n := told(); n != 1 {
		t.Errorf("%d were told to do it at first", n)
	}
	if advance(23 * time.Hour); told() != 0 {
		t.Error("it is due again after 23 hours")
	}
	if advance(time.Hour); told() != 1 {
		t.Error("it is not due after a day")
	}
	if advance(-48 * time.Hour); told() != 1 {
		t.Error("a clock that was set back ends upkeep for good")
	}
}

func TestBackupsByItselfKeepTheNewestThree(t *testing.T) {
	dir := t.TempDir()
	now := start
	o := options(dir)
	o.Now = func() time.Time { return now }
	s, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if path, err := s.BackupByItself(t.Context()); err != nil || path != "" {
		t.Errorf("nothing was recorded, and %q is its copy, %v", path, err)
	}
	create(t, s, newRun(1, "kv.blend", "x"))
	if _, _, err := s.Backup(t.Context(), ""); err != nil { // by a person: stays
		t.Fatal(err)
	}
	var last string
	for range 5 {
		now = now.Add(7 * 24 * time.Hour)
		if last, err = s.BackupByItself(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "backups", "*.db"))
	if err != nil || len(files) != 4 || files[3] != last {
		t.Errorf("kept %v, %v", files, err)
	}
}
