package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestARunIsSharedAndOpenedElsewhere(t *testing.T) {
	first := t.TempDir()
	t.Setenv("ASSAY_HOME", first)
	id := document(t, "kv", "blend", "--demo", "--people", "2", "--modes", "full,blend", "--max-new", "1", "--json", "--progress", "none")["run_id"].(string)
	// Files as a campaign leaves them: what they were built into stays here.
	left := filepath.Join(first, "data", "files", id, "f0")
	write(t, filepath.Join(left, "main.go"), "package main")
	write(t, filepath.Join(left, "repro"), "ELF")
	if err := os.Chmod(filepath.Join(left, "repro"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.tar.gz")
	if d := document(t, "share", "@1", "--out", file, "--json"); d["files"] != 1.0 || d["run_id"] != id {
		t.Errorf("shared %v", d)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := assay(t, "share", id, "--out", "-"); code != 0 || out != string(before) {
		t.Errorf("standard output got something else: %d %s", code, errs)
	}

	second := t.TempDir()
	t.Setenv("ASSAY_HOME", second)
	if code, out, errs := assay(t, "open", file); code != 0 || !strings.Contains(out, "imported "+id) || !strings.Contains(out, "1 files in its folder") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if got, err := os.ReadFile(filepath.Join(second, "data", "files", id, "f0", "main.go")); err != nil || string(got) != "package main" {
		t.Errorf("the file did not come along: %q %v", got, err)
	}
	if d := document(t, "open", file, "--json"); d["imported"] != false || d["files"] != 0.0 {
		t.Errorf("the same again: %v", d)
	}
	if code, out, _ := assay(t, "share", id, "--out", "-"); code != 0 || !bytes.Equal([]byte(out), before) {
		t.Error("shared again from there, the bytes differ")
	}
	stale := filepath.Join(second, "data", "files", ".incoming-1")
	if err := os.Mkdir(stale, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stale, time.Unix(0, 0), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	// A run goes with its files, and comes back with them.
	if code, _, errs := assay(t, "run", "rm", id); code != 0 {
		t.Fatal(errs)
	}
	if _, err := os.Stat(filepath.Join(second, "data", "files", id)); !os.IsNotExist(err) {
		t.Errorf("the files of a removed run are still there: %v", err)
	}
	if d := document(t, "open", file, "--json"); d["imported"] != true || d["files"] != 1.0 {
		t.Errorf("taken in again: %v", d)
	}
	for _, bad := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if code, _, errs := assay(t, "open", bad); code != 1 || !strings.Contains(errs, "E-INPUT") {
			t.Errorf("open %s: exit %d, %s", bad, code, errs)
		}
	}
	list, err := os.ReadDir(filepath.Join(second, "data", "files"))
	if err != nil || len(list) != 1 {
		t.Errorf("left behind: %v %v", list, err)
	}
}
