package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"assay/storage"
	tuiapp "assay/tui/app"
)

// viewAge is how long a view is worth coming back to.
const viewAge = 7 * 24 * time.Hour

const viewKey = "screens"

// views keeps the view of one terminal in the history. A screen holds a lock for
// its view as long as it lives, so that others can tell a view that somebody looks
// at from one whose screen has died with its link.
type views struct {
	store *storage.Store
	dir   string   // of the locks
	owner string   // the person and the terminal
	held  *os.File // of the owner; nil before hold
}

// newViews takes the view of this terminal, or of its second and further screens
// where one is open there already.
func newViews(store *storage.Store, dir string) *views {
	v := &views{store: store, dir: dir}
	const most = 9 // screens on one terminal: each but one is suspended
	name := terminal()
	for n := 1; n <= most && v.held == nil; n++ {
		v.owner = name
		if n > 1 {
			v.owner = fmt.Sprintf("%s (%d)", name, n)
		}
		v.held = v.hold(v.owner)
	}
	return v
}

// hold takes the lock of an owner for as long as the file is open; nil where
// somebody has it, or where there can be no locks.
func (v *views) hold(owner string) *os.File {
	sum := sha256.Sum256([]byte(owner))
	f, err := os.OpenFile(filepath.Join(v.dir, hex.EncodeToString(sum[:8])+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil
	}
	lk := unix.Flock_t{Type: unix.F_WRLCK}
	if unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lk) != nil {
		f.Close()
		return nil
	}
	return f
}

// Load returns the view to come back to: that of this terminal, unless one whose
// screen has lost its terminal is newer; and on a terminal without one the newest
// that no screen shows. A view that is taken over from another terminal belongs to
// this one from then on.
func (v *views) Load() (json.RawMessage, error) {
	ctx := context.Background()
	list, err := v.store.Views(ctx, viewKey)
	if err != nil {
		return nil, err
	}
	var own storage.View
	for _, o := range list { // newest first
		if o.Owner == v.owner && time.Since(time.UnixMilli(o.SavedMs)) <= viewAge {
			own = o
		}
	}
	for _, o := range list {
		switch {
		case time.Since(time.UnixMilli(o.SavedMs)) > viewAge:
			if err := v.store.DropView(ctx, o.Owner, viewKey); err != nil {
				return own.Value, nil // read-only: it stays
			}
		case o.Owner == v.owner:
			return own.Value, nil // nothing newer was lost
		case own.Value == nil || !tuiapp.Left(o.Value):
			lock := v.hold(o.Owner)
			if lock == nil {
				continue // somebody looks at it
			}
			err := v.take(ctx, o)
			lock.Close()
			return o.Value, err
		}
	}
	return own.Value, nil
}

// take makes a view of another terminal that of this one.
func (v *views) take(ctx context.Context, o storage.View) error {
	if err := v.store.PutView(ctx, v.owner, viewKey, o.Value); err != nil {
		return err
	}
	return v.store.DropView(ctx, o.Owner, viewKey)
}

func (v *views) Save(data json.RawMessage) error {
	return v.store.PutView(context.Background(), v.owner, viewKey, data)
}

// terminal names the person and the terminal: a view belongs to both.
func terminal() string {
	name := person()
	if pane := os.Getenv("TMUX_PANE"); pane != "" {
		return name + " tmux " + pane
	}
	tty, err := os.Readlink("/proc/self/fd/0")
	if err != nil {
		tty = "terminal"
	}
	return name + " " + tty
}

// person is the name of whoever runs this.
func person() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// seen keeps what a person was told once, whatever the terminal.
type seen struct{ store *storage.Store }

const seenKey = "seen"

func (s seen) Load() (json.RawMessage, error) {
	value, _, err := s.store.View(context.Background(), person(), seenKey)
	return value, err
}

func (s seen) Save(data json.RawMessage) error {
	return s.store.PutView(context.Background(), person(), seenKey, data)
}
