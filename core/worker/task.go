package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/core/bench"
	"assay/core/run"
)

// Why the context of a job is cancelled. Any other cause is an *run.Error that
// fails the run.
var (
	errCancelled = errors.New("cancelled on request")
	errStopped   = errors.New("stopped by a signal")
)

// task is one run in the making in this process.
type task struct {
	id     run.ID
	lock   *os.File        // of the run, held
	ctx    context.Context // cancelled with the cause; lives as long as the run
	cancel context.CancelCauseFunc
	gate   gate

	held    atomic.Bool               // a pause, and the wait for the lease after it: no progress is expected
	trouble atomic.Pointer[run.Error] // why the run waits for room on the disk; nil where it does not
	tries   atomic.Int64              // how often there was no room
	again   chan struct{}             // holds one demand to try again now

	mu    sync.Mutex // guards lease: a pause gives it back in the middle of a job
	lease *lease
}

func newTask(id run.ID, lock *os.File) *task {
	t := &task{id: id, lock: lock, again: make(chan struct{}, 1)}
	t.ctx, t.cancel = context.WithCancelCause(context.Background())
	return t
}

// ending is how a run ended.
type ending struct {
	state     run.State
	err       *run.Error
	abandoned bool // the job has not returned
}

// exit returns the exit code of the process; nobody but the log needs it.
func (e ending) exit() int {
	switch e.state {
	case run.Done:
		return run.ExitDone
	case run.Failed:
		return e.err.Code.Exit()
	}
	return run.ExitCancelled
}

// perform runs a job from the queue to the end of its row.
func (p *process) perform(t *task, job bench.Job, prepare bool) ending {
	err := p.attempt(t, job, prepare)
	state, e := p.outcome(t, err)
	end := p.finish(t, state, e)
	end.abandoned = errors.Is(err, errAbandoned)
	return end
}

func (p *process) attempt(t *task, job bench.Job, prepare bool) (err error) {
	name := leaseJobs
	if p.kind.Interactive {
		name = leaseInteractive
	}
	// The database is written even when the job is cancelled.
	free := context.WithoutCancel(t.ctx)
	say := func(kind, text string) {
		if err := p.c.Ledger.AddEvent(free, t.id, run.Info, kind, text, nil); err != nil {
			p.log.Warn("note", "kind", kind, "text", text, "err", err)
		}
	}
	if err := t.persist(func() error {
		t.lease, err = p.admit(t.ctx, t, name, say)
		return err
	}); err != nil {
		return err
	}
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.lease.release()
	}()
	var rec run.RecordWriter
	if err := t.persist(func() error {
		if err := p.c.Ledger.SetState(free, t.id, run.Running); err != nil {
			return err
		}
		rec, err = p.c.Record(free, t.id, t.cancel, t.room)
		return err
	}); err != nil {
		return err
	}
	pulse := &pulse{RecordWriter: rec, gate: &t.gate, hold: func(ctx context.Context) error {
		return p.hold(ctx, t, name, func(kind, text string) { rec.Event(run.Info, kind, text, nil) })
	}}
	stop := p.watch(t, pulse)
	env := bench.Env{ID: t.id, Recorder: pulse, Reader: p.c.Reader, CacheDir: p.c.CacheDir, FilesDir: filepath.Join(p.c.FilesDir, string(t.id)), Log: p.log}
	err = p.calls.do(t.ctx, func() error {
		if prepare {
			if err := job.Prepare(t.ctx, env); err != nil {
				return err
			}
		}
		return job.Run(t.ctx, env)
	})
	stop()
	var fault *panicked
	if errors.As(err, &fault) {
		p.log.Error("the job panicked", "value", fault.value, "stack", string(fault.stack))
	}
	if closeErr := rec.Close(); err == nil {
		err = closeErr
	}
	return err
}

// hold is a pause: the lease goes back until somebody asks to go on. The rows of
// the run are numbered by its recorder, so what there is to say goes there.
func (p *process) hold(ctx context.Context, t *task, lease string, say note) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.gate.shut() {
		return nil // another goroutine of the job has waited for us
	}
	t.held.Store(true)
	defer t.held.Store(false)
	t.lease.release()
	return t.persist(func() (err error) {
		if t.lease.free() {
			if t.lease, err = p.admit(ctx, t, lease, say); err != nil {
				return err
			}
		}
		return p.c.Ledger.SetState(ctx, t.id, run.Running)
	})
}

// outcome decides the last state. A run whose context was cancelled has not
// been done, whatever its job returned: it may have left out the rest.
func (p *process) outcome(t *task, err error) (run.State, *run.Error) {
	if t.ctx.Err() == nil {
		if err == nil {
			return run.Done, nil
		}
		return run.Failed, asError(memoryError(p.args.memory, err))
	}
	cause := context.Cause(t.ctx)
	if err != nil && !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
		p.log.Warn("the job ended after its cancellation", "err", err)
	}
	cancelled := &run.Error{Code: run.ECancelled, Text: "cancelled on request"}
	switch {
	case errors.Is(cause, errCancelled):
		return run.Cancelled, cancelled
	case errors.Is(cause, errStopped):
		if r, err := p.c.Reader.Run(context.Background(), t.id); err == nil && r.CancelMs > 0 {
			return run.Cancelled, cancelled
		}
		return run.Stopped, nil
	}
	return run.Failed, asError(cause)
}

// finishTries is how often the end of a run is written: on a disk that is full
// somebody may be making room, and the end needs little of it.
const finishTries = 4

func (p *process) finish(t *task, state run.State, e *run.Error) ending {
	if e != nil {
		// The row holds one line; what a panic prints may have more, and is in the log.
		e = &run.Error{Code: e.Code, Text: strings.Join(strings.Fields(e.Error()), " ")}
	}
	p.keepLog(t, e)
	write := func() error { return p.c.Ledger.Finish(context.Background(), t.id, state, e) }
	err := t.persist(write)
	for n := 1; n < finishTries && err != nil && run.CodeOf(err) != run.EState; n++ {
		time.Sleep(500 * time.Millisecond)
		err = write()
	}
	if err != nil {
		// The next who looks finds the lock free, and this in its file and the log.
		p.log.Error("the end of the run cannot be recorded", "state", state, "err", err)
		if run.CodeOf(err) != run.EState {
			if err := leaveEnd(t.lock, state, e); err != nil {
				p.log.Error("nor kept beside its lock", "err", err)
			}
		}
	}
	if e != nil {
		p.log.Info("ended", "state", state, "code", e.Code, "text", e.Error())
	} else {
		p.log.Info("ended", "state", state)
	}
	return ending{state: state, err: e}
}

// keepLog puts the end of the log beside a failure that only the log explains:
// a hang, a panic, memory that was refused. What else fails says why in its error.
func (p *process) keepLog(t *task, e *run.Error) {
	if e == nil || e.Code != run.EStalled && e.Code != run.EInternal && e.Code != run.EMemory {
		return
	}
	log := struct {
		Log string `json:"log"`
	}{p.dir.logTail(p.id)}
	if err := p.c.Ledger.AddEvent(context.Background(), t.id, run.Err, "worker.failed", e.Error(), log); err != nil && run.CodeOf(err) != run.EState {
		p.log.Warn("keep the end of the log", "err", err)
	}
}

// stacks writes what every goroutine is at, for a run that hangs.
func (p *process) stacks() {
	buf := make([]byte, 256<<10) // some hundred goroutines; a worker has a few dozen
	fmt.Fprintf(p.c.Log, "no progress; every goroutine:\n%s\n", buf[:runtime.Stack(buf, true)])
}

// executor calls the methods of a job from one goroutine.
type executor struct {
	calls chan func()
	grace time.Duration
}

func newExecutor(grace time.Duration) executor {
	e := executor{make(chan func()), grace}
	go func() { // ends with the process: a job may never return
		for fn := range e.calls {
			fn()
		}
	}()
	return e
}

var errAbandoned = errors.New("the job did not return after its cancellation")

// panicked is a panic of a job.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("the job panicked: %v", p.value) }

// do calls fn and returns its error, a *panicked, or errAbandoned where fn has
// not returned some time after the end of ctx.
func (e executor) do(ctx context.Context, fn func() error) error {
	result := make(chan error, 1) // fn may return when nobody waits any more
	e.calls <- func() {
		defer func() {
			if v := recover(); v != nil {
				result <- &panicked{v, debug.Stack()}
			}
		}()
		result <- fn()
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-result:
		return err
	case <-time.After(e.grace):
		return errAbandoned
	}
}

// watch ends a run that says nothing for too long. The function it returns ends the watch.
func (p *process) watch(t *task, beats *pulse) (stop func()) {
	limit := p.args.stall
	if limit == 0 {
		limit = p.kind.Stall
	}
	if limit == 0 {
		limit = stallLimit
	}
	ctx, cancel := context.WithCancel(t.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(max(limit/8, time.Millisecond))
		defer tick.Stop()
		count, since := beats.beats.Load(), time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if n := beats.beats.Load(); n != count || t.held.Load() || t.trouble.Load() != nil {
				count, since = n, time.Now()
			} else if time.Since(since) >= limit {
				p.stacks()
				t.cancel(&run.Error{Code: run.EStalled, Text: fmt.Sprintf("the run reported no progress for %s", limit), Hint: "raise --stall if it needs longer"})
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// newChildLock locks the lock file of a child run, and gives it the log of its parent.
func (p *process) newChildLock(id run.ID) (*os.File, error) {
	f, err := p.dir.newLock(id)
	if err != nil {
		return nil, err
	}
	if err := os.Symlink(string(p.id)+".log", p.dir.log(id)); err != nil {
		return nil, errors.Join(cannotStart(err), f.Close())
	}
	if err := factsOf(p.dir.log(id), p.args.memory).leave(f); err != nil {
		return nil, errors.Join(cannotStart(err), f.Close())
	}
	return f, nil
}
