package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"

	"assay/core/run"
)

// Create makes the directories that are missing, with mode 0700, and closes
// the directories of runs and leases to others. The error is an *run.Error of
// code E-DISK-FULL where the place cannot be written, E-DB where it is not fit,
// for example because it belongs to another user. History can be read without it.
func (p Paths) Create() error {
	if p.Home != "" && strings.HasPrefix(p.Home, "/var/tmp/") {
		if err := ownDirectory(p.Home); err != nil {
			return err
		}
	}
	for _, dir := range []string{p.Data, p.Artifacts(), p.Cache, p.State, p.Logs(), p.Runs(), p.Leases(), p.Screens()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return unusable(dir, err)
		}
	}
	// A socket is guarded by its directory: connecting asks no other right.
	for _, dir := range []string{p.Runs(), p.Leases()} {
		info, err := os.Stat(dir)
		if err != nil {
			return unusable(dir, err)
		}
		if err := owned(dir, info); err != nil {
			return err
		}
		if info.Mode().Perm() == 0o700 {
			continue
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			return unusable(dir, err)
		}
	}
	return nil
}

// Writable reports, by an *run.Error, why nothing can be recorded here: a
// missing right or a read-only file system. It makes nothing.
func (p Paths) Writable() error {
	const write = 2 // W_OK
	for _, dir := range []string{p.Data, p.State} {
		if err := syscall.Access(existing(dir), write); err != nil {
			return unusable(dir, err)
		}
	}
	return nil
}

// ownDirectory makes a directory in a place where everybody may make one, and
// refuses one that somebody else has prepared.
func ownDirectory(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return unusable(dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return unusable(dir, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return &run.Error{Code: run.EDB, Text: fmt.Sprintf("%s is not a directory of yours with mode 0700", dir), Hint: "set ASSAY_HOME to a directory on a local disk"}
	}
	return nil
}

// owned refuses a directory of another user, also to root: whose directory it
// is can replace its sockets, and could not use the locks that root leaves in it.
func owned(dir string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Geteuid() {
		return nil
	}
	owner := fmt.Sprintf("user %d", st.Uid)
	if u, err := user.LookupId(fmt.Sprint(st.Uid)); err == nil {
		owner = u.Username
	}
	return &run.Error{Code: run.EDB, Text: fmt.Sprintf("%s belongs to %s, not to you", dir, owner), Hint: "work as that user, or set ASSAY_HOME to a directory of yours"}
}

// existing returns the nearest of path and its parents that exists.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return path
		}
		path = parent
	}
}

func unusable(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	e := &run.Error{Code: run.EDB, Text: "cannot use " + path, Hint: "set ASSAY_HOME to a directory on a local disk", Err: err}
	for no, first := range map[error]string{syscall.ENOSPC: "free some space, or ", syscall.EDQUOT: "free some space, or ", fs.ErrPermission: "", syscall.EROFS: ""} {
		if errors.Is(err, no) {
			e.Code = run.EDiskFull
			e.Text = "cannot write to " + path
			e.Hint = first + "set ASSAY_HOME to a directory that can be written"
		}
	}
	return e
}
