//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of a size below a temporary directory.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("assay-e2e", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", bytes)); err != nil {
		t.Skipf("a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

func TestFullDiskEndsARunWithItsCode(t *testing.T) {
	disk := smallDisk(t, 3<<20)
	place := filepath.Join(disk, "home")
	// A first run makes the database, then the rest of the disk is taken.
	must(t, place, "run", "ls", "--json")
	full, err := os.Create(filepath.Join(disk, "full"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<12)
	for err == nil {
		_, err = full.Write(block)
	}
	if err := full.Close(); err != nil {
		t.Fatal(err)
	}
	r := assay(t, place, "kv", "blend", "--demo", "--seed", "1", "--modes", "all", "--json")
	if r.code != 1 || !strings.Contains(r.stderr, "E-DISK-FULL") {
		t.Errorf("exit code %d, want 1 with E-DISK-FULL:\n%s", r.code, cut(r.stderr))
	}
	if n := strings.Count(r.stderr, "\n"); n > 3 {
		t.Errorf("%d lines on stderr:\n%s", n, cut(r.stderr))
	}
	// With room again, the history is whole.
	if err := os.Remove(filepath.Join(disk, "full")); err != nil {
		t.Fatal(err)
	}
	must(t, place, "run", "ls", "--json")
	var ok string
	if err := open(t, place).QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check: %s %v", ok, err)
	}
}

func TestReadOnlyPlaceIsNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		before bool // whether there is a history already
	}{{"empty", false}, {"with a history", true}} {
		t.Run(c.name, func(t *testing.T) {
			disk := smallDisk(t, 16<<20)
			place := filepath.Join(disk, "home")
			if c.before {
				must(t, place, "kv", "blend", "--demo", "--seed", "1", "--people", "2", "--modes", "full", "--json")
			}
			// A worker that is about to end may still have its log open.
			within(t, 20*time.Second, "the disk becomes read-only", func() bool {
				return syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "") == nil
			})
			r := assay(t, place, "kv", "blend", "--demo", "--seed", "1", "--people", "2", "--modes", "full", "--json")
			if r.code != 1 && r.code != 4 {
				t.Errorf("exit code %d, want 1 or 4", r.code)
			}
			if n := strings.Count(r.stderr, "\n"); n != 1 || !strings.Contains(r.stderr, place) {
				t.Errorf("want one line that names %s, got:\n%s", place, cut(r.stderr))
			}
		})
	}
}
