package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"assay/core/run"
)

const (
	batchEvery = 250 * time.Millisecond // what a kill may lose
	batchRows  = 1000                   // 47,600 rows/s in batches of this size, twice the rate of single rows
	maxPending = 64 << 20               // bytes in memory; beyond, calls wait for the writer
)

// Recorder takes down a run for its worker; see run.Recorder for the contract.
// One goroutine writes what the calls have left in memory. Calls wait only
// where 64 MB are pending.
type Recorder struct {
	store *Store
	id    run.ID
	row   int64 // run.id
	fail  context.CancelCauseFunc
	room  func(error) bool

	mu      sync.Mutex
	shrunk  sync.Cond // signalled when bytes shrink or the state below changes; its lock is mu
	pending []batch   // oldest first, never empty: the last one takes new rows
	bytes   int       // of pending and of what is being written
	seq     int64     // of the last row handed in
	full    error     // why the writer waits for room
	err     error     // the first trouble; from then on nothing is kept
	closed  bool

	wake    chan struct{}   // holds one wake-up of the writer
	flushes chan chan error // a commit that waits for its answer
	quit    chan struct{}   // closed by Close
	done    chan struct{}   // closed when the writer has ended
}

// Recorder starts to take down a run, after the rows it already has. Where
// writing fails, fail is called with the *run.Error, and Commit and Close
// return it. The caller calls Close.
//
// A disk without room, or a database that is locked, need not be a failure (see
// run.Passing): room is then called, from one
// goroutine, with the *run.Error, and returns true when it is time to try again,
// false to give up; it is called with nil when the writing goes on. Meanwhile
// rows stay in memory and Commit waits, until 64 MB are pending. Where room is
// nil the recorder gives up at once.
func (s *Store) Recorder(ctx context.Context, id run.ID, fail context.CancelCauseFunc, room func(error) bool) (*Recorder, error) {
	if err := s.Writable(); err != nil {
		return nil, err
	}
	r := &Recorder{store: s, id: id, fail: fail, room: room, pending: make([]batch, 1),
		wake: make(chan struct{}, 1), flushes: make(chan chan error), quit: make(chan struct{}), done: make(chan struct{})}
	r.shrunk.L = &r.mu
	err := s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE run SET done_n = 0 WHERE ulid = ? AND "+live, id)
		if err := changed(ctx, tx, res, err, id); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT id, last_seq FROM run WHERE ulid = ?", id).Scan(&r.row, &r.seq)
	})
	if err != nil {
		return nil, err
	}
	go r.write()
	return r, nil
}

// add puts one row into the last pending batch under the next sequence number.
func (r *Recorder) add(bytes int, put func(b *batch, seq int64)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.bytes > maxPending && r.err == nil && !r.closed {
		if r.full != nil {
			r.giveUp(r.full)
			return
		}
		r.shrunk.Wait()
	}
	if r.err != nil || r.closed {
		return
	}
	b := &r.pending[len(r.pending)-1]
	if b.rows >= batchRows || b.bytes > maxPending/4 {
		r.pending = append(r.pending, batch{})
		b = &r.pending[len(r.pending)-1]
	}
	r.seq++
	put(b, r.seq)
	b.bytes += bytes
	b.rows++
	b.seq = r.seq
	r.bytes += bytes
	if b.rows >= batchRows || b.bytes > maxPending/4 {
		select {
		case r.wake <- struct{}{}:
		default: // a wake-up is waiting already
		}
	}
}

// Progress states how far the job is.
func (r *Recorder) Progress(done, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && !r.closed {
		r.pending[len(r.pending)-1].progress = &[2]int64{done, total}
	}
}

// Headline sets the line that lists show as the run's result.
func (r *Recorder) Headline(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && !r.closed {
		r.pending[len(r.pending)-1].headline = &text
	}
}

// Record writes a result. Data that JSON cannot hold is a fault of the caller
// and panics.
func (r *Recorder) Record(kind, key string, data any) {
	text := marshal(data)
	r.add(len(text)+len(key), func(b *batch, seq int64) {
		b.records = append(b.records, run.Record{Seq: seq, Kind: kind, Key: key, Data: text})
	})
}

// Array writes a block of numbers. It keeps a.Data.
func (r *Recorder) Array(a run.Array) {
	r.add(len(a.Data), func(b *batch, seq int64) { b.arrays = append(b.arrays, arrayRow{seq, a}) })
}

// Metric writes one value of a metric; a repeated step replaces the value.
func (r *Recorder) Metric(key run.MetricKey, step int64, value float64) {
	m := run.Metric{Key: key, Step: step, TMs: r.store.opts.Now().UnixMilli(), Value: value}
	r.add(64, func(b *batch, _ int64) { b.metrics = append(b.metrics, m) })
}

// Event writes a line to the run's log; data may be nil.
func (r *Recorder) Event(level run.Level, kind, text string, data any) {
	e := run.Event{TMs: r.store.opts.Now().UnixMilli(), Level: level, Kind: kind, Text: text}
	if data != nil {
		e.Data = marshal(data)
	}
	r.add(len(text)+len(e.Data), func(b *batch, seq int64) {
		e.Seq = seq
		b.events = append(b.events, e)
	})
}

func marshal(data any) json.RawMessage {
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("storage: a result cannot be stored: %v", err))
	}
	return text
}

// Commit returns when all that was handed in before is committed.
func (r *Recorder) Commit(ctx context.Context) error {
	reply := make(chan error, 1) // the writer never waits for us
	select {
	case r.flushes <- reply:
	case <-r.done:
		return r.trouble() // Close has written everything
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close writes what is pending, ends the writer and returns the first trouble
// that it met. It may be called more than once.
func (r *Recorder) Close() error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.shrunk.Broadcast()
	r.mu.Unlock()
	if first {
		close(r.quit)
	}
	<-r.done
	return r.trouble()
}

func (r *Recorder) trouble() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// write is the writer goroutine.
func (r *Recorder) write() {
	defer close(r.done)
	tick := time.NewTicker(batchEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.quit:
			r.flush() // trouble is kept in r.err, here and below
			return
		case reply := <-r.flushes:
			reply <- r.flush()
		case <-r.wake:
			r.flush()
		case <-tick.C:
			r.flush()
		}
	}
}

// flush commits what is pending. After trouble it only returns it.
func (r *Recorder) flush() error {
	r.mu.Lock()
	list, err := r.pending, r.err
	if err != nil || list[0].empty() {
		r.mu.Unlock()
		return err
	}
	r.pending = make([]batch, 1)
	r.mu.Unlock()
	for i := range list {
		if err != nil || list[i].empty() {
			break // only the last one is ever empty
		}
		if err = r.put(&list[i]); err != nil {
			r.mu.Lock()
			r.giveUp(err)
			err = r.err
			r.mu.Unlock()
			break
		}
		r.mu.Lock()
		r.bytes -= list[i].bytes
		r.shrunk.Broadcast()
		r.mu.Unlock()
	}
	return err
}

// put commits one batch, as soon as there is room for it.
func (r *Recorder) put(b *batch) error {
	var since time.Time
	var first error
	for {
		// The writer has a life of its own: what was recorded before a job was
		// cancelled is still written.
		err := b.store(context.Background(), r.store, r.row)
		if err == nil {
			break
		}
		if r.room == nil || !run.Passing(err) {
			return err
		}
		if since.IsZero() {
			since, first = time.Now(), err
			r.stuck(err)
		}
		if !r.room(err) {
			return err
		}
	}
	if !since.IsZero() {
		r.stuck(nil)
		r.room(nil)
		kind, what := "disk.full", "room on the disk"
		if !run.NoSpace(first) {
			kind, what = "database.locked", "the database, which another program held"
		}
		r.Event(run.Warn, kind, "waited "+time.Since(since).Round(time.Second).String()+" for "+what, nil)
	}
	return nil
}

// stuck notes why the writer waits, nil where it no longer does.
func (r *Recorder) stuck(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full = err
	r.shrunk.Broadcast()
}

// giveUp keeps the first trouble and tells it; mu is held.
func (r *Recorder) giveUp(err error) {
	if r.err != nil {
		return
	}
	r.err = err
	r.pending, r.bytes = make([]batch, 1), 0
	r.shrunk.Broadcast()
	if r.fail != nil {
		r.fail(err)
	}
}
