package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUpkeepOfTheDatabase(t *testing.T) {
	home(t)
	data := filepath.Join(os.Getenv("ASSAY_HOME"), "data")
	// The first look is at nothing.
	if d := document(t, "db", "check", "--json"); d["problem"] != false {
		t.Errorf("check of nothing: %v", d)
	}
	blend := []string{"kv", "blend", "--demo", "--seed", "3", "--people", "2", "--modes", "full,blend", "--progress", "none", "--json"}
	first := document(t, append(blend, "--name", "first")...)["run_id"].(string)
	document(t, append(blend, "--name", "second")...)

	if d := document(t, "db", "check", "--json"); d["problem"] != false || len(d["checks"].([]any)) < 7 {
		t.Errorf("check: %v", d)
	}
	if code, out, errs := assay(t, "db", "check"); code != 0 || strings.Contains(out, "problem") || strings.Contains(out, "note") {
		t.Errorf("check: exit %d\n%s%s", code, out, errs)
	}
	stats := document(t, "db", "stats", "--json")
	if stats["size_bytes"].(float64) <= 0 || len(stats["largest"].([]any)) != 2 {
		t.Errorf("stats: %v", stats)
	}
	if code, out, _ := assay(t, "db", "stats"); code != 0 || !strings.Contains(out, "kind") || !strings.Contains(out, "second") {
		t.Errorf("stats: exit %d\n%s", code, out)
	}

	backup := filepath.Join(t.TempDir(), "copy.db")
	if d := document(t, "db", "backup", backup, "--json"); d["path"] != backup || d["size_bytes"].(float64) <= 0 {
		t.Errorf("backup: %v", d)
	}
	if code, _, errs := assay(t, "db", "backup", backup); code != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("a backup over a backup: exit %d, %s", code, errs)
	}

	if d := document(t, "db", "gc", "--json"); len(d["runs"].([]any)) != 0 {
		t.Errorf("gc of young runs: %v", d)
	}
	gc := []string{"db", "gc", "--keep-runs", "1", "--keep-size", "1B", "--json"}
	if d := document(t, append(gc, "--dry-run")...); len(d["runs"].([]any)) != 1 || d["dry_run"] != true {
		t.Errorf("dry run: %v", d)
	}
	document(t, "run", "show", first, "--json") // still there
	d := document(t, gc...)
	if runs := d["runs"].([]any); len(runs) != 1 || runs[0].(map[string]any)["name"] != "first" || d["busy"] != nil {
		t.Errorf("gc: %v", d)
	}
	if left, err := filepath.Glob(filepath.Join(os.Getenv("ASSAY_HOME"), "state", "runs", first+".*")); err != nil || len(left) != 0 {
		t.Errorf("left of the removed run: %v, %v", left, err)
	}
	if code, _, errs := assay(t, "db", "gc", "--keep-runs", "-1"); code != 2 || !strings.Contains(errs, "--keep-runs") {
		t.Errorf("exit %d, %s", code, errs)
	}

	// A database that is none any more: it is moved aside, and the backup named.
	document(t, "db", "backup", "--json")
	if err := os.WriteFile(filepath.Join(data, "assay.db"), bytes.Repeat([]byte("x"), 9000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"assay.db-wal", "assay.db-shm"} {
		os.Remove(filepath.Join(data, name))
	}
	if code, out, _ := assay(t, "db", "check"); code != 3 || !strings.Contains(out, "file is not a database") || !strings.Contains(out, "--salvage") {
		t.Errorf("check of a damaged database: exit %d\n%s", code, out)
	}
	if code, _, errs := assay(t, "run", "ls"); code != 1 || !strings.Contains(errs, "E-DB") {
		t.Errorf("exit %d, %s", code, errs)
	}
	if code, out, errs := assay(t, "db", "check", "--salvage"); code != 3 || !strings.Contains(out, "assay.db.bad-") || !strings.Contains(out, "the newest backup is ") {
		t.Errorf("salvage: exit %d\n%s%s", code, out, errs)
	}
	if d := document(t, "run", "ls", "--json"); len(d["runs"].([]any)) != 0 {
		t.Errorf("after the rescue of nothing: %v", d)
	}
}
