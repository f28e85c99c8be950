package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"assay/core/run"
	"assay/storage"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary act in a place where it has fewer rights, or
// less room, than the test.
func TestMain(m *testing.M) {
	roles := map[string]func(dir string) error{"read-only": readOnly, "full": full}
	if len(os.Args) == 3 && roles[os.Args[1]] != nil {
		if err := roles[os.Args[1]](os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// readOnly reads the history of a directory that this process cannot write to.
func readOnly(dir string) error {
	ctx := context.Background()
	if unix.Access(dir, unix.W_OK) == nil {
		return errors.New("the directory can be written")
	}
	s, err := storage.Open(ctx, options(dir))
	if err != nil {
		return err
	}
	defer s.Close()
	runs, err := s.Runs(ctx, run.Filter{})
	if err != nil || len(runs) != 1 {
		return fmt.Errorf("%d runs, %w", len(runs), err)
	}
	if _, err := s.Version(ctx); err != nil {
		return err
	}
	rows, err := s.Records(ctx, runs[0].ID, "", 0)
	if err != nil || len(rows) != 1 {
		return fmt.Errorf("%d rows, %w", len(rows), err)
	}
	err = s.Tag(ctx, runs[0].ID, "x")
	if run.CodeOf(err) != run.EDiskFull || strings.Contains(err.Error(), "\n") {
		return fmt.Errorf("writing: %v", err)
	}
	return s.Close()
}

// full fills a small file system.
func full(dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1500k"); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 400<<10), 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	s, err := storage.Open(ctx, options(dir))
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Create(ctx, newRun(1, "kv.blend", "x"))
	if err != nil {
		return err
	}
	rec, err := s.Recorder(ctx, r.ID, cancel, nil)
	if err != nil {
		return err
	}
	committed := int64(0)
	for i := 0; ctx.Err() == nil && i < 10000; i++ {
		rec.Record("row", fmt.Sprint(i), strings.Repeat("x", 1000))
		if rec.Commit(context.Background()) == nil {
			committed = int64(i + 1)
		}
	}
	if cause := context.Cause(ctx); run.CodeOf(cause) != run.EDiskFull {
		return fmt.Errorf("after %d rows: %v", committed, cause)
	}
	if err := rec.Commit(context.Background()); run.CodeOf(err) != run.EDiskFull {
		return fmt.Errorf("commit: %v", err)
	}
	if err := rec.Close(); run.CodeOf(err) != run.EDiskFull {
		return fmt.Errorf("close: %v", err)
	}
	rows, err := s.Records(context.Background(), r.ID, "", 0)
	if err != nil || int64(len(rows)) != committed {
		return fmt.Errorf("committed %d rows, found %d, %w", committed, len(rows), err)
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		return err
	}
	// With some room again the run can be ended, and taken up.
	if err := s.Finish(context.Background(), r.ID, run.Failed, &run.Error{Code: run.EDiskFull, Text: "full"}); err != nil {
		return err
	}
	if _, err = s.Requeue(context.Background(), r.ID, "box", "boot"); err != nil {
		return err
	}
	return waitForRoom(s, r.ID, dir, committed)
}

// waitForRoom fills the disk again under a recorder that waits, and makes room
// when it has tried three times.
func waitForRoom(s *storage.Store, id run.ID, dir string, had int64) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		return err
	}
	for block := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(block)
	}
	if err := f.Close(); err != nil {
		return err
	}
	var said []run.Code
	rec, err := s.Recorder(ctx, id, cancel, func(err error) bool {
		said = append(said, run.CodeOf(err))
		return len(said) < 3 || err == nil || os.Remove(ballast) == nil
	})
	if err != nil {
		return err
	}
	const more = 100
	for i := range more {
		rec.Record("more", fmt.Sprint(i), strings.Repeat("x", 1000))
	}
	if err := errors.Join(rec.Commit(ctx), rec.Close(), context.Cause(ctx)); err != nil {
		return err
	}
	if want := []run.Code{run.EDiskFull, run.EDiskFull, run.EDiskFull, ""}; !slices.Equal(said, want) {
		return fmt.Errorf("the recorder said %q, want %q", said, want)
	}
	rows, err := s.Records(ctx, id, "", 0)
	if err != nil || int64(len(rows)) != had+more {
		return fmt.Errorf("%d rows, want %d; %w", len(rows), had+more, err)
	}
	return nil
}

// act runs the test binary in a role.
func act(t *testing.T, attr *syscall.SysProcAttr, role, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", role, dir)
	cmd.SysProcAttr = attr
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if errors.Is(err, os.ErrPermission) {
		t.Skipf("this machine does not let the test take the role: %v", err)
	}
	if err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
}

// nobody is who the test binary becomes where the test runs as root, whom no
// mode of a directory stops.
func nobody() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

func TestHistoryIsReadWhereNothingCanBeWritten(t *testing.T) {
	source := t.TempDir()
	s := open(t, source)
	rec := recorder(t, s, create(t, s, newRun(1, "kv.blend", "x")).ID)
	rec.Record("row", "1", 1)
	commit(t, rec)
	// place copies the files of a database in use and takes the rights away.
	place := func(t *testing.T, names ...string) string {
		dir := t.TempDir()
		for _, name := range names {
			copyTo(t, filepath.Join(source, name), filepath.Join(dir, name))
		}
		for _, d := range []string{filepath.Dir(dir), dir} {
			if err := os.Chmod(d, 0o555); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() {
			os.Chmod(dir, 0o755)
			os.Chmod(filepath.Dir(dir), 0o755)
		})
		return dir
	}
	t.Run("with the log of a killed writer", func(t *testing.T) {
		act(t, nobody(), "read-only", place(t, "assay.db", "assay.db-wal"))
	})
	t.Run("with the log and its index", func(t *testing.T) {
		act(t, nobody(), "read-only", place(t, "assay.db", "assay.db-wal", "assay.db-shm", "assay.lock"))
	})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // the last one moves the log into the database
		t.Fatal(err)
	}
	t.Run("after an orderly end", func(t *testing.T) {
		act(t, nobody(), "read-only", place(t, "assay.db"))
	})
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFullDiskEndsTheRecorder(t *testing.T) {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	act(t, attr, "full", t.TempDir())
}

func TestOpenWhereNothingCanBeMade(t *testing.T) {
	o := options("/proc/self") // a directory that takes no files from anybody
	_, err := storage.Open(t.Context(), o)
	if code := run.CodeOf(err); code != run.EDiskFull && code != run.EDB || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
