package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"assay/core/run"
)

// Remove deletes a run that is not live, with its log and its files; a warm worker of it is
// asked to end. Its lock file stays: a lock on a file without a name would
// guard nothing. The error is an *run.Error of code E-STATE where it is live.
func (l *Launcher) Remove(ctx context.Context, id run.ID) error {
	if _, err := l.Judge(ctx, id); err != nil {
		return err
	}
	r, err := l.o.Reader.Run(ctx, id)
	if err != nil {
		return err
	}
	if r.State.Live() {
		return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is %s", r.Name, r.State), Hint: "cancel it first"}
	}
	if c, err := l.dial(ctx, id); err == nil {
		// A worker that is only kept warm has no say. One that hangs up is on its way
		// out; takeOver waits for it.
		_, err = c.call(ctx, request{Do: "exit"})
		c.close()
		if err != nil && run.CodeOf(err) != run.EState {
			return err
		}
	}
	lock, err := l.takeOver(ctx, id)
	if err != nil {
		return err
	}
	defer lock.Close()
	return l.remove(ctx, id)
}

// remove deletes a run whose lock is held, and what it has in the state directory.
func (l *Launcher) remove(ctx context.Context, id run.ID) error {
	if err := l.o.Register.Remove(ctx, id); err != nil {
		return err
	}
	for _, path := range []string{l.dir.log(id), l.dir.socket(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &run.Error{Code: run.EDB, Text: "the run is deleted, but not its log", Err: err}
		}
	}
	if l.o.Files == "" || !id.Valid() {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(l.o.Files, string(id))); err != nil {
		return &run.Error{Code: run.EDB, Text: "the run is deleted, but not its files", Err: err}
	}
	return nil
}

// Discard is Remove for those who tidy up: it leaves a run alone, and reports
// false, where a process is behind it, be it a warm one, or where it is not of
// this host.
func (l *Launcher) Discard(ctx context.Context, id run.ID) (bool, error) {
	r, err := l.o.Reader.Run(ctx, id)
	if err != nil {
		return false, err
	}
	if r.State.Live() {
		return false, nil
	}
	f, err := os.OpenFile(l.dir.lock(id), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		// Imported, or of another home: nobody here can be behind it.
		return true, l.remove(ctx, id)
	}
	if err != nil {
		return false, cannotJudge(r, err)
	}
	defer f.Close()
	if ok, err := tryLock(f); err != nil || !ok {
		return false, err
	}
	err = l.remove(ctx, id)
	if run.CodeOf(err) == run.EState {
		return false, nil // somebody has just taken it up again
	}
	return err == nil, err
}

// Leftover is a file in the state directory that no run needs.
type Leftover struct {
	Name  string `json:"name"` // in runs/
	Bytes int64  `json:"size_bytes"`
	Why   string `json:"why"`
}

// Leftovers lists the lock files, logs and sockets of runs that are not in the
// database any more, and sockets whose worker is dead. It judges nothing.
func (l *Launcher) Leftovers(ctx context.Context) ([]Leftover, error) {
	runs, err := l.o.Reader.Runs(ctx, run.Filter{})
	if err != nil {
		return nil, err
	}
	known := make(map[run.ID]bool, len(runs))
	for _, r := range runs {
		known[r.ID] = true
	}
	entries, err := os.ReadDir(l.dir.runs())
	if err != nil {
		return nil, cannotStart(err)
	}
	list := []Leftover{}
	for _, e := range entries {
		name, suffix, _ := strings.Cut(e.Name(), ".")
		id := run.ID(name)
		if !id.Valid() || suffix != "lock" && suffix != "log" && suffix != "sock" {
			continue // not ours to judge
		}
		why := "of a run that is not in the database"
		if known[id] {
			if suffix != "sock" {
				continue
			}
			why = "of a worker that is dead"
		}
		// Its row may be in the making, and a worker may be about to listen: both hold the lock.
		if alive, err := l.dir.alive(id); err != nil || alive {
			if err != nil {
				return nil, err
			}
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone in the meantime
		}
		list = append(list, Leftover{e.Name(), info.Size(), why})
	}
	return list, nil
}

// Tidy removes what Leftovers lists. The caller makes sure that no other
// program is at work, since a lock on a file without a name guards nothing.
func (l *Launcher) Tidy(ctx context.Context) ([]Leftover, error) {
	list, err := l.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		if err := os.Remove(l.dir.runs() + "/" + f.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &run.Error{Code: run.EDB, Text: "cannot tidy up", Err: err}
		}
	}
	return list, nil
}

// Unguarded lists the live runs of this host without a lock file: nobody can
// tell whether they are alive. That happens where the state directory was
// emptied or moved away from its database.
func (l *Launcher) Unguarded(ctx context.Context) ([]run.Run, error) {
	live, err := l.o.Reader.Runs(ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}})
	if err != nil {
		return nil, err
	}
	var list []run.Run
	for _, r := range live {
		if _, err := os.Stat(l.dir.lock(r.ID)); errors.Is(err, fs.ErrNotExist) && r.Host == l.host.name {
			list = append(list, r)
		}
	}
	return list, nil
}
