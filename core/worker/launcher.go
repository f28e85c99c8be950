package worker

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"assay/core/bench"
	"assay/core/run"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sys/unix"
)

// Register is what a Launcher needs of the storage. Its errors are *run.Error.
type Register interface {
	// Create records a run as queued; a name that ends in "-" is completed with a number.
	Create(ctx context.Context, r run.Run) (run.Run, error)
	// Requeue takes a stopped, failed, cancelled or lost run up again, else E-STATE.
	Requeue(ctx context.Context, id run.ID, host, bootID string) (run.Run, error)
	// Finish writes the end of a live run.
	Finish(ctx context.Context, id run.ID, to run.State, e *run.Error) error
	// RequestCancel notes that a live run was asked to end, else E-STATE.
	RequestCancel(ctx context.Context, id run.ID) error
	// MarkDead writes the verdict over a live run of that boot, with the reason and
	// the end of the worker's log, and reports whether it did.
	MarkDead(ctx context.Context, id run.ID, bootID string, e *run.Error, log string) (bool, error)
	// Ticket returns the lease that a run waits for and the runs before it in the
	// queue, oldest first; "" where it waits for none.
	Ticket(ctx context.Context, id run.ID) (lease string, ahead []run.ID, err error)
	// Verify looks through the structure of the storage where that is due, or
	// always if force. After a problem it refuses to write, with the reason.
	Verify(ctx context.Context, force bool) error
	// Remove deletes a run that is not live.
	Remove(ctx context.Context, id run.ID) error
}

// Options are what a Launcher works with.
type Options struct {
	Register Register
	Reader   run.Reader
	Kinds    bench.Registry
	State    string   // the state directory; runs/ and leases/ exist in it
	Files    string   // the folders of the files of runs, which go with them; "" for none
	Environ  []string // settings that a worker gets on top of those of this process
	// Command is what is executed as a worker, in front of the ID; nil means
	// this program with the argument "worker".
	Command []string
	// Figures describe the machine and the build; they become the Env of each run. Nil means none.
	Figures json.RawMessage
}

// Launcher starts, follows and ends runs. It is safe for concurrent use.
type Launcher struct {
	o    Options
	dir  directory
	host host

	mu       sync.Mutex // guards children
	children map[run.ID]*Handle
}

// New makes a Launcher.
func New(o Options) (*Launcher, error) {
	h, err := thisHost()
	if err != nil {
		return nil, fmt.Errorf("identify this machine: %w", err)
	}
	if o.Command == nil {
		o.Command = []string{"/proc/self/exe", "worker"}
	}
	return &Launcher{o: o, dir: directory(o.State), host: h, children: map[run.ID]*Handle{}}, nil
}

// StartOptions say how a run is started.
type StartOptions struct {
	// Detach lets the run go on without us from the start. Without it the run
	// is cancelled when this process ends or calls Handle.Release before Handle.Detach.
	Detach bool
	// Warm keeps an interactive job loaded after the run, for Request.
	Warm     bool
	Parent   run.ID
	Relation run.Relation // "" without a parent
	Name     string       // unique; "" makes one from kind and parameters
	Seed     int64        // recorded where the parameters have no seed
	Stall    time.Duration
	// Memory bounds the address space of the worker, in bytes beyond what its
	// runtime reserves: at least MinMemory, or 0 for no limit. What needs more
	// ends the run with E-MEMORY.
	Memory int64
}

func (o StartOptions) args() workerArgs {
	return workerArgs{warm: o.Warm, pipe: !o.Detach, stall: o.Stall, memory: o.Memory}
}

// Start starts a run of a kind and returns when its worker is executed, well
// before it has loaded anything. The parameters are complete (see
// bench.Schema.Complete); paths are made absolute and Kind.Resolve brings in
// what lies outside, except for a replay, whose record is complete. Errors are
// *run.Error: wrong parameters, or a place that cannot be written.
func (l *Launcher) Start(ctx context.Context, kind string, p bench.Params, o StartOptions) (*Handle, error) {
	if err := checkMemory(o.Memory); err != nil {
		return nil, err
	}
	k, err := l.o.Kinds.Find(kind)
	if err != nil {
		return nil, err
	}
	if o.Relation != run.Replay {
		if p, err = resolve(k, p); err != nil {
			return nil, err
		}
	}
	if _, err := k.New(p); err != nil {
		return nil, err
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	lock, err := l.dir.newLock(id)
	if err != nil {
		return nil, err
	}
	defer lock.Close() // the worker has a copy, which keeps the lock
	r := run.Run{ID: id, Bench: k.Bench(), Kind: k.Name, Name: o.Name, Host: l.host.name, BootID: l.host.boot,
		Parent: o.Parent, Relation: o.Relation, Seed: o.Seed, Params: p.JSON(), Env: l.o.Figures}
	complete(&r, k, p)
	if r, err = l.o.Register.Create(ctx, r); err != nil {
		os.Remove(lock.Name()) // best effort: an unlocked file without a row harms nobody
		return nil, err
	}
	return l.execute(ctx, id, lock, o.args())
}

// complete fills in what follows from kind and parameters: the seed, and the
// beginning of a name such as "blend-s7-".
func complete(r *run.Run, k bench.Kind, p bench.Params) {
	verb := strings.TrimPrefix(k.Name, k.Bench()+".")
	name := verb + "-"
	if param, ok := k.Schema.Find("seed"); ok && param.Type == bench.Int {
		r.Seed = int64(p.Int("seed"))
		name = fmt.Sprintf("%s-s%d-", verb, r.Seed)
	}
	if r.Name == "" {
		r.Name = name
	}
}

// resolve makes paths absolute, since a worker lives in another directory, and
// asks the kind for the rest. The parameters given are not changed.
func resolve(k bench.Kind, p bench.Params) (bench.Params, error) {
	out := make(bench.Params, len(p))
	for key, v := range p {
		out[key] = v
	}
	for _, param := range k.Schema {
		path, ok := out[param.Key()].(string)
		if param.Type != bench.Path || !ok || path == "" || filepath.IsAbs(path) {
			continue
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("--%s %s", param.Name, path), Err: err}
		}
		out[param.Key()] = abs
	}
	if k.Resolve == nil {
		return out, nil
	}
	return k.Resolve(out)
}

func newID() (run.ID, error) {
	u, err := ulid.New(ulid.Now(), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make an ID: %w", err)
	}
	return run.ID(u.String()), nil
}

// execute starts the worker of a run whose lock is held and whose row is queued.
func (l *Launcher) execute(ctx context.Context, id run.ID, lock *os.File, a workerArgs) (*Handle, error) {
	failed := &run.Error{Code: run.EInternal, Text: "cannot start the worker"}
	if err := factsOf(l.dir.log(id), a.memory).leave(lock); err != nil {
		failed = asError(cannotStart(err))
	} else if h, err := l.fork(id, lock, a); err == nil {
		return h, nil
	} else {
		failed.Err = err
	}
	if err := l.o.Register.Finish(context.WithoutCancel(ctx), id, run.Failed, failed); err != nil {
		return nil, err
	}
	return nil, failed
}

func (l *Launcher) fork(id run.ID, lock *os.File, a workerArgs) (*Handle, error) {
	log, err := os.OpenFile(l.dir.log(id), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append(append([]string{}, l.o.Command[1:]...), a.list(id)...)
	cmd := exec.Command(l.o.Command[0], args...)
	cmd.Env = append(os.Environ(), l.o.Environ...)
	if a.memory > 0 {
		// Each arena of glibc's malloc reserves 64 MiB of address space, by default
		// up to eight a core.
		cmd.Env = append(cmd.Env, "MALLOC_ARENA_MAX=2")
	}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{lock} // descriptor 3
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := closeOnExec(); err != nil {
		return nil, err
	}
	h := &Handle{ID: id, ended: make(chan struct{})}
	if a.pipe {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, r) // descriptor 4
		h.pipe = w
	}
	if err := cmd.Start(); err != nil {
		h.Release()
		return nil, err
	}
	h.PID = cmd.Process.Pid
	l.mu.Lock()
	l.children[id] = h
	l.mu.Unlock()
	// Reaps the worker; it ends with it, or with this process, which a worker may outlive.
	go func() {
		h.fate = fate(cmd.Wait())
		close(h.ended)
	}()
	return h, nil
}

// closeOnExec keeps every descriptor from 3 up out of the worker but those it is
// given. What this process inherited from a shell or a script, such as the lock of
// flock or the end of a pipe, would otherwise stay open as long as the worker lives.
func closeOnExec() error {
	err := unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return nil // Linux before 5.11: only what the shell left open is at stake
	}
	return err
}

// fate says in words how a process ended, "" for a plain exit.
func fate(err error) string {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return ""
	}
	if st, ok := exit.Sys().(syscall.WaitStatus); ok && st.Signaled() {
		return fmt.Sprintf("signal %d (%s)", int(st.Signal()), st.Signal())
	}
	return fmt.Sprintf("exit code %d", exit.ExitCode())
}
