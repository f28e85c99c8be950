package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"time"

	"assay/core/bench"
	"assay/core/run"

	"golang.org/x/sys/unix"
)

// Ledger is what a worker needs of the storage besides a recorder. Its errors
// are *run.Error.
type Ledger interface {
	// Create records a run as queued; a name that ends in "-" is completed with a number.
	Create(ctx context.Context, r run.Run) (run.Run, error)
	// SetState moves a live run to another live state.
	SetState(ctx context.Context, id run.ID, to run.State) error
	// Finish writes the end of a live run.
	Finish(ctx context.Context, id run.ID, to run.State, e *run.Error) error
	// RequestCancel notes that a live run was asked to end, else E-STATE.
	RequestCancel(ctx context.Context, id run.ID) error
	// Enqueue gives a run a ticket for a lease, behind all others.
	Enqueue(ctx context.Context, id run.ID, lease string) error
	// Ahead lists the runs before this one in the queue for its lease.
	Ahead(ctx context.Context, id run.ID, lease string) ([]run.ID, error)
	// AddEvent adds an event to a live run while it has no recorder; data may be nil.
	AddEvent(ctx context.Context, id run.ID, level run.Level, kind, text string, data any) error
	// Dequeue takes a run out of the queue.
	Dequeue(ctx context.Context, id run.ID) error
}

// Config is what a worker works with.
type Config struct {
	Kinds  bench.Registry
	Ledger Ledger
	Reader run.Reader
	// Record starts to take down a run; fail is called with the cause where
	// writing becomes impossible. Where that may pass (run.Passing), room is
	// called with the error and returns true when it is worth another try; it is
	// called with nil when the writing goes on.
	Record   func(ctx context.Context, id run.ID, fail context.CancelCauseFunc, room func(error) bool) (run.RecordWriter, error)
	State    string // the state directory; runs/ and leases/ exist in it
	CacheDir string
	FilesDir string        // the files of a run go to a folder of its name below
	Jobs     int           // slots for heavy runs; 0 means JobSlots
	Idle     time.Duration // after which a warm worker ends; 0 means 15 minutes
	Grace    time.Duration // after which a cancelled job is left behind; 0 means 8 s
	Log      io.Writer     // the run's log
}

const (
	idleLimit  = 15 * time.Minute
	stallLimit = 120 * time.Second
	// graceLimit is how long a job may take to return after its cancellation.
	// The contract of a job is 2 s, that of a worker under SIGTERM 10 s.
	graceLimit = 8 * time.Second
)

// process is the worker of one run, and of its child runs.
type process struct {
	c    Config
	dir  directory
	host host
	args workerArgs
	log  *slog.Logger
	lock *os.File // open for as long as the process lives

	id    run.ID
	kind  bench.Kind
	calls executor

	requests chan errand   // for an interactive job; unbuffered: a client waits
	quit     chan struct{} // closed when a warm worker is to end
	quitOnce sync.Once

	mu      sync.Mutex // guards current
	current *task
}

// Main is the worker of the run that args name; it is called by `assay worker`
// and returns the exit code of the process, which must follow at once: a job
// that hangs may still be running. It ends the run in the storage whatever
// happens, except where the storage itself fails: then the lock says it.
func Main(c Config, args []string) int {
	log := slog.New(slog.NewTextHandler(c.Log, nil))
	p, err := newProcess(c, args, log)
	if err != nil {
		log.Error("not a worker", "err", err)
		return run.ExitUsage
	}
	return p.main()
}

func newProcess(c Config, args []string, log *slog.Logger) (*process, error) {
	id, a, err := parseArgs(args)
	if err != nil {
		return nil, err
	}
	p := &process{c: c, dir: directory(c.State), args: a, log: log.With("run", id), id: id,
		requests: make(chan errand), quit: make(chan struct{})}
	if p.lock, err = p.dir.inherit(id); err != nil {
		return nil, err
	}
	if p.c.Jobs == 0 {
		p.c.Jobs = JobSlots()
	}
	if p.c.Idle == 0 {
		p.c.Idle = idleLimit
	}
	if p.c.Grace == 0 {
		p.c.Grace = graceLimit
	}
	p.calls = newExecutor(p.c.Grace)
	p.host, err = thisHost()
	return p, err
}

// inherit checks that descriptor 3 is the lock file of the run and holds its
// lock. The children of a worker must not keep the lock, so it is closed in them.
func (d directory) inherit(id run.ID) (*os.File, error) {
	f := os.NewFile(lockFD, d.lock(id))
	if f == nil || !sameFile(f, d.lock(id)) {
		return nil, fmt.Errorf("descriptor %d is not %s; a worker is started by assay itself", lockFD, d.lock(id))
	}
	unix.CloseOnExec(lockFD)
	other, err := os.Open(d.lock(id))
	if err != nil {
		return nil, err
	}
	defer other.Close()
	held, err := locked(other)
	if err != nil {
		return nil, err
	}
	ours, err := tryLock(f)
	if err != nil {
		return nil, err
	}
	if !held || !ours {
		return nil, fmt.Errorf("descriptor %d does not hold the lock of run %s", lockFD, id)
	}
	return f, nil
}

func (p *process) main() int {
	signal.Ignore(unix.SIGHUP, unix.SIGINT)
	term := make(chan os.Signal, 1)
	signal.Notify(term, unix.SIGTERM)
	t := newTask(p.id, p.lock)
	p.setCurrent(t)
	go func() {
		for range term {
			p.terminate()
		}
	}()
	if p.args.pipe {
		unix.CloseOnExec(pipeFD)
		go p.minder(t, os.NewFile(pipeFD, "pipe"))
	}
	if p.args.memory > 0 {
		if err := limitMemory(p.args.memory); err != nil {
			return p.finish(t, run.Failed, asError(err)).exit()
		}
	}
	job, err := p.load()
	if err != nil {
		return p.finish(t, run.Failed, asError(err)).exit()
	}
	srv, err := listen(p.dir, p.id, p.log, func() Hello { return p.hello(t) }, func(ctx context.Context, r request) (any, error) { return p.answer(ctx, t, r) })
	if err != nil {
		return p.finish(t, run.Failed, asError(fmt.Errorf("listen: %w", err))).exit()
	}
	defer srv.close(p.dir)
	end := p.perform(t, job, true)
	if end.state == run.Done && p.args.warm {
		p.keepWarm(job)
	}
	if end.abandoned {
		return end.exit() // the job still holds what Close would free
	}
	if err := p.calls.do(context.Background(), job.Close); err != nil {
		p.log.Warn("close", "err", err)
	}
	return end.exit()
}

// load makes the job of the run out of its row.
func (p *process) load() (bench.Job, error) {
	r, err := p.c.Reader.Run(context.Background(), p.id)
	if err != nil {
		return nil, err
	}
	if p.kind, err = p.c.Kinds.Find(r.Kind); err != nil {
		return nil, err
	}
	params, err := p.kind.Schema.FromJSON(r.Params)
	if err != nil {
		return nil, err
	}
	return p.kind.New(params)
}

// minder watches the pipe from the command that started the run: without the
// byte for detach its end means that the command is gone.
func (p *process) minder(t *task, pipe *os.File) {
	defer pipe.Close()
	b := make([]byte, 1)
	for {
		n, err := pipe.Read(b)
		if n == 1 && b[0] == detachByte {
			return
		}
		if err == nil {
			continue
		}
		if err := p.c.Ledger.RequestCancel(context.Background(), t.id); err != nil && run.CodeOf(err) != run.EState {
			p.log.Error("request cancel", "err", err)
		}
		t.cancel(errCancelled)
		p.retire()
		return
	}
}

// terminate answers SIGTERM: the run stops at its next safe point.
func (p *process) terminate() {
	p.mu.Lock()
	t := p.current
	p.mu.Unlock()
	t.cancel(errStopped)
	p.retire()
}

// retire ends a warm worker after what it is doing.
func (p *process) retire() { p.quitOnce.Do(func() { close(p.quit) }) }

func (p *process) setCurrent(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = t
}

func (p *process) hello(t *task) Hello {
	h := Hello{Run: t.id, Protocol: protocolVersion, PID: os.Getpid(), Warm: p.args.warm}
	if r, err := p.c.Reader.Run(context.Background(), t.id); err == nil {
		h.State = r.State // without it the answer still names the process
	}
	if h.Trouble = t.trouble.Load(); h.Trouble != nil {
		h.State = run.Paused
	}
	return h
}

// answer carries out a request about one run of this process.
func (p *process) answer(ctx context.Context, t *task, r request) (any, error) {
	empty := struct{}{}
	switch r.Do {
	case "cancel":
		if err := p.c.Ledger.RequestCancel(ctx, t.id); err != nil && !run.Passing(err) {
			return nil, err
		}
		t.cancel(errCancelled)
		return empty, nil
	case "pause":
		t.gate.close()
		return empty, nil
	case "resume":
		t.gate.open()
		return empty, t.insist(ctx)
	case "exit":
		p.retire()
		return empty, nil
	}
	if e := t.trouble.Load(); e != nil {
		return nil, e
	}
	return p.ask(ctx, r)
}

// asError makes any error one for the row of a run.
func asError(err error) *run.Error {
	var e *run.Error
	if errors.As(err, &e) {
		return e
	}
	return &run.Error{Code: run.EInternal, Text: err.Error()}
}
