package tuitest

import (
	"context"
	"sync"
	"time"
)

// Clock is a clock that stands still until it is advanced. Its Now and Sleep go
// into a ui.Context. It is safe for concurrent use.
type Clock struct {
	mu      sync.Mutex // guards everything below
	changed *sync.Cond
	now     time.Time
	busy    int // commands that are neither finished nor asleep
	sleeps  []*sleep
}

type sleep struct {
	until time.Time
	wake  chan struct{}
}

// NewClock returns a clock that shows 2026-03-14 14:14:42 UTC.
func NewClock() *Clock {
	c := &Clock{now: time.Date(2026, 3, 14, 14, 14, 42, 0, time.UTC)}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep parks the caller until the clock was advanced by d, or ctx has ended.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	s := &sleep{until: c.now.Add(d), wake: make(chan struct{})}
	c.sleeps = append(c.sleeps, s)
	c.busy--
	c.changed.Broadcast()
	c.mu.Unlock()
	select {
	case <-s.wake: // whoever woke us has counted us as busy again
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		for i, o := range c.sleeps {
			if o == s {
				c.sleeps = append(c.sleeps[:i], c.sleeps[i+1:]...)
				c.busy++
			}
		}
		return ctx.Err()
	}
}

// start counts a command that begins, done one that has ended.
func (c *Clock) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
}

func (c *Clock) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	c.changed.Broadcast()
}

// settle waits until every command has finished or sleeps.
func (c *Clock) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.busy > 0 {
		c.changed.Wait()
	}
}

// next moves the clock to the first sleeper that is due by end and wakes it, or
// to end where none is; it reports whether it woke one.
func (c *Clock) next(end time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := -1
	for i, s := range c.sleeps {
		if !s.until.After(end) && (first < 0 || s.until.Before(c.sleeps[first].until)) {
			first = i
		}
	}
	if first < 0 {
		c.now = end
		return false
	}
	s := c.sleeps[first]
	c.sleeps = append(c.sleeps[:first], c.sleeps[first+1:]...)
	if s.until.After(c.now) {
		c.now = s.until
	}
	c.busy++
	close(s.wake)
	return true
}
