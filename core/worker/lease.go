package worker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"assay/core/run"
)

const (
	leaseJobs        = "jobs"        // heavy runs
	leaseInteractive = "interactive" // a person waits
	leasePoll        = 25 * time.Millisecond
	leaseStale       = 5 * time.Second // after which a free lease is anyone's
)

// JobSlots is how many heavy runs go at once by default: one for every 4 cores
// that this process may use, at least one.
func JobSlots() int { return max(1, runtime.GOMAXPROCS(0)/4) }

// lease is a slot that a run holds; closing its file gives it back.
type lease struct{ file *os.File }

func (l *lease) release() {
	if l != nil && l.file != nil {
		l.file.Close() // nothing that matters was written
		l.file = nil
	}
}

// acquire waits for a slot of a lease. The oldest live run in the queue goes
// first; a slot that nobody takes for leaseStale is for anyone, so that a
// worker which hangs in the queue holds nobody up.
func (p *process) acquire(ctx context.Context, id run.ID, name string) (*lease, error) {
	slots := 1
	if name == leaseJobs {
		slots = p.c.Jobs
	}
	if err := p.c.Ledger.Enqueue(ctx, id, name); err != nil {
		return nil, err
	}
	defer func() {
		if err := p.c.Ledger.Dequeue(context.WithoutCancel(ctx), id); err != nil {
			p.log.Warn("leave the queue", "run", id, "err", err)
		}
	}()
	tick := time.NewTicker(leasePoll)
	defer tick.Stop()
	var freeSince time.Time
	for {
		first, err := p.first(ctx, id, name)
		if err != nil {
			return nil, err
		}
		stale := !freeSince.IsZero() && time.Since(freeSince) > leaseStale
		l, free, err := p.dir.grab(name, slots, id, first || stale)
		if err != nil || l != nil {
			return l, err
		}
		if !free {
			freeSince = time.Time{}
		} else if freeSince.IsZero() {
			freeSince = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// first reports whether no live run stands before this one in the queue.
func (p *process) first(ctx context.Context, id run.ID, name string) (bool, error) {
	before, err := p.c.Ledger.Ahead(ctx, id, name)
	if err != nil {
		return false, err
	}
	for _, other := range before {
		f, err := os.Open(p.dir.lock(other))
		if err != nil {
			continue // without a lock file nobody can be waiting here
		}
		alive, err := locked(f)
		f.Close()
		if err != nil || alive {
			return false, err
		}
	}
	return true, nil
}

// grab takes the first free slot, or only looks for one if take is false.
func (d directory) grab(name string, slots int, id run.ID, take bool) (l *lease, free bool, err error) {
	for i := range slots {
		f, err := os.OpenFile(d.slot(fmt.Sprintf("%s-%d", name, i)), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, false, cannotStart(err)
		}
		if take {
			ok, err := tryLock(f)
			if ok {
				// Who holds it, for people: whether it is held, the lock says.
				if err = f.Truncate(0); err == nil {
					_, err = f.WriteAt([]byte(id+"\n"), 0)
				}
				if err == nil {
					return &lease{f}, true, nil
				}
			}
			f.Close()
			if err != nil {
				return nil, false, cannotStart(err)
			}
			continue
		}
		held, err := locked(f)
		f.Close()
		if err != nil {
			return nil, false, err
		}
		free = free || !held
	}
	return nil, free, nil
}

// Holder is a lease that is held, and by which run.
type Holder struct {
	Lease string // "jobs", "interactive"
	Slot  int
	Run   run.ID
}

// Holders lists which leases are held, so that a screen can say for whom a
// queued run waits.
func (l *Launcher) Holders() ([]Holder, error) {
	entries, err := os.ReadDir(l.dir.leases())
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	var list []Holder
	for _, e := range entries {
		var h Holder
		name := e.Name()
		for i := len(name) - 1; i > 0; i-- {
			if name[i] == '-' {
				h.Lease = name[:i]
				if _, err := fmt.Sscanf(name[i+1:], "%d", &h.Slot); err != nil {
					h.Lease = ""
				}
				break
			}
		}
		if h.Lease == "" {
			continue // not a file of ours
		}
		f, err := os.Open(l.dir.slot(name))
		if err != nil {
			continue // gone in the meantime
		}
		held, err := locked(f)
		id := make([]byte, 26)
		n, _ := f.ReadAt(id, 0)
		f.Close()
		if err != nil {
			return nil, err
		}
		if h.Run = run.ID(id[:n]); held && h.Run.Valid() {
			list = append(list, h)
		}
	}
	return list, nil
}
