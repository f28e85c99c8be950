package harness

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"assay/core/fuzz"
	"assay/core/run"
)

// Pool starts the processes of one target and keeps a spare warm. It is safe for
// concurrent use.
type Pool struct {
	target fuzz.Target
	limits Limits
	starts chan start

	mu     sync.Mutex
	spare  chan ready // holds the spare that is being made; nil where there is none
	closed bool
}

type start struct {
	command fuzz.Command
	reply   chan<- ready
}

type ready struct {
	p   *Process
	err error
}

// NewPool makes a pool without processes.
func NewPool(t fuzz.Target, l Limits) *Pool {
	p := &Pool{target: t, limits: l, starts: make(chan start)}
	go p.spawn()
	return p
}

// spawn starts every process on one thread that lives as long as the pool: the
// system kills a child with the thread that made it (PR_SET_PDEATHSIG).
func (p *Pool) spawn() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for s := range p.starts {
		proc, err := launch(s.command, p.limits)
		s.reply <- ready{proc, err}
	}
}

// prepare starts a process and waits for its first line.
func (p *Pool) prepare(ctx context.Context) ready {
	command, err := p.target.Command(ctx)
	if err != nil {
		return ready{nil, err}
	}
	reply := make(chan ready, 1)
	p.starts <- start{command, reply}
	r := <-reply
	if r.err != nil {
		return ready{nil, &run.Error{Code: run.ENoTarget, Text: "cannot start " + command.Path, Err: r.err}}
	}
	if err := r.p.greet(ctx); err != nil {
		r.p.Kill()
		if d, ok := errors.AsType[*Death](err); ok {
			return ready{nil, &run.Error{Code: run.ENoTarget, Text: p.target.Name() + " does not load in " + command.Path + ": " + lastLines(d)}}
		}
		return ready{nil, err}
	}
	return r
}

func lastLines(d *Death) string {
	text := strings.TrimSpace(d.Tail)
	if text == "" {
		return d.Error()
	}
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}

// backoff is how long to wait after so many failed starts in a row.
func backoff(failed int) time.Duration {
	steps := []time.Duration{0, 200 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second}
	return steps[min(failed, len(steps)-1)]
}

// attempts is how many starts in a row may fail before a target counts as broken.
const attempts = 5

// Fresh returns a process that has served nothing: the spare where there is one;
// another spare is started meanwhile.
func (p *Pool) Fresh(ctx context.Context) (*Process, error) {
	var r ready
	for failed := range attempts {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(backoff(failed)):
		}
		p.mu.Lock()
		mine := p.spare
		if mine == nil {
			mine = p.begin(ctx)
		}
		p.spare = p.begin(ctx)
		p.mu.Unlock()
		if r = <-mine; r.err == nil {
			return r.p, nil
		}
	}
	return nil, r.err
}

// First returns the first process of a pool. Unlike Fresh it makes no spare and
// tries once, so that a target that is not there fails at once.
func (p *Pool) First(ctx context.Context) (*Process, error) {
	r := p.prepare(ctx)
	return r.p, r.err
}

// begin starts a process in the background.
func (p *Pool) begin(ctx context.Context) chan ready {
	c := make(chan ready, 1)
	if p.closed {
		c <- ready{nil, errors.New("the pool is closed")}
		return c
	}
	go func() { c <- p.prepare(ctx) }()
	return c
}

// Close ends the spare. Processes that were handed out are their holders'.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	if p.spare != nil {
		if r := <-p.spare; r.p != nil {
			r.p.Kill()
		}
	}
	close(p.starts)
}
