package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"sync"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
)

// Options say what a campaign does.
type Options struct {
	Target   fuzz.Target
	Pool     *harness.Pool
	First    *harness.Process // already started; may be nil
	APIs     []fuzz.API       // in the order of the first round
	Seed     uint64
	Tests    int64         // how many; 0 goes by Budget
	Budget   time.Duration // of fuzzing, without shrinking and reproducers
	Workers  int           // target processes
	Settings oracle.Settings
	Dir      string // where reproducers go: a folder that outlives the run
	Library  string // name and version, for the heads of reproducers
	Build    string
	From     *State            // nil starts anew
	Found    []fuzz.FindingDoc // findings of earlier attempts of the run
	Sink     Sink
	Now      func() time.Time
	Log      *slog.Logger
}

// Sink is told what happens, from one goroutine.
type Sink interface {
	// Batch has the state after a batch; one that is not due may be let pass. What was
	// told before is durable when it returns from one that is kept.
	Batch(ctx context.Context, s *State, due bool) error
	// Finding is a finding, new or changed.
	Finding(f fuzz.FindingDoc)
	// Event is a line for the log.
	Event(text string)
	// Progress is told while nothing else is.
	Progress(phase string, done, total int)
}

// batchTests is the number of tests whose feedback is taken together.
const batchTests = 64

// campaign is a campaign under way.
type campaign struct {
	Options
	state    *State
	findings map[string]*fuzz.FindingDoc // by root cause
	began    time.Time
	planned  map[string]int64 // tests made, also those that have not ended
	next     int64
	todo     chan func(context.Context, *slot) error
	urgent   chan func(context.Context, *slot) error
	confirms chan confirmation
	waiting  int // confirmations under way
}

// slot is a place for one target process.
type slot struct{ p *harness.Process }

// Run runs a campaign to its end and returns its state.
func Run(ctx context.Context, o Options) (*State, error) {
	k := &campaign{Options: o, state: o.From, findings: map[string]*fuzz.FindingDoc{}, planned: map[string]int64{},
		todo: make(chan func(context.Context, *slot) error, 4*batchTests), urgent: make(chan func(context.Context, *slot) error, 4096),
		confirms: make(chan confirmation, 4096)}
	if k.state == nil {
		k.state = newState()
	}
	for _, f := range o.Found {
		if cause := k.state.Seen[f.Signature]; cause != "" {
			f.RootCause = cause // as it was before causes were settled
		}
		k.findings[f.RootCause] = &f
	}
	for name, c := range k.state.APIs {
		k.planned[name] = c.Tests
	}
	k.next = k.state.Next
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for i := range max(1, o.Workers) {
		s := &slot{}
		if i == 0 {
			s.p = o.First
		}
		workers.Go(func() {
			if err := k.serve(ctx, s); err != nil {
				cancel(err)
			}
			if s.p != nil {
				s.p.Kill()
			}
		})
	}
	k.state.Pending = slices.DeleteFunc(k.state.Pending, func(w Pending) bool {
		return k.findings[w.Finding.RootCause] != nil || look(k.APIs, w.Finding.API) == nil
	})
	for _, w := range k.state.Pending { // an earlier attempt of the run ended before
		k.again(look(k.APIs, w.Finding.API), w)
	}
	err := k.fuzz(ctx)
	if err == nil {
		err = k.finishFindings(ctx)
	}
	close(k.todo)
	if err != nil {
		cancel(err)
	}
	workers.Wait()
	if err == nil || ctx.Err() == nil {
		return k.state, err
	}
	return k.state, context.Cause(ctx)
}

// serve does what is to be done with one target process at a time; confirmations go
// before new tests.
func (k *campaign) serve(ctx context.Context, s *slot) error {
	for {
		var do func(context.Context, *slot) error
		var open bool
		select {
		case do = <-k.urgent:
			open = true
		default:
			select {
			case do = <-k.urgent:
				open = true
			case do, open = <-k.todo:
			case <-ctx.Done():
				return nil
			}
		}
		if !open {
			return nil
		}
		if err := do(ctx, s); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// process returns the slot's process, a new one where it has none or the old one
// has served long enough.
func (k *campaign) process(ctx context.Context, s *slot) (*harness.Process, error) {
	if s.p != nil && s.p.Dead() {
		s.p = nil
	}
	if s.p != nil && s.p.Tests > 20000 {
		s.p.Kill()
		s.p = nil
	}
	if s.p == nil {
		p, err := k.Pool.Fresh(ctx)
		if err != nil {
			return nil, err
		}
		s.p = p
	}
	return s.p, nil
}

// batch is tests whose feedback is taken together.
type batch struct {
	tests []*test
	wg    sync.WaitGroup
}

// fuzz makes batches and takes their feedback, two under way at a time.
func (k *campaign) fuzz(ctx context.Context) error {
	k.began = k.Now().Add(-time.Duration(k.state.Seconds * float64(time.Second)))
	under := k.resumed()
	for {
		for len(under) < 2 && !k.over() {
			b := k.plan()
			if len(b.tests) == 0 {
				break
			}
			k.push(b)
			under = append(under, b)
		}
		if len(under) == 0 {
			return nil
		}
		b := under[0]
		under = under[1:]
		done := make(chan struct{})
		go func() { b.wg.Wait(); close(done) }()
	wait:
		for {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case c := <-k.confirms:
				k.confirmed(c)
			case <-done:
				break wait
			}
		}
		if err := k.feedback(ctx, b, under); err != nil {
			return err
		}
	}
}

// over reports whether no further batch should begin.
func (k *campaign) over() bool {
	if k.Tests > 0 {
		return k.next >= k.Tests
	}
	return k.Now().Sub(k.began) >= k.Budget
}

// push hands the tests of a batch to the workers.
func (k *campaign) push(b *batch) {
	b.wg.Add(len(b.tests))
	for _, t := range b.tests {
		k.todo <- func(ctx context.Context, s *slot) error {
			defer b.wg.Done()
			p, err := k.process(ctx, s)
			if err != nil {
				return err
			}
			v := variants{vmap: t.number%4 == 1, jit: t.number%16 == 3, leak: t.Index == 1}
			t.exam, err = examine(ctx, p, k.Settings, t.api, t.Case, v)
			t.seconds = k.Now().Sub(k.began).Seconds()
			return err
		}
	}
}

// feedback takes in a batch, in the order of its tests; those of the batches that are
// under way go into the state with it.
func (k *campaign) feedback(ctx context.Context, b *batch, under []*batch) error {
	for _, t := range b.tests {
		if err := k.state.digest(t.api.Name, t.Index, t.Case); err != nil {
			return err
		}
		cause, sig := k.state.learn(k.Target.Name(), t)
		if t.exam.Death != nil {
			k.Sink.Event(fmt.Sprintf("%s: %s", t.api.Name, t.exam.Death))
		}
		if cause != "" && k.state.Counts[cause] == 1 && k.findings[cause] == nil {
			k.confirm(t, cause, sig)
		}
	}
	last := b.tests[len(b.tests)-1]
	k.state.Next = last.number + 1
	k.state.Seconds = k.Now().Sub(k.began).Seconds()
	k.state.Planned = planned(under)
	return k.Sink.Batch(ctx, k.state, false)
}

// Match keeps the APIs whose name, or name without the library, fits one of the
// patterns of path.Match; no patterns keep all.
func Match(apis []fuzz.API, patterns []string) []fuzz.API {
	if len(patterns) == 0 {
		return apis
	}
	var out []fuzz.API
	for _, a := range apis {
		for _, p := range patterns {
			if fits(p, a.Name) {
				out = append(out, a)
				break
			}
		}
	}
	return out
}

func fits(pattern, name string) bool {
	for {
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
		i := 0
		for i < len(name) && name[i] != '.' {
			i++
		}
		if i == len(name) {
			return false
		}
		name = name[i+1:]
	}
}
