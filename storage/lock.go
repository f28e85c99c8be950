package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockFile is an open file with a lock of the open file description: it ends
// with the descriptor, however the process ends.
type lockFile struct {
	file *os.File
}

// openLock opens the lock file, making it where that is possible. A nil lock
// and no error mean that the directory cannot be written and has none: then
// nobody else can be migrating there with the rights of this user either.
func openLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil && noRight(err) {
		f, err = os.Open(path)
		if errors.Is(err, fs.ErrNotExist) || noRight(err) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &lockFile{f}, nil
}

func (l *lockFile) close() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// set changes the lock (unix.F_RDLCK, F_WRLCK, F_UNLCK), waiting at most the
// given time for other programs. It reports whether it got it.
func (l *lockFile) set(ctx context.Context, kind int16, wait time.Duration) (bool, error) {
	deadline := time.Now().Add(wait)
	for {
		lk := unix.Flock_t{Type: kind}
		err := unix.FcntlFlock(l.file.Fd(), unix.F_OFD_SETLK, &lk)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES):
			return false, fmt.Errorf("lock %s: %w", l.file.Name(), err)
		case time.Now().After(deadline):
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// holders names the processes that hold a lock on the file, for a message to a
// person; locks of open file descriptions carry no process id, so the open
// files of this user's processes are searched.
func (l *lockFile) holders() string {
	info, err := l.file.Stat()
	if err != nil {
		return "another program"
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return "another program"
	}
	var names []string
	for _, e := range entries {
		pid := e.Name()
		if pid[0] < '0' || pid[0] > '9' || pid == fmt.Sprint(os.Getpid()) {
			continue
		}
		fds, err := os.ReadDir("/proc/" + pid + "/fd")
		if err != nil {
			continue // another user's process, or one that has ended
		}
		for _, fd := range fds {
			other, err := os.Stat("/proc/" + pid + "/fd/" + fd.Name())
			if err == nil && os.SameFile(info, other) {
				names = append(names, pid+" ("+commandOf(pid)+")")
				break
			}
		}
	}
	if len(names) == 0 {
		return "another program"
	}
	return "process " + strings.Join(names, ", ")
}

func commandOf(pid string) string {
	f, err := os.Open("/proc/" + pid + "/comm")
	if err != nil {
		return "?"
	}
	defer f.Close()
	name, _ := bufio.NewReader(f).ReadString('\n')
	return strings.TrimSpace(name)
}
