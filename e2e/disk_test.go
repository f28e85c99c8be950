//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// fill takes all room of a small disk; free gives it back.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	full, err := os.Create(filepath.Join(disk, "full"))
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 1<<12); err == nil; {
		_, err = full.Write(block)
	}
	if err := full.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Remove(full.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFullDiskEndsARunWithItsCode(t *testing.T) {
	disk := smallDisk(t, 3<<20)
	place := filepath.Join(disk, "home")
	// A first run makes the database, then the rest of the disk is taken.
	must(t, place, "run", "ls", "--json")
	free := fill(t, disk)
	r := assay(t, place, "kv", "blend", "--demo", "--seed", "1", "--modes", "all", "--json")
	if r.code != 1 || !strings.Contains(r.stderr, "E-DISK-FULL") {
		t.Errorf("exit code %d, want 1 with E-DISK-FULL:\n%s", r.code, cut(r.stderr))
	}
	if n := strings.Count(r.stderr, "\n"); n > 3 {
		t.Errorf("%d lines on stderr:\n%s", n, cut(r.stderr))
	}
	// With room again, the history is whole.
	free()
	must(t, place, "run", "ls", "--json")
	var ok string
	if err := open(t, place).QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check: %s %v", ok, err)
	}
}

// TestFullDiskPausesARun takes the disk away under a worker and gives it back: the
// run says why it stands still, goes on, and its document is that of a run which
// nothing disturbed.
func TestFullDiskPausesARun(t *testing.T) {
	disk := smallDisk(t, 6<<20)
	place := filepath.Join(disk, "home")
	sweep := []string{"kv", "sweep", "--demo", "--seed", "1", "--prompts", "24", "--people", "2", "--ratios", ".15", "--json"}
	id := strings.TrimSpace(must(t, place, append(slices.Clip(sweep[:len(sweep)-1]), "--detach")...).stdout)
	type told struct {
		State string `json:"state"`
		Code  string `json:"error_code"`
		Done  int    `json:"done"`
	}
	shown := func() (r told) {
		if err := json.Unmarshal([]byte(must(t, place, "run", "show", id, "--json").stdout), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	within(t, 60*time.Second, "the run has begun", func() bool { return shown().Done > 0 })
	free := fill(t, disk)
	within(t, 60*time.Second, "the run is paused", func() bool { return shown().State != "running" })
	if r := shown(); r.State != "paused" || r.Code != "E-DISK-FULL" {
		t.Errorf("run show: %+v", r)
	}
	for _, args := range [][]string{{"run", "ls"}, {"run", "show", id}} {
		if out := must(t, place, args...).stdout; !strings.Contains(out, "paused") || !strings.Contains(out, "E-DISK-FULL") {
			t.Errorf("assay %s:\n%s", strings.Join(args, " "), cut(out))
		}
	}
	if r := assay(t, place, "run", "resume", id); r.code != 1 || !strings.Contains(r.stderr, "E-DISK-FULL") {
		t.Errorf("resume without room: exit code %d\n%s", r.code, cut(r.stderr))
	}
	free()
	disturbed := must(t, place, "run", "wait", id, "--json").document(t)
	undisturbed := must(t, home(t), sweep...).document(t)
	if d := difference(lasting(disturbed), lasting(undisturbed)); d != "" {
		t.Errorf("the documents differ at %s", d)
	}
}

// TestACommandDoesNotWaitForRoomForever: it ends with the reason, and its run goes on
// when there is room.
func TestACommandDoesNotWaitForRoomForever(t *testing.T) {
	if testing.Short() {
		t.Skip("a command is patient for half a minute")
	}
	disk := smallDisk(t, 6<<20)
	place := filepath.Join(disk, "home")
	ended := make(chan result, 1)
	go func() {
		ended <- assay(t, place, "kv", "sweep", "--demo", "--seed", "1", "--prompts", "40", "--people", "2", "--ratios", ".15", "--progress", "none")
	}()
	within(t, 60*time.Second, "the run has begun", func() bool {
		return strings.Contains(assay(t, place, "run", "ls", "--csv").stdout, "running")
	})
	free := fill(t, disk)
	select {
	case r := <-ended:
		if r.code != 1 || !strings.Contains(r.stderr, "E-DISK-FULL") || !strings.Contains(r.stderr, "run wait") {
			t.Errorf("exit code %d, want 1 with E-DISK-FULL and how to go on:\n%s", r.code, cut(r.stderr))
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the command waits for ever")
	}
	free()
	must(t, place, "run", "wait", "@1")
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
