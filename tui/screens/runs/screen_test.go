package runs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/screens/runs"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

func at(month time.Month, day, hour int) int64 {
	return time.Date(2026, month, day, hour, 5, 0, 0, time.UTC).UnixMilli()
}

func start(t testing.TB, s *runtest.Store) *tuitest.Host {
	t.Helper()
	return tuitest.Screen(t, func(c *ui.Context) ui.Screen { return runs.New(c, s, nil) })
}

func TestTimesAreAsShortAsTheyStayClear(t *testing.T) {
	s := runtest.New()
	for i, r := range []run.Run{
		{Name: "today", StartedMs: at(3, 14, 9), EndedMs: at(3, 14, 9) + 90_000, State: run.Done},
		{Name: "this-year", StartedMs: at(1, 2, 9), EndedMs: at(1, 2, 9) + 1500, State: run.Done},
		{Name: "earlier", StartedMs: time.Date(2025, 11, 30, 1, 1, 1, 0, time.UTC).UnixMilli(), EndedMs: time.Date(2025, 12, 3, 3, 1, 1, 0, time.UTC).UnixMilli(), State: run.Done},
		{Name: "never-ran", CreatedMs: at(3, 14, 8), State: run.Cancelled},
		{Name: "backwards", StartedMs: at(3, 14, 9), EndedMs: at(3, 14, 8), State: run.Done}, // a clock was set
	} {
		r.ID = run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", i))
		s.Put(r)
	}
	start(t, s).See("today            09:05      1m30", "this-year        02 Jan     1.5s", "earlier          2025-11    3d02",
		"never-ran        08:05         -", "backwards        09:05         -")
}

func TestLongHistoriesAreReadInPages(t *testing.T) {
	s := runtest.New()
	for i := range 1200 {
		s.Put(run.Run{ID: run.ID(fmt.Sprintf("01KK9Z0000000000000000%04d", i)), Bench: "kv", Kind: "kv.blend", Name: fmt.Sprintf("run-%04d", i), State: run.Done})
	}
	h := start(t, s)
	count := func(want string) {
		t.Helper()
		if got := h.ContextLine(); got != "sort started v  "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	h.See("run-1199")
	count("500+ runs")
	h.Press("j", "G").See("run-0000")
	count("1200 runs")
	h.Press("g").See("run-1199")
	h = start(t, s)
	h.Press("M") // also those that were not read yet
	count("1200 runs  1200 marked")
	h = start(t, s)
	count("500+ runs")
	h.Press("o")
	in, ok := h.LastIntent().(ui.Choose)
	if !ok || in.Options[2].Title != "name" {
		t.Fatalf("got %#v", h.LastIntent())
	}
	_, cmd := in.Do(2)
	h.Send(cmd())
	h.Press("g").See("run-0000")
	if got := h.ContextLine(); got != "sort name ^  1200 runs" {
		t.Errorf("sorted by name: %s", got)
	}
	h = start(t, s)
	h.Press("G").See("run-0000")
	screen := runs.New(h.Context, s, nil)
	h = tuitest.Screen(t, func(*ui.Context) ui.Screen { return screen })
	h.Send(screen.GoTo(ui.Row{N: 900})()).See(">  +  kv     run-0300") // read before it is gone to
}

func TestRunsAreGrouped(t *testing.T) {
	s := runtest.New()
	for i, r := range []run.Run{{Name: "a", Bench: "kv", State: run.Done}, {Name: "b", Bench: "fuzz", State: run.Done}, {Name: "c", Bench: "kv", State: run.Failed}, {Name: "d", Bench: "fuzz", State: run.Done}} {
		r.ID, r.Kind, r.CreatedMs = run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", i)), r.Bench+".x", at(3, 14-i%2, 9)
		s.Put(r)
	}
	h := start(t, s)
	order := func(want ...string) {
		t.Helper()
		at := -1
		for _, w := range want {
			found := -1
			for y, l := range h.Lines() {
				if y > at && strings.Contains(l, w) {
					found = y
					break
				}
			}
			if found < 0 {
				t.Fatalf("%q is not below line %d:\n%s", w, at, h.Text())
			}
			at = found
		}
	}
	h.Press("B")
	order("         fuzz  ", "fuzz   d", "fuzz   b", "         kv  ", "kv     c", "kv     a")
	if got := h.ContextLine(); !strings.Contains(got, "4 runs  by bench") {
		t.Error(got)
	}
	h.Press("g", "space").NotSee(">m") // a head is not marked
	h.Press("enter").See("2 runs, enter unfolds").NotSee("fuzz   d")
	h.Press("V", "G", "V")
	if got := h.ContextLine(); !strings.Contains(got, "2 marked") {
		t.Errorf("heads are marked: %s", got)
	}
	h.Press("esc", "g", "enter", "j", "enter")
	if in, ok := h.LastIntent().(ui.OpenRun); !ok || in.ID != "01KK9Z00000000000000000003" {
		t.Errorf("opened %v", h.LastIntent())
	}
	h.Press("B", "B")
	order("3 runs", "d", "1 run", "kv     c")
	h.Press("O")
	order("3 runs", "kv     a", "1 run")
	h.Press("O", "B")
	order("2026-03-13", "d", "2026-03-14")
	h.Press("B").NotSee("2026-03-14  ")
}

func TestAFilterKeepsTheRunUnderTheCursor(t *testing.T) {
	s := runtest.New()
	for i, name := range []string{"alpha", "beta", "gamma", "alphabet"} {
		s.Put(run.Run{ID: run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", i)), Name: name, State: run.Done})
	}
	h := start(t, s)
	h.Press("j").See(">  +         gamma").Press("/").Type("alpha")
	h.See(">  +         gamma", "hidden by filter", "alphabet").NotSee("beta")
	if got := h.ContextLine(); !strings.Contains(got, "2 of 4") {
		t.Errorf("the ghost is counted: %s", got)
	}
	h.Press("enter").See(">  +         alpha ").NotSee("gamma", "hidden")
	h.Press("M").See(">m +         alpha ")
	if got := h.ContextLine(); !strings.Contains(got, "2 marked") {
		t.Errorf("the ghost is marked: %s", got)
	}
	h.Press("esc", "/").Type("x").See(">  +         alpha", "hidden by filter", "Nothing matches")
	h.Press("esc").See(">  +         alpha").NotSee("hidden")
}

func TestFiltersAreCalledBack(t *testing.T) {
	s := runtest.New()
	s.Put(run.Run{ID: "01KK9Z00000000000000000001", Name: "alphabet", State: run.Done})
	h := start(t, s)
	line := func(want string) {
		t.Helper()
		if got := h.ContextLine(); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	h.Press("/").Type("name:alpha").Press("enter", "esc", "/").Type("bet").Press("enter", "esc")
	h.Press("/").Type("x").Press("up")
	line("bet")
	h.Press("up", "up")
	line("name:alpha")
	h.Press("down", "down")
	line("x")
	h.Press("ctrl+u").Type("abt").Press("ctrl+t").See("alphabet")
	line("~abt")
	h.Press("ctrl+t")
	line("0 of 1")
}

func TestRepliesThatComeTooLateAreDropped(t *testing.T) {
	s := runtest.New()
	s.Put(run.Run{ID: "01KK9Z00000000000000000001", Name: "one", State: run.Done})
	clock := tuitest.NewClock()
	c := &ui.Context{Width: 80, Height: 24, Theme: tuitest.Theme(t, "mono", 0), Now: clock.Now, Sleep: clock.Sleep}
	screen := runs.New(c, s, nil)
	screen.SetSize(80, 20)
	early := screen.Focus()()
	s.Put(run.Run{ID: "01KK9Z00000000000000000002", Name: "two", State: run.Done})
	late := screen.Focus()() // cancels the first
	screen.Update(late)
	if got := screen.ContextLine(); got != "sort started v  2 runs" {
		t.Fatal(got)
	}
	screen.Update(early)
	if got := screen.ContextLine(); got != "sort started v  2 runs" {
		t.Errorf("an early reply came through: %s", got)
	}
}

func TestUnknownKindsShowWhatWasStored(t *testing.T) {
	s := runtest.New()
	s.Put(run.Run{ID: "01KK9Z00000000000000000001", Kind: "new.kind", Name: "of-a-newer-version", State: run.Done, Params: []byte(`{"b":"x\ny","a":[1,2]}`)})
	h := start(t, s)
	h.Press("i").See("a  [1,2]", `b  "x\ny"`)
	h.Press("ctrl+n")
	if n, ok := h.LastIntent().(ui.Notify); !ok || n.Text == "" {
		t.Errorf("%#v", h.LastIntent())
	}
}

func TestTheEndOfALongLogIsFound(t *testing.T) {
	s := runtest.New()
	id := run.ID("01KK9Z00000000000000000001")
	s.Put(run.Run{ID: id, Name: "talkative", State: run.Done})
	s.PutEvent(id, run.Info, at(3, 14, 9), "x", "the only event", nil)
	for i := range 600 {
		s.PutRecord(id, "kv.cell", fmt.Sprint(i), i)
	}
	start(t, s).See("the only event")
}

// BenchmarkFrame draws the whole body anew at 200x60: at most 6 ms and 2,000
// allocations are allowed for a frame.
func BenchmarkFrame(b *testing.B) {
	s := runtest.New()
	for i := range 400 {
		id := run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", i))
		s.Put(run.Run{ID: id, Bench: "kv", Kind: "kv.blend", Name: fmt.Sprintf("run-%03d", i), State: run.Running, StartedMs: at(3, 14, 9), Headline: "KL .0031 top1 yes 2.4x", Done: 3, Total: 9})
		for range 40 {
			s.PutEvent(id, run.Info, at(3, 14, 9), "mode", "full: first token after 44.0 ms, KL .00000", nil)
		}
	}
	h := start(b, s)
	h.Size(200, 60)
	b.ReportAllocs()
	for b.Loop() {
		h.Model().Update(ui.Tick{})
		h.Model().View()
	}
}

func TestTheEndOfALogIsFollowed(t *testing.T) {
	s := runtest.New()
	const id = run.ID("01KK9Z00000000000000000001")
	s.Put(run.Run{ID: id, Bench: "kv", Kind: "kv.sweep", Name: "sweep", State: run.Running})
	say := func(from, to int) {
		for i := from; i < to; i++ {
			s.PutEvent(id, run.Info, at(3, 14, 9), "mode", fmt.Sprintf("line %03d", i), nil)
		}
	}
	say(0, 3) // fewer than the pane holds
	h := start(t, s).Size(120, 40)
	h.See("line 002")
	say(3, 100)
	h.Send(ui.DataChanged{}).See("line 099").NotSee("line 002")
	h.Press("tab", "tab", "k").NotSee("line 099").See("line 098") // somebody reads further up
	say(100, 120)
	h.Send(ui.DataChanged{}).NotSee("line 119").See("line 098")
	h.Press("G").See("line 119")
	say(120, 130)
	h.Send(ui.DataChanged{}).See("line 129")
}

func TestLongParametersAreOneLineWithTheirSize(t *testing.T) {
	s := runtest.New()
	kinds := bench.Registry{{Name: "kv.blend", Title: "Blend", Schema: bench.Schema{
		{Name: "prompt-json", Type: bench.String}, {Name: "ratio", Type: bench.Float, Default: "0.15"},
	}}}
	p, err := kinds[0].Schema.Complete(map[string]any{"prompt_json": strings.Repeat(`{"é":"wörd"} `, 20_000)})
	if err != nil {
		t.Fatal(err)
	}
	s.Put(run.Run{ID: "01KK9Z00000000000000000001", Kind: "kv.blend", Name: "long", State: run.Done, Params: p.JSON()})
	h := tuitest.Screen(t, func(c *ui.Context) ui.Screen { return runs.New(c, s, kinds) })
	h.See("prompt-json (300 KB)").NotSee("wörd")
	h.Press("i").See("= prompt-json", "300 KB", "ratio        0.15")
	if n := strings.Count(h.Text(), "prompt-json"); n != 1 || strings.Count(h.Text(), "\n") > 24 {
		t.Errorf("prompt-json stands %d times:\n%s", n, h.Text())
	}
	for i, l := range h.Lines() {
		if i > 2 && strings.Contains(l, "wörd") {
			t.Errorf("line %d goes on with it: %s", i, l)
		}
	}
}

func TestMetricsOfTheRunAreDrawnInALine(t *testing.T) {
	s := runtest.New()
	s.Put(run.Run{ID: "01KK9Z00000000000000000001", Bench: "fuzz", Kind: "fuzz.autodiff", Name: "campaign", State: run.Done})
	for i := range 40 {
		s.PutMetric("01KK9Z00000000000000000001", run.MetricKey{Name: "findings"}, int64(100*i), float64(i/4))
		s.PutMetric("01KK9Z00000000000000000001", run.MetricKey{Name: "speed", Unit: "1/s"}, int64(100*i), 80)
	}
	s.PutMetric("01KK9Z00000000000000000001", run.MetricKey{Name: "once"}, 0, 1)
	h := start(t, s)
	h.See("findings ▁▁", "█ 9.00", "speed", "▁ 80.0/s").NotSee("once")
	h.Context.ASCII = true
	h.Size(120, 40).See("findings __", "' 9.00").Size(60, 18).Size(30, 8)
}
