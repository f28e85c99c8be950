package worker

import (
	"context"
	"sync"
	"sync/atomic"

	"assay/core/run"
)

// pulse is the recorder that a job gets: it counts the calls, for the
// watchdog, and lets a paused run wait in Commit.
type pulse struct {
	run.RecordWriter
	beats atomic.Int64
	gate  *gate
	hold  func(ctx context.Context) error // called in Commit while the gate is shut
}

func (p *pulse) Progress(done, total int64) {
	p.beats.Add(1)
	p.RecordWriter.Progress(done, total)
}

func (p *pulse) Headline(text string) {
	p.beats.Add(1)
	p.RecordWriter.Headline(text)
}

func (p *pulse) Record(kind, key string, data any) {
	p.beats.Add(1)
	p.RecordWriter.Record(kind, key, data)
}

func (p *pulse) Array(a run.Array) {
	p.beats.Add(1)
	p.RecordWriter.Array(a)
}

func (p *pulse) Metric(key run.MetricKey, step int64, value float64) {
	p.beats.Add(1)
	p.RecordWriter.Metric(key, step, value)
}

func (p *pulse) Event(level run.Level, kind, text string, data any) {
	p.beats.Add(1)
	p.RecordWriter.Event(level, kind, text, data)
}

// Commit is the safe point of a job.
func (p *pulse) Commit(ctx context.Context) error {
	p.beats.Add(1)
	err := p.RecordWriter.Commit(ctx)
	if err == nil && p.gate.shut() {
		err = p.hold(ctx)
	}
	p.beats.Add(1)
	return err
}

// gate is what pause shuts and resume opens.
type gate struct {
	mu     sync.Mutex    // guards opened
	opened chan struct{} // closed when the gate opens again; nil while it is open
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

func (g *gate) shut() bool { return g.waiting() != nil }

func (g *gate) waiting() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened
}
