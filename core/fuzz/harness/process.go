package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"

	"golang.org/x/sys/unix"
)

// Limits bound a process.
type Limits struct {
	Memory int64         // bytes of address space; 0 is 8 GiB
	Hello  time.Duration // from start to the first line; 0 is 120 s
	Enum   time.Duration // of a whole enumeration; 0 is 300 s
	Test   time.Duration // of one observation; 0 is 20 s
}

func (l Limits) withDefaults() Limits {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&l.Hello, 120*time.Second)
	set(&l.Enum, 300*time.Second)
	set(&l.Test, 20*time.Second)
	if l.Memory == 0 {
		l.Memory = 8 << 30
	}
	return l
}

// The ways in which a process ends that was not asked to.
const (
	Crashed = "crash"       // by a signal of its own
	Hung    = "hang"        // no answer within the deadline; it was killed
	Memory  = "oom"         // killed by the system
	Exited  = "worker-exit" // with a code and no answer
	Garbage = "garbage"     // a line that is none of the protocol; it was killed
)

// Death says how a process ended in the middle of a request.
type Death struct {
	Kind   string
	Signal string     // "SIGSEGV"
	Stage  wire.Stage // the last one it announced
	Tail   string     // the last lines of its standard error
}

// Error implements error.
func (d *Death) Error() string {
	text := "the worker ended: " + d.Kind
	if d.Signal != "" {
		text += " " + d.Signal
	}
	if d.Stage != "" {
		text += " at " + string(d.Stage)
	}
	if d.Tail != "" {
		text += ": " + strings.ReplaceAll(d.Tail, "\n", " | ")
	}
	return text
}

// Process is one worker. It is used by one goroutine at a time.
type Process struct {
	Hello wire.Event
	Tests int // observations it has served

	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan []byte // closed at the end of its output
	stderr *tail
	limits Limits
	dir    string
	id     int64
	done   chan struct{} // closed when it was reaped
	state  *os.ProcessState
	killed bool
}

// launch executes a worker. It must be called on a thread that lives as long as
// the process should: the system kills it with the thread (see Pool).
func launch(c fuzz.Command, limits Limits) (*Process, error) {
	limits = limits.withDefaults()
	dir, err := os.MkdirTemp("", "assay-fuzz-")
	if err != nil {
		return nil, err
	}
	p := &Process{limits: limits, dir: dir, stderr: &tail{}, lines: make(chan []byte, 16), done: make(chan struct{})}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir = dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1",
		"OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "GOMAXPROCS=1", "TF_CPP_MIN_LOG_LEVEL=3",
	}, c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = p.stderr
	cmd.WaitDelay = 2 * time.Second
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = w
	err = cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		os.RemoveAll(dir)
		return nil, err
	}
	p.cmd = cmd
	pid := cmd.Process.Pid
	limit := func(what int, bytes uint64) { _ = unix.Prlimit(pid, what, &unix.Rlimit{Cur: bytes, Max: bytes}, nil) } // it may be gone
	limit(unix.RLIMIT_AS, uint64(limits.Memory))
	limit(unix.RLIMIT_CORE, 0)
	_ = unix.Setpriority(unix.PRIO_PROCESS, pid, 10)
	go p.read(r)
	go func() {
		_ = cmd.Wait() // what it says is in ProcessState
		p.state = cmd.ProcessState
		close(p.done)
	}()
	return p, nil
}

func (p *Process) read(r *os.File) {
	defer close(p.lines)
	defer r.Close()
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 1<<16), wire.MaxLine)
	for s.Scan() {
		p.lines <- append([]byte{}, s.Bytes()...)
	}
}

// next waits for an event.
func (p *Process) next(ctx context.Context, until time.Time) (wire.Event, error) {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return wire.Event{}, context.Cause(ctx)
	case <-t.C:
		return wire.Event{}, p.end(Hung)
	case line, ok := <-p.lines:
		if !ok {
			return wire.Event{}, p.end("")
		}
		var e wire.Event
		if err := json.Unmarshal(line, &e); err != nil || e.Ev == "" {
			d := p.end(Garbage)
			d.Tail = fmt.Sprintf("it wrote %q, which is no line of the protocol", line[:min(len(line), 80)])
			return wire.Event{}, d
		}
		return e, nil
	}
}

// end kills the process where it is not dead yet, and says how it died.
func (p *Process) end(kind string) *Death {
	if kind == "" {
		select {
		case <-p.done:
		case <-time.After(2 * time.Second): // it closed its output and stays
			kind = Exited
		}
	}
	p.Kill()
	d := &Death{Kind: kind, Tail: p.stderr.cause(12)}
	if kind != "" {
		return d
	}
	d.Kind = Exited
	if p.state == nil {
		return d
	}
	if ws, ok := p.state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		d.Kind, d.Signal = Crashed, unix.SignalName(ws.Signal())
		if ws.Signal() == syscall.SIGKILL {
			d.Kind = Memory
		}
	}
	if starved(d.Tail) {
		d.Kind = Memory
	}
	return d
}

// Kill ends the process and everything of its group. It may be called again.
func (p *Process) Kill() {
	if p.killed {
		return
	}
	p.killed = true
	p.in.Close()
	_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL) // it may be gone
	<-p.done
	for range p.lines { // lets the reader end
	}
	os.RemoveAll(p.dir)
}

// Dead reports whether the process was ended or has been found dead.
func (p *Process) Dead() bool { return p.killed }

// Within bounds the observations that follow; 0 leaves the limit as it is, and none
// gets longer than that of the pool.
func (p *Process) Within(d time.Duration) {
	if d > 0 {
		p.limits.Test = min(p.limits.Test, d)
	}
}

// greet waits for the first line.
func (p *Process) greet(ctx context.Context) error {
	e, err := p.next(ctx, time.Now().Add(p.limits.Hello))
	if err != nil {
		return err
	}
	if e.Ev != "hello" || e.Protocol != wire.Version {
		d := p.end(Garbage)
		d.Tail = fmt.Sprintf("it speaks %q of protocol %d, not hello of protocol %d", e.Ev, e.Protocol, wire.Version)
		return d
	}
	p.Hello = e
	return nil
}

func (p *Process) send(q wire.Request) error {
	line, err := wire.Encode(q)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(line); err != nil {
		return p.end("")
	}
	return nil
}

// Enum lists the APIs of a set.
func (p *Process) Enum(ctx context.Context, set string) ([]fuzz.API, error) {
	p.id++
	if err := p.send(wire.Request{Op: "enum", ID: p.id, Set: set}); err != nil {
		return nil, err
	}
	var out []fuzz.API
	until := time.Now().Add(p.limits.Enum)
	for {
		e, err := p.next(ctx, until)
		switch {
		case err != nil:
			return nil, err
		case e.ID != p.id:
			return nil, p.end(Garbage)
		case e.Ev == "error":
			return nil, errors.New(e.Text)
		case e.Ev == "done":
			return out, nil
		case e.Ev == "api" && e.API != nil:
			out = append(out, *e.API)
		}
	}
}

// Refused is the answer of a worker that cannot take a request at all.
type Refused struct{ Text string }

// Error implements error.
func (r *Refused) Error() string { return r.Text }

// Observe asks for an observation. The error is a *Death where the process ended,
// a *Refused where it could not take the case, or that of the context; after a
// Death the process is of no use.
func (p *Process) Observe(ctx context.Context, c *fuzz.Case, a wire.Ask) (*wire.Observation, error) {
	p.id++
	p.Tests++
	a.DeadlineMs = p.limits.Test.Milliseconds()
	if err := p.send(wire.Request{Op: "observe", ID: p.id, Case: c, Ask: &a}); err != nil {
		return nil, err
	}
	until := time.Now().Add(p.limits.Test)
	stage := wire.Build
	for {
		e, err := p.next(ctx, until)
		var d *Death
		switch {
		case errors.As(err, &d):
			d.Stage = stage
			return nil, d
		case err != nil:
			p.Kill() // the answer of a cancelled request would be taken for the next one's
			return nil, err
		case e.ID != p.id:
			d := p.end(Garbage)
			d.Stage = stage
			return nil, d
		case e.Ev == "stage":
			stage = e.Stage
		case e.Ev == "error":
			return nil, &Refused{e.Text}
		case e.Ev == "result" && e.Obs != nil && e.Obs.Whole():
			return e.Obs, nil
		default:
			d := p.end(Garbage)
			d.Stage = stage
			return nil, d
		}
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

const tailBytes = 64 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, b...)
	if len(t.data) > 2*tailBytes {
		t.data = append([]byte{}, t.data[len(t.data)-tailBytes:]...)
	}
	return len(b), nil
}

// causes begin the line with which a runtime says why it ends; addresses and
// registers, which are others each time, come after it.
var causes = []string{"panic: ", "fatal error: "}

// cause returns lines from the one on that names the cause of an end, else the last
// ones; at most 2000 bytes.
func (t *tail) cause(lines int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.data), "?"))
	all := strings.Split(text, "\n")
	for i, a := range slices.Backward(all) {
		for _, c := range causes {
			if strings.HasPrefix(a, c) {
				text = strings.Join(all[i:min(i+lines, len(all))], "\n")
				return text[:min(len(text), 2000)]
			}
		}
	}
	text = strings.Join(all[max(0, len(all)-lines):], "\n")
	return text[max(0, len(text)-2000):]
}

// starved reports whether a runtime ended itself as it got no memory within its limit.
func starved(text string) bool {
	return strings.Contains(text, "out of memory") || strings.Contains(text, "cannot allocate memory")
}
