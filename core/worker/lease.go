package worker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
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

func (l *lease) free() bool { return l == nil || l.file == nil }

// admit waits until the gate of a run is open and a slot of a lease is the
// run's. It is queued meanwhile, and paused while the gate is shut: then it
// stands in nobody's way. say takes what a person should know of a long wait.
func (p *process) admit(ctx context.Context, t *task, name string, say note) (*lease, error) {
	for {
		if opened := t.gate.waiting(); opened != nil {
			if err := p.c.Ledger.SetState(ctx, t.id, run.Paused); err != nil {
				return nil, err
			}
			select {
			case <-opened:
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
			if err := p.c.Ledger.SetState(ctx, t.id, run.Queued); err != nil {
				return nil, err
			}
		}
		l, err := p.acquire(ctx, t, name, say)
		if l != nil || err != nil {
			return l, err
		}
	}
}

// acquire waits for a slot of a lease. The oldest live run in the queue goes
// first; a slot that nobody takes for leaseStale is for anyone, so that a
// worker which hangs in the queue holds nobody up. It returns nil and no error
// where the run was paused meanwhile.
func (p *process) acquire(ctx context.Context, t *task, name string, say note) (*lease, error) {
	slots := 1
	if name == leaseJobs {
		slots = p.c.Jobs
	}
	if err := p.c.Ledger.Enqueue(ctx, t.id, name); err != nil {
		return nil, err
	}
	defer func() {
		if err := p.c.Ledger.Dequeue(context.WithoutCancel(ctx), t.id); err != nil {
			p.log.Warn("leave the queue", "run", t.id, "err", err)
		}
	}()
	tick := time.NewTicker(leasePoll)
	defer tick.Stop()
	tale := waiting{since: time.Now(), say: say}
	var freeSince time.Time
	for {
		place, first, err := p.first(ctx, t.id, name)
		if err != nil {
			return nil, err
		}
		stale := !freeSince.IsZero() && time.Since(freeSince) > leaseStale
		l, free, err := p.dir.grab(name, slots, t.id, first || stale)
		if l != nil {
			tale.end()
		}
		if err != nil || l != nil {
			return l, err
		}
		if !free {
			freeSince = time.Time{}
		} else if freeSince.IsZero() {
			freeSince = time.Now()
		}
		if tale.due() {
			if place.Holders, err = p.dir.holding(name); err != nil {
				return nil, err
			}
			tale.tell(place.Text(p.nameOf))
		}
		if t.gate.shut() {
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// first says where a run stands in the queue, and whether no live run stands
// before it.
func (p *process) first(ctx context.Context, id run.ID, name string) (Place, bool, error) {
	before, err := p.c.Ledger.Ahead(ctx, id, name)
	if err != nil {
		return Place{}, false, err
	}
	place, first := Place{Lease: name, Ahead: before}, true
	for _, other := range before {
		alive, err := p.dir.alive(other)
		if err != nil {
			return place, false, err
		}
		first = first && !alive
	}
	return place, first, nil
}

// alive reports whether the lock of a run is held. Without a lock file nobody
// can be behind it here.
func (d directory) alive(id run.ID) (bool, error) {
	f, err := os.Open(d.lock(id))
	if err != nil {
		return false, nil
	}
	defer f.Close()
	return locked(f)
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
				// Who holds it, for people: whether it is held, the lock says. Every
				// ID is as long as the one that it replaces.
				if _, err = f.WriteAt([]byte(id+"\n"), 0); err == nil {
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
func (l *Launcher) Holders() ([]Holder, error) { return l.dir.holders() }

func (d directory) holders() ([]Holder, error) {
	entries, err := os.ReadDir(d.leases())
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	var list []Holder
	for _, e := range entries {
		h, ok := slotOf(e.Name())
		if !ok {
			continue // not a file of ours
		}
		f, err := os.Open(d.slot(e.Name()))
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

// slotOf reads the name of the file of a slot, such as jobs-0.
func slotOf(name string) (Holder, bool) {
	i := strings.LastIndexByte(name, '-')
	if i <= 0 {
		return Holder{}, false
	}
	slot, err := strconv.Atoi(name[i+1:])
	return Holder{Lease: name[:i], Slot: slot}, err == nil
}

// holding lists the runs that hold slots of a lease.
func (d directory) holding(lease string) ([]run.ID, error) {
	all, err := d.holders()
	var ids []run.ID
	for _, h := range all {
		if h.Lease == lease {
			ids = append(ids, h.Run)
		}
	}
	return ids, err
}
