package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/storage"
)

func TestOldRunsGoByThemselvesOnceADay(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	a, err := openApp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	old := time.Now().Add(-200 * 24 * time.Hour).UnixMilli()
	ended := func(name string, n int) run.ID {
		id := run.ID(fmt.Sprintf("01ARZ3NDEKTSV4RRFFQ69G5F%02d", n))
		r := run.Run{ID: id, Bench: "kv", Kind: "kv.blend", Name: name, State: run.Done, Params: []byte("{}"), Env: []byte("{}"), CreatedMs: old, EndedMs: old}
		if err := a.store.Import(t.Context(), storage.Imported{Run: r}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for i := range 3 {
		ended(fmt.Sprint("old-", i), i)
	}
	t.Setenv("ASSAY_DB_KEEP_RUNS", "1")
	t.Setenv("ASSAY_DB_UPKEEP", "off")
	if text, err := a.upkeep(t.Context()); err != nil || text != "" {
		t.Errorf("while it is off: %q, %v", text, err)
	}
	t.Setenv("ASSAY_DB_UPKEEP", "on")
	text, err := a.upkeep(t.Context())
	if err != nil || !strings.Contains(text, "removed 2 old runs") {
		t.Fatalf("%q, %v", text, err)
	}
	backups, err := filepath.Glob(filepath.Join(filepath.Dir(a.paths.DB()), "backups", "assay-weekly-*.db"))
	if err != nil || len(backups) != 1 {
		t.Errorf("copies %v, %v", backups, err)
	}
	ended("old-9", 9)
	if text, err := a.upkeep(t.Context()); err != nil || text != "" {
		t.Errorf("twice on one day: %q, %v", text, err)
	}
}
