package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// Period is the time between two samples of the child. Asking the driver more
	// often disturbs the kernels that are being measured.
	Period = time.Second
	// Deadline is how long the library of the driver may take for a sample, and
	// how much later than Period a sample may come before it counts as stale.
	Deadline = 500 * time.Millisecond
	// linger is how long the child is kept after the last question: longer than a
	// screen needs to come back to the front, or a slow link to draw a frame.
	linger = 3 * time.Second
	// pause is the least time between two starts, so that a child that cannot live
	// is not started every second.
	pause = 5 * time.Second
)

// Reading is the newest that a Feed knows.
type Reading struct {
	Sample Sample
	At     time.Time // when the sample came; zero where none ever did
	Count  uint64    // of samples that came through the feed
	Fault  error     // why there is no newer one: the child did not start, or ended
}

// Known reports whether a sample ever came.
func (r *Reading) Known() bool { return !r.At.IsZero() }

// Age returns how old the sample is, 0 where it came in time.
func (r *Reading) Age(now time.Time) time.Duration {
	if age := now.Sub(r.At); r.Known() && age > Period+Deadline {
		return age
	}
	return 0
}

// CardsAge returns how old the figures of the cards are, 0 where they are of the
// last second: the age that the child told and the age of the sample.
func (r *Reading) CardsAge(now time.Time) time.Duration {
	g := &r.Sample.GPU
	if len(g.Cards) == 0 || !r.Known() {
		return 0
	}
	if age := g.Age() + now.Sub(r.At); age > Period+Deadline {
		return age
	}
	return 0
}

// Feed reads the samples of one child, which it starts when somebody asks and ends
// when nobody has for a few seconds. All methods are safe for concurrent use.
type Feed struct {
	command func() *exec.Cmd
	times   times

	turn chan struct{} // capacity 1: whoever puts something in reads from the child

	mu      sync.Mutex // guards everything below
	child   *child
	started time.Time // of the last start that was tried
	last    Reading
	asking  int         // calls of Next under way
	idle    *time.Timer // ends the child
	closed  bool
}

// times are the periods of a feed; tests have shorter ones.
type times struct{ stale, linger, pause time.Duration }

// NewFeed returns a feed of the child that command describes, which is asked for a
// fresh one at every start. Nothing is started yet. Its Stdin, Stdout and Stderr
// are the feed's.
func NewFeed(command func() *exec.Cmd) *Feed {
	return &Feed{command: command, times: times{Period + Deadline, linger, pause}, turn: make(chan struct{}, 1)}
}

// Self describes the sampler in this very program.
func Self() *exec.Cmd { return exec.Command("/proc/self/exe", "sample") }

// Last returns the newest reading without asking for one.
func (f *Feed) Last() Reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// Next waits for a sample after the one that seen counts, and returns what is
// known then. After a little more than Period it returns what there is, so that
// whoever shows it can show its age. The error is that of ctx, or of a closed feed;
// trouble with the child is a Fault of the reading.
func (f *Feed) Next(ctx context.Context, seen uint64) (Reading, error) {
	if err := f.enter(); err != nil {
		return Reading{}, err
	}
	defer f.leave()
	wait, cancel := context.WithTimeout(ctx, f.times.stale)
	defer cancel()
	for {
		if r := f.Last(); r.Count > seen {
			return r, ctx.Err()
		}
		select {
		case f.turn <- struct{}{}:
			// Somebody else may have read meanwhile.
			if r := f.Last(); r.Count <= seen {
				f.read(wait)
			}
			<-f.turn
		case <-wait.Done():
		}
		if wait.Err() != nil {
			return f.Last(), ctx.Err()
		}
	}
}

// Close ends the child and all asking; it may be called more than once.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	c := f.child
	f.child = nil
	f.mu.Unlock()
	if c != nil {
		c.end()
	}
}

// Restart ends the child, so that the next question starts another one at once:
// for a driver that came or went, or a child that hangs.
func (f *Feed) Restart() {
	f.mu.Lock()
	c := f.child
	f.child = nil
	f.started = time.Time{}
	f.mu.Unlock()
	if c != nil {
		c.end()
	}
}

// Running reports whether there is a child.
func (f *Feed) Running() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.child != nil
}

var errClosed = errors.New("the feed is closed")

func (f *Feed) enter() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errClosed
	}
	f.asking++
	if f.idle != nil {
		f.idle.Stop()
	}
	return nil
}

func (f *Feed) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asking--
	if f.asking > 0 || f.closed {
		return
	}
	if f.idle == nil {
		f.idle = time.AfterFunc(f.times.linger, f.endIdle)
		return
	}
	f.idle.Reset(f.times.linger)
}

// endIdle ends the child unless somebody asks again.
func (f *Feed) endIdle() {
	f.mu.Lock()
	c := f.child
	if f.asking > 0 || c == nil {
		f.mu.Unlock()
		return
	}
	f.child = nil
	f.mu.Unlock()
	c.end()
}

// read takes one line from the child, starting it where there is none. It returns
// when a line came, the child ended, or ctx did.
func (f *Feed) read(ctx context.Context) {
	c := f.running(ctx)
	if c == nil {
		return
	}
	data, err := c.line(ctx)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	var s Sample
	if err == nil {
		s, err = Decode(data)
	}
	if err != nil {
		f.failed(c, err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = Reading{Sample: s, At: time.Now(), Count: f.last.Count + 1}
}

// running returns the child, and starts one where there is none. It waits until a
// start is allowed again, or ctx ends; then it returns nil.
func (f *Feed) running(ctx context.Context) *child {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.child == nil && f.last.Fault != nil {
		rest := time.Until(f.started.Add(f.times.pause))
		f.mu.Unlock()
		sleep(ctx, rest)
		f.mu.Lock()
	}
	if f.child != nil || f.closed || ctx.Err() != nil {
		return f.child
	}
	f.started = time.Now()
	c, err := start(f.command())
	if err != nil {
		f.last.Fault = fmt.Errorf("start the sampler: %w", err)
		return nil
	}
	f.child = c
	return c
}

// failed ends a child that did not do its duty, and keeps the reason with the last
// words of the child.
func (f *Feed) failed(c *child, fault error) {
	f.mu.Lock()
	ours := f.child == c
	if ours {
		f.child = nil
	}
	f.mu.Unlock()
	if !ours {
		return // it was ended on purpose, which is why reading failed
	}
	if words := c.end(); words != "" {
		fault = fmt.Errorf("%w: %s", fault, words)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last.Fault = fault
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// child is a sampler that runs. Its end is waited for beside everything else, since
// a process that hangs in a driver cannot be killed.
type child struct {
	cmd    *exec.Cmd
	in     io.Closer
	out    *os.File
	buf    []byte // what was read and not handed out
	words  *tail
	waiter errgroup.Group
	gone   chan struct{} // closed when the process was waited for
}

func start(cmd *exec.Cmd) (*child, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, theirs, err := os.Pipe()
	if err != nil {
		in.Close() // nothing was written: the error of the pipe is the one that counts
		return nil, err
	}
	c := &child{cmd: cmd, in: in, out: out, words: &tail{}, gone: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = theirs, c.words
	err = cmd.Start()
	theirs.Close() // ours of the two; the child has its own
	if err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	c.waiter.Go(func() error {
		defer close(c.gone)
		return cmd.Wait()
	})
	return c, nil
}

// line returns the next line without its newline. When ctx ends first the error is
// os.ErrDeadlineExceeded, and what came of the line stays for the next call.
func (c *child) line(ctx context.Context) ([]byte, error) {
	var deadline time.Time
	if at, ok := ctx.Deadline(); ok {
		deadline = at
	}
	if err := c.out.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() {
		_ = c.out.SetReadDeadline(time.Unix(1, 0)) // wakes the reader; it fails only on a closed file
	})
	defer stop()
	for scanned := 0; ; {
		for i := scanned; i < len(c.buf); i++ {
			if c.buf[i] == '\n' {
				data := append([]byte(nil), c.buf[:i]...)
				c.buf = append(c.buf[:0], c.buf[i+1:]...)
				return data, nil
			}
		}
		if scanned = len(c.buf); scanned > MaxLine {
			return nil, fmt.Errorf("the sampler wrote a line of more than %d bytes", MaxLine)
		}
		chunk := make([]byte, 16<<10)
		n, err := c.out.Read(chunk)
		c.buf = append(c.buf, chunk[:n]...)
		switch {
		case n > 0:
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case errors.Is(err, io.EOF):
			return nil, errors.New("the sampler ended")
		case err != nil:
			return nil, fmt.Errorf("read from the sampler: %w", err)
		}
	}
}

// end closes the pipes, which ends a sampler, and kills it for the case that it
// hangs. It returns the last words of the process where it is gone by then.
func (c *child) end() string {
	c.in.Close()
	c.out.Close()
	_ = c.cmd.Process.Kill() // it may have ended by itself
	select {
	case <-c.gone:
		return c.words.String()
	case <-time.After(Deadline):
		return "" // it hangs in the kernel; the waiter stays until it is gone
	}
}

// tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex // guards data
	data []byte
}

// Write keeps the last 4 KB.
func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if n := len(t.data); n > most {
		t.data = append(t.data[:0], t.data[n-most:]...)
	}
	return len(p), nil
}

// String returns the last line that says anything.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.data)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
