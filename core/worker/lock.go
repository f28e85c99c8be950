package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// directory is the state directory, where runs/ and leases/ lie.
type directory string

func (d directory) runs() string             { return filepath.Join(string(d), "runs") }
func (d directory) lock(id run.ID) string    { return filepath.Join(d.runs(), string(id)+".lock") }
func (d directory) log(id run.ID) string     { return filepath.Join(d.runs(), string(id)+".log") }
func (d directory) leases() string           { return filepath.Join(string(d), "leases") }
func (d directory) slot(name string) string  { return filepath.Join(d.leases(), name) }
func socketName(id run.ID) string            { return string(id) + ".sock" }
func (d directory) socket(id run.ID) string  { return filepath.Join(d.runs(), socketName(id)) }
func (d directory) logTail(id run.ID) string { return tail(d.log(id)) }

// tryLock takes the write lock of an open file, and reports false where
// somebody else holds it.
func tryLock(f *os.File) (bool, error) {
	for {
		lk := unix.Flock_t{Type: unix.F_WRLCK}
		err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lk)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
			return false, nil
		default:
			return false, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
	}
}

// locked reports whether somebody else than this open file holds its lock.
func locked(f *os.File) (bool, error) {
	lk := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &lk); err != nil {
		return false, fmt.Errorf("probe lock %s: %w", f.Name(), err)
	}
	return lk.Type != unix.F_UNLCK, nil
}

// sameFile reports whether the open file is still the one of that path.
func sameFile(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(open, named)
}

// newLock makes the lock file of a new run and takes its lock.
func (d directory) newLock(id run.ID) (*os.File, error) {
	f, err := os.OpenFile(d.lock(id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, cannotStart(err)
	}
	ok, err := tryLock(f)
	if err == nil && !ok {
		err = errors.New("the new lock file is locked by somebody else")
	}
	if err != nil {
		return nil, errors.Join(cannotStart(err), f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

// tailBytes is how much of its log the record of a dead run keeps.
const tailBytes = 4 << 10

func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "" // a log that cannot be read is no reason to withhold the verdict
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	data := make([]byte, min(info.Size(), tailBytes))
	n, _ := f.ReadAt(data, info.Size()-int64(len(data)))
	data = bytes.ReplaceAll(data[:n], []byte{0}, nil)
	return strings.TrimSpace(strings.ToValidUTF8(string(data), "?"))
}

// cannotStart explains a file of the state directory that cannot be made.
func cannotStart(err error) error {
	e := &run.Error{Code: run.EDB, Text: "cannot start a run", Err: err, Hint: "see `assay doctor`"}
	for _, full := range []error{unix.ENOSPC, unix.EDQUOT, unix.EROFS, os.ErrPermission} {
		if errors.Is(err, full) {
			e.Code, e.Hint = run.EDiskFull, "free some space, or set ASSAY_HOME to a directory that can be written"
		}
	}
	return e
}
