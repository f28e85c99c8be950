package term

import (
	"os"
	"sync"
	"time"
)

// Output writes to a terminal and watches how long that takes: a link that
// cannot keep up blocks the writer, and less should be drawn then. It is a
// file to whoever asks (size, raw mode). Safe for concurrent use.
type Output struct {
	f     *os.File
	now   func() time.Time
	watch func(p []byte) // gets what is written; nil for nobody

	mu     sync.Mutex // guards everything below
	factor int        // by how much to stretch the period of redraws, 1 to 16
	fast   int        // fast writes in a row
	delay  time.Duration
	bytes  int64
	writes int64
}

// NewOutput wraps a file.
func NewOutput(f *os.File) *Output { return &Output{f: f, now: time.Now, factor: 1} }

const (
	slowWrite  = 80 * time.Millisecond // a write that blocks longer is felt
	fastToHeal = 10                    // so many fast writes halve the factor
	mostFactor = 16
)

// Watch hands each write to a function before it is made; it is called before the
// first one.
func (o *Output) Watch(watch func(p []byte)) { o.watch = watch }

// Write writes to the terminal.
func (o *Output) Write(p []byte) (int, error) {
	if o.watch != nil {
		o.watch(p)
	}
	start := o.now()
	n, err := o.f.Write(p)
	o.note(o.now().Sub(start), n)
	return n, err
}

func (o *Output) note(took time.Duration, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes += int64(n)
	o.writes++
	if took > slowWrite {
		o.factor = min(o.factor*2, mostFactor)
		o.fast = 0
		o.delay = took
		return
	}
	if o.fast++; o.fast >= fastToHeal {
		o.fast = 0
		o.factor = max(o.factor/2, 1)
	}
}

// Slow returns by how much the period of redraws should be stretched, 1 on a
// link that keeps up, and how long the last slow write took.
func (o *Output) Slow() (factor int, delay time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.factor, o.delay
}

// Written returns how many bytes were written, and in how many writes.
func (o *Output) Written() (bytes, writes int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes, o.writes
}

// Read reads from the terminal.
func (o *Output) Read(p []byte) (int, error) { return o.f.Read(p) }

// Close does nothing: the terminal belongs to whoever opened it.
func (o *Output) Close() error { return nil }

// Fd returns the descriptor of the terminal.
func (o *Output) Fd() uintptr { return o.f.Fd() }
