package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/wire"
	"assay/core/prng"
	"assay/core/run"
)

// The test binary is the worker too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "toy-worker" {
		if err := wire.Serve(os.Stdin, os.Stdout, os.Getpid(), toy{}); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// toy is a library of functions of single numbers with their slopes by two modes.
type toy struct{}

var functions = map[string]struct{ f, rev, fwd func(float64) float64 }{
	"toy.Square": {func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x }, func(x float64) float64 { return 2 * x }},
	"toy.Halved": {func(x float64) float64 { return x * x }, func(x float64) float64 { return x }, func(x float64) float64 { return 2 * x }},
	"toy.Sin":    {math.Sin, math.Cos, func(x float64) float64 { return -math.Cos(x) }},
	"toy.Abort":  {math.Sin, math.Cos, math.Cos},
	"toy.Fault":  {math.Sin, math.Cos, math.Cos},
	"toy.Loop":   {math.Sin, math.Cos, math.Cos},
	"toy.Hungry": {math.Sin, math.Cos, math.Cos},
	"toy.Babble": {math.Sin, math.Cos, math.Cos},
	"toy.Solve":  {math.Sin, math.Cos, math.Cos},
	"toy.Invert": {math.Sin, math.Cos, math.Cos},
	"toy.Shy":    {math.Sin, math.Sin, math.Cos},
	"toy.Eigen":  {math.Sin, math.Cos, math.Cos},
	"toy.Abs":    {math.Abs, func(x float64) float64 { return math.Copysign(1, x) }, func(x float64) float64 { return math.Copysign(1, x) }},
}

// failures are what functions say whose reverse mode fails.
var failures = map[string]string{
	"toy.Solve":  "Function SolveBackward0 returned an invalid gradient at index 0 - got [1] but expected shape compatible with [1, 1]",
	"toy.Invert": "Function SolveBackward0 returned an invalid gradient at index 1 - got [] but expected shape compatible with [1]",
	"toy.Eigen":  "solve: the solver failed because the input matrix is singular",
}

func apis() []fuzz.API {
	return listed("toy.Square", "toy.Halved", "toy.Sin", "toy.Abort", "toy.Abs")
}

func listed(names ...string) []fuzz.API {
	var out []fuzz.API
	for _, name := range names {
		t := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{2, 3}, Diff: true}
		t.SetFloats([]float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6})
		out = append(out, fuzz.API{Name: name, Family: "toy", Reverse: true, Forward: true,
			Seeds: []fuzz.Case{{API: name, Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: t}}}}})
	}
	return out
}

func (toy) Hello() wire.Event { return wire.Event{Lib: "toy", Version: "1"} }

func (toy) Enum(_ string, emit func(fuzz.API) error) error {
	for _, a := range apis() {
		if err := emit(a); err != nil {
			return err
		}
	}
	return nil
}

func (toy) Observe(c *fuzz.Case, a *wire.Ask, stage func(wire.Stage) error) (*wire.Observation, error) {
	g, ok := functions[c.API]
	if !ok {
		return nil, errors.New("no API " + c.API)
	}
	x := c.Inputs()[0].Floats()
	n := len(x)
	at := wire.Select(n, a.Cols)
	if len(at) > a.Rows {
		return nil, fmt.Errorf("this toy takes as many rows as columns")
	}
	mapped := func(f func(float64) float64, x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			y[i] = f(x[i])
		}
		return y
	}
	diagonal := func(f func(float64) float64) wire.Block {
		J := make([]float64, len(at)*len(at))
		for i, j := range at {
			J[i*len(at)+i] = f(x[j])
		}
		return wire.NewBlock(len(at), len(at), J)
	}
	values := wire.NewBlock(1, n, mapped(g.f, x))
	o := &wire.Observation{N: n, M: n, Same: true, Out: []wire.Output{{DType: fuzz.F64, Shape: c.Inputs()[0].Shape}},
		Values: map[wire.Stage]wire.Block{}, Jac: map[wire.Stage]wire.Block{}}
	for _, s := range a.Want {
		if err := stage(s); err != nil {
			return nil, err
		}
		switch s {
		case wire.Direct:
			o.Values[s] = values
		case wire.Rev, wire.Fwd:
			if s == wire.Fwd {
				misbehave(c.API, slices.Max(append(x, 0)))
			}
			if text := failures[c.API]; text != "" && s == wire.Rev {
				o.Fail = map[wire.Stage]wire.Fault{s: {Type: "RuntimeError", Text: text}}
				continue
			}
			o.Values[s] = values
			o.Jac[s] = diagonal(map[wire.Stage]func(float64) float64{wire.Rev: g.rev, wire.Fwd: g.fwd}[s])
		case wire.ND:
			around := func(h float64) wire.Block {
				var all []float64
				for i := range at {
					for j, k := range at {
						v := x[k]
						if i == j {
							v += h
						}
						all = append(all, g.f(v))
					}
				}
				return wire.NewBlock(len(at), len(at), all)
			}
			base := make([]float64, len(at))
			for i, k := range at {
				base[i] = g.f(x[k])
			}
			o.ND = &wire.Stencil{Base: wire.NewBlock(1, len(at), base), Plus: around(a.Eps), Minus: around(-a.Eps), Plus4: around(4 * a.Eps), Minus4: around(-4 * a.Eps)}
		}
	}
	return o, nil
}

// misbehave does what its name says, most of them where some number is above 0.35.
func misbehave(api string, largest float64) {
	switch {
	case api == "toy.Abort":
		os.Exit(7)
	case largest <= 0.35:
	case api == "toy.Fault":
		_ = unix.Kill(os.Getpid(), unix.SIGABRT)
		time.Sleep(time.Minute)
	case api == "toy.Loop":
		time.Sleep(time.Hour)
	case api == "toy.Hungry":
		for all := [][]byte{}; ; all = append(all, make([]byte, 64<<20)) {
			runtime.KeepAlive(all)
		}
	case api == "toy.Babble":
		_, _ = os.Stdout.WriteString("{\"ev\":\"resu\n")
		time.Sleep(time.Hour)
	}
}

type target struct{}

func (target) Name() string { return "toy" }

func (target) Command(context.Context) (fuzz.Command, error) {
	exe, err := os.Executable()
	return fuzz.Command{Path: exe, Args: []string{"toy-worker"}, Env: []string{"GOTRACEBACK=crash"}}, err
}

func (target) Reproduce(f fuzz.FindingDoc) (fuzz.Reproducer, error) {
	switch f.API {
	case "toy.Fault":
		return fuzz.Reproducer{Files: map[string][]byte{"repro.sh": []byte("kill -ABRT $$\n")}, Entry: "repro.sh", Run: []string{"/bin/sh", "repro.sh"}}, nil
	case "toy.Loop":
		return fuzz.Reproducer{Files: map[string][]byte{"repro.sh": []byte("exec sleep 60\n")}, Entry: "repro.sh", Run: []string{"/bin/sh", "repro.sh"}, Timeout: 50 * time.Millisecond}, nil
	}
	if f.API == "toy.Shy" {
		return fuzz.Reproducer{Files: map[string][]byte{"repro.sh": []byte("echo not reproduced\n")}, Entry: "repro.sh", Run: []string{"/bin/sh", "repro.sh"}}, nil
	}
	return fuzz.Reproducer{Files: map[string][]byte{"repro.sh": []byte("echo " + f.API + "; echo reproduced; exit 3\n")}, Entry: "repro.sh", Run: []string{"/bin/sh", "repro.sh"}}, nil
}

// sink keeps what a campaign tells, as a run that was killed leaves it: the state of
// some batches only, and nothing after the call at which it dies.
type sink struct {
	t        *testing.T
	findings map[string]fuzz.FindingDoc
	calls    int
	stop     int         // the call that ends the campaign; 0 is none
	keep     func() bool // whether a state that is not due is kept
	state    *campaign.State
}

var errStop = errors.New("stopped by the test")

func (s *sink) Batch(ctx context.Context, st *campaign.State, due bool) error {
	if s.over() {
		return errStop
	}
	if !due && !s.keep() {
		return ctx.Err()
	}
	data, err := st.Encode()
	if err != nil {
		return err
	}
	if s.state, err = campaign.Decode(data); err != nil { // as a killed run would find it
		return err
	}
	return ctx.Err()
}

func (s *sink) Finding(f fuzz.FindingDoc) {
	if !s.over() {
		s.findings[f.ID] = f
	}
}

// over counts a call and reports whether the run is dead by now.
func (s *sink) over() bool {
	s.calls++
	return s.stop > 0 && s.calls >= s.stop
}
func (s *sink) Event(string)              {}
func (s *sink) Progress(string, int, int) {}
func (s *sink) docs() []fuzz.FindingDoc {
	var out []fuzz.FindingDoc
	for _, f := range s.findings {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b fuzz.FindingDoc) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func newSink(t *testing.T) *sink {
	return &sink{t: t, findings: map[string]fuzz.FindingDoc{}, keep: func() bool { return true }}
}

func start(t *testing.T, s *sink, workers int, from *campaign.State, found []fuzz.FindingDoc) (*campaign.State, error) {
	t.Helper()
	pool := harness.NewPool(target{}, harness.Limits{Test: 20 * time.Second})
	defer pool.Close()
	return campaign.Run(t.Context(), campaign.Options{Target: target{}, Pool: pool, APIs: apis(), Seed: 1, Tests: 320, Workers: workers,
		Settings: oracle.Settings{Variant: oracle.Strict, Eps: 1e-6, Reverse: "reverse", Forward: "forward"},
		Dir:      t.TempDir(), Library: "toy 1", From: from, Found: found, Sink: s, Now: time.Now})
}

// A campaign finds the wrong rules and the abort, nothing else, shrinks them to one
// element, and its cases do not depend on the number of processes.
func TestCampaignFindsShrinksAndRepeats(t *testing.T) {
	one := newSink(t)
	first, err := start(t, one, 1, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]fuzz.FindingDoc{}
	for _, f := range one.docs() {
		if _, twice := got[f.API]; twice {
			t.Errorf("two findings of %s", f.API)
		}
		got[f.API] = f
	}
	for api, want := range map[string]struct {
		category, pattern string
		wrong             fuzz.Wrong
		elements          int
	}{
		"toy.Halved": {fuzz.GradRevND, "scaled by 0.5", fuzz.WrongReverse, 1},
		"toy.Sin":    {fuzz.GradFwdND, "sign", fuzz.WrongForward, 1},
		"toy.Abort":  {fuzz.Crash, "", fuzz.WrongForward, 1},
	} {
		f, ok := got[api]
		if !ok {
			t.Errorf("%s was not found", api)
			continue
		}
		if f.Category != want.category || f.Pattern != want.pattern || f.Wrong != want.wrong || f.Elements != want.elements || !f.Confirmed || f.Verified != "yes" {
			t.Errorf("%s: %s %q %s, %d elements, confirmed %v, verified %q", api, f.Category, f.Pattern, f.Wrong, f.Elements, f.Confirmed, f.Verified)
		}
		if text, err := os.ReadFile(f.Reproducer); err != nil || !filepath.IsAbs(f.Reproducer) || !strings.Contains(string(text), api) {
			t.Errorf("%s: reproducer %s: %v", api, f.Reproducer, err)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d findings, want 3", len(got))
	}
	three := newSink(t)
	second, err := start(t, three, 3, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.CaseDigest(), second.CaseDigest(); a != b || len(a) != 64 || first.Tests != 320 || second.Tests != 320 {
		t.Errorf("cases %s and %s, tests %d and %d", a, b, first.Tests, second.Tests)
	}
	if a, b := ids(one), ids(three); !slices.Equal(a, b) {
		t.Errorf("findings %v and %v", a, b)
	}
}

// Two functions whose failure names the same node of the graph are one finding; a
// solver that meets a singular matrix where the manual excludes them is none; and what
// does not show outside is not confirmed.
func TestWhatIsAFindingAndWhatIsNot(t *testing.T) {
	list := listed("toy.Solve", "toy.Invert", "toy.Eigen", "toy.Shy")
	list[2].ByDesign = "singular: the manual asks for distinct values"
	pool := harness.NewPool(target{}, harness.Limits{})
	defer pool.Close()
	s := newSink(t)
	st, err := campaign.Run(t.Context(), campaign.Options{Target: target{}, Pool: pool, Seed: 1, Tests: 12, Workers: 1, APIs: list,
		Settings: oracle.Settings{Variant: oracle.Strict, Eps: 1e-6, Reverse: "reverse", Forward: "forward"},
		Dir:      t.TempDir(), Library: "toy 1", Sink: s, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]fuzz.FindingDoc{}
	for _, f := range s.docs() {
		found[f.API] = f
	}
	if f := found["toy.Solve"]; len(found) != 2 || f.RootCause != "SolveBackward0: order 1 reverse fails" || f.Category != fuzz.Status || !f.Confirmed {
		t.Errorf("findings %+v", found)
	}
	if f := found["toy.Shy"]; f.Verified != "no" || f.Confirmed || f.Verdict != string(fuzz.Flaky) {
		t.Errorf("what its own reproducer does not show is confirmed: %+v", f)
	}
	if n := st.APIs["toy.Eigen"].Verdicts[string(fuzz.ByDesign)]; n == 0 {
		t.Errorf("a singular matrix counts as %v", st.APIs["toy.Eigen"].Verdicts)
	}
}

// A function that kills, stops or starves its process, or writes over the protocol,
// costs its own tests: the others go on, and what is a finding is shrunk like any
// other, in processes of its own.
func TestDeathsCostATestAndAreShrunk(t *testing.T) {
	pool := harness.NewPool(target{}, harness.Limits{Test: 500 * time.Millisecond, Memory: 3 << 30})
	defer pool.Close()
	s := newSink(t)
	st, err := campaign.Run(t.Context(), campaign.Options{Target: target{}, Pool: pool, Seed: 1, Tests: 25, Workers: 2,
		APIs:     listed("toy.Fault", "toy.Loop", "toy.Hungry", "toy.Babble", "toy.Square"),
		Settings: oracle.Settings{Variant: oracle.Strict, Eps: 1e-6, Reverse: "reverse", Forward: "forward"},
		Dir:      t.TempDir(), Library: "toy 1", Sink: s, Now: time.Now})
	if err != nil || st.Tests != 25 {
		t.Fatalf("%d tests, %v", st.Tests, err)
	}
	if n := st.APIs["toy.Square"].Verdicts[string(fuzz.Pass)]; n < 2 {
		t.Errorf("%d tests of the function without a fault passed", n)
	}
	for _, api := range []string{"toy.Hungry", "toy.Babble"} {
		if c := st.APIs[api]; c.Deaths == 0 || c.Verdicts[string(fuzz.DirectFail)] == 0 {
			t.Errorf("%s: %+v", api, c)
		}
	}
	var got []string
	for _, f := range s.docs() {
		got = append(got, fmt.Sprintf("%s %s %s, %d element, %s, verified %s", f.API, f.Category, f.Signal, f.Elements, f.Repeats, f.Verified))
	}
	slices.Sort(got)
	want := []string{"toy.Fault crash SIGABRT, 1 element, 3/3, verified yes", "toy.Loop hang , 1 element, 1/1, verified yes"}
	if !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
}

// Shrinking ends by itself: it never goes back to a case that is no plainer.
func TestShrinkingEnds(t *testing.T) {
	pool := harness.NewPool(target{}, harness.Limits{Test: 20 * time.Second})
	defer pool.Close()
	p, err := pool.First(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	a := listed("toy.Halved")[0]
	o := campaign.Shrinking{Target: "toy", API: &a, Now: time.Now, Settings: oracle.Settings{Variant: oracle.Strict, Eps: 1e-6, Reverse: "reverse", Forward: "forward"},
		Process: func(context.Context) (*harness.Process, error) { return p, nil }}
	f := fuzz.FindingDoc{Finding: run.Finding{Category: fuzz.GradRevND, Signature: "toy | toy.Halved | order 1 | grad-rev-nd | reverse | input 0 | scaled"}, Order: 1, Oracle: "R-N", Case: &a.Seeds[0]}
	var sizes []int
	o.Tell = func(c *fuzz.Case, _ int, smaller bool) {
		if smaller {
			sizes = append(sizes, campaign.Elements(c))
		}
	}
	got, trials, err := campaign.Shrink(t.Context(), f, o)
	if err != nil || got.Elements != 1 || got.Case.Inputs()[0].Floats()[0] != 1 {
		t.Errorf("%+v %v", got.Case.Inputs()[0], err)
	}
	if trials >= 40 || len(sizes) == 0 || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
		t.Errorf("%d trials, sizes %v", trials, sizes)
	}
}

func ids(s *sink) []string {
	var out []string
	for _, f := range s.docs() {
		out = append(out, f.ID)
	}
	return out
}

// A campaign that is killed at any call, twice, and taken up again each time has the
// cases and the findings of one that was not, with their counts.
func TestResumedCampaignIsTheSame(t *testing.T) {
	whole := newSink(t)
	want, err := start(t, whole, 2, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := prng.New(5, "resume")
	for range 4 {
		s := newSink(t)
		s.keep = func() bool { return r.IntN(2) == 0 }
		var got *campaign.State
		stops := []int{1 + r.IntN(whole.calls), 1 + r.IntN(whole.calls), 0}
		for _, s.stop = range stops {
			s.calls = 0
			if got, err = start(t, s, 2, s.state, s.docs()); err != nil && !errors.Is(err, errStop) {
				t.Fatalf("stopped at calls %v: %v", stops, err)
			}
		}
		if err != nil || got.Tests != want.Tests || got.CaseDigest() != want.CaseDigest() {
			t.Errorf("stopped at calls %v: %v, %d tests of %s, want %d of %s", stops, err, got.Tests, got.CaseDigest(), want.Tests, want.CaseDigest())
		}
		if a, b := told(s), told(whole); !slices.Equal(a, b) {
			t.Errorf("stopped at calls %v: findings\n%s\nwant\n%s", stops, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
}

// told is what a finding says that does not depend on time.
func told(s *sink) []string {
	var out []string
	for _, f := range s.docs() {
		out = append(out, fmt.Sprintf("%s %s, %s, test %d, %d tests, %d elements, verified %s", f.ID, f.Title, f.RootCause, f.Test, f.Count, f.Elements, f.Verified))
	}
	return out
}

func TestMatch(t *testing.T) {
	for pattern, want := range map[string]int{"": 5, "toy.*": 5, "Square": 1, "S*": 2, "none": 0, "toy.Halved": 1, "[": 0} {
		var patterns []string
		if pattern != "" {
			patterns = []string{pattern}
		}
		if got := len(campaign.Match(apis(), patterns)); got != want {
			t.Errorf("%q fits %d, want %d", pattern, got, want)
		}
	}
}

func TestDamagedStateIsNamed(t *testing.T) {
	if _, err := campaign.Decode([]byte(`{"next":`)); err == nil || !strings.Contains(err.Error(), "state of the campaign") {
		t.Errorf("got %v", err)
	}
}

// A state from a damaged history is named, or a campaign can go on from it.
func FuzzState(f *testing.F) {
	s := newSink(nil)
	f.Add([]byte(`{"next":64,"tests":64,"verdicts":{"PASS":64},"apis":{"toy.Sin":{"tests":3,"verdicts":{}}},"planned":[]}`))
	f.Add([]byte(`{"apis":{"toy.Sin":null}}`))
	f.Add([]byte(`{"verdicts":null}`))
	f.Add([]byte(`{"digest":"00"}`))
	f.Add([]byte(`{"pending":[{"finding":{}}],"planned":[{"api":"toy.Sin"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := campaign.Decode(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "state of the campaign: ") {
				t.Error(err)
			}
			return
		}
		if n := len(st.CaseDigest()); n != 64 || st.Covered() > len(st.APINames()) {
			t.Errorf("digest of %d letters, %d APIs covered", n, st.Covered())
		}
		if err := s.Batch(t.Context(), st, true); err != nil {
			t.Error(err)
		}
	})
}
