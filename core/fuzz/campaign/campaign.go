package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path"
	"sync"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/mutate"
	"assay/core/fuzz/oracle"
	"assay/core/prng"
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
	// Batch has the state after a batch. What was told before is durable when it returns.
	Batch(ctx context.Context, s *State) error
	// Finding is a finding, new or changed.
	Finding(f fuzz.FindingDoc)
	// Event is a line for the log.
	Event(text string)
	// Progress is told while nothing else is.
	Progress(phase string, done, total int)
}

// batchTests is the number of tests whose feedback is taken together.
const batchTests = 64

// test is one case on its way.
type test struct {
	number  int64
	api     *fuzz.API
	index   int64 // of the case among those of the API
	c       *fuzz.Case
	plain   bool
	kind    mutate.Kind
	classes []mutate.Class
	exam    Exam
	seconds float64 // since the first test, when it ended
}

// campaign is a campaign under way.
type campaign struct {
	Options
	state    *State
	findings map[string]*fuzz.FindingDoc // by root cause
	order    []string                    // root causes as they were found
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
		k.findings[f.RootCause] = &f
		k.order = append(k.order, f.RootCause)
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
		workers.Add(1)
		go func() {
			defer workers.Done()
			if err := k.serve(ctx, s); err != nil {
				cancel(err)
			}
			if s.p != nil {
				s.p.Kill()
			}
		}()
	}
	for _, w := range k.state.Pending { // an earlier attempt of the run ended before
		if a := look(k.APIs, w.Finding.API); a != nil {
			k.again(a, w)
		}
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
	var under []*batch
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
		if err := k.feedback(ctx, b); err != nil {
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

// plan makes the next batch out of what is known.
func (k *campaign) plan() *batch {
	b := &batch{}
	for len(b.tests) < batchTests && (k.Tests == 0 || k.next < k.Tests) {
		r := prng.New(k.Seed, fmt.Sprintf("fuzz/test/%d", k.next))
		a := k.pick(r)
		if a == nil {
			break
		}
		t := &test{number: k.next, api: a, index: k.planned[a.Name]}
		k.planned[a.Name]++
		k.next++
		if int(t.index) < len(a.Seeds) {
			t.plain, t.c = true, a.Seeds[t.index].Clone()
		} else {
			m := mutate.Make(r, a, k.state.Bandit, k.state.count(a.Name).Refusals)
			t.c, t.kind, t.classes = m.Case, m.Kind, m.Classes
		}
		b.tests = append(b.tests, t)
	}
	return b
}

// pick chooses the API of a test: each one once, then by weight.
func (k *campaign) pick(r *rand.Rand) *fuzz.API {
	if int(k.next) < len(k.APIs) {
		return &k.APIs[k.next]
	}
	total := 0.0
	weights := make([]float64, len(k.APIs))
	for i := range k.APIs {
		a := &k.APIs[i]
		if len(a.Seeds) == 0 {
			continue
		}
		weights[i] = k.state.count(a.Name).weight() * float64(1+k.state.count(a.Name).Tests) / float64(1+k.planned[a.Name])
		total += weights[i]
	}
	x := r.Float64() * total
	for i, w := range weights {
		if x -= w; x < 0 && w > 0 {
			return &k.APIs[i]
		}
	}
	return nil
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
			v := variants{vmap: t.number%4 == 1, jit: t.number%16 == 3, leak: t.index == 1}
			t.exam, err = examine(ctx, p, k.Settings, t.api, t.c, v)
			t.seconds = k.Now().Sub(k.began).Seconds()
			return err
		}
	}
}

// feedback takes in a batch, in the order of its tests.
func (k *campaign) feedback(ctx context.Context, b *batch) error {
	for _, t := range b.tests {
		if err := k.state.digest(t.api.Name, t.index, t.c); err != nil {
			return err
		}
		cause, sig, isNew := k.state.learn(k.Target.Name(), t)
		if t.exam.Death != nil {
			k.Sink.Event(fmt.Sprintf("%s: %s", t.api.Name, t.exam.Death))
		}
		if cause == "" {
			continue
		}
		if f := k.findings[cause]; f != nil && !isNew {
			f.Count++
		}
		if isNew && k.findings[cause] == nil {
			k.confirm(t, cause, sig)
		}
	}
	last := b.tests[len(b.tests)-1]
	k.state.Next = last.number + 1
	k.state.Seconds = k.Now().Sub(k.began).Seconds()
	return k.Sink.Batch(ctx, k.state)
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
