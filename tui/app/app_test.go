package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/themes"
	"assay/tui/app"
	"assay/tui/screens/runs"
	"assay/tui/term"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// noon is the time of the runs of the tests: the morning of the clock's day.
func at(hour, minute int) int64 {
	return time.Date(2026, 3, 14, hour, minute, 0, 0, time.UTC).UnixMilli()
}

func kinds() bench.Registry {
	schema := bench.Schema{
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 32, Help: "Names the generated prompt."},
		{Name: "ratio", Type: bench.Float, Default: "0.15", Min: 0, Max: 1, Unit: "share", Help: "Share of the context tokens that is computed anew."},
		{Name: "rule", Type: bench.Enum, Default: "v", Choices: []string{"v", "k", "kv"}, Help: "Whose deviation picks tokens."},
		{Name: "modes", Type: bench.Enums, Default: "all", Choices: []string{"full", "reuse", "blend"}, Help: "Modes that run."},
		{Name: "model", Type: bench.Path, Default: "", Help: "Folder of the model; empty is the built-in one.", Group: "Model"},
		{Name: "strict", Type: bench.Bool, Default: "true", Help: "The same bits everywhere.", Group: "Model"},
	}
	return bench.Registry{
		{Name: "kv.blend", Title: "Blend KV caches", Summary: "serve one prompt in several modes", Schema: schema},
		{Name: "kv.sweep", Title: "Sweep ratios", Summary: "many prompts and ratios", Schema: schema[:2]},
	}
}

// history fills a store with runs in every state.
func history() *runtest.Store {
	s := runtest.New()
	put := func(n int, r run.Run) {
		r.ID = run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", n))
		r.Bench, r.Host = "kv", "gpu-07"
		if r.Kind == "" {
			r.Kind = "kv.blend"
		}
		k, err := kinds().Find(r.Kind)
		if err != nil {
			panic(err)
		}
		p, err := k.Schema.Complete(map[string]any{"seed": r.Seed, "ratio": []string{"0.05", "0.1", "0.15", "0.2"}[n%4]})
		if err != nil {
			panic(err)
		}
		r.Params = p.JSON()
		r.Env = json.RawMessage(`{"device":"cpu","isa":"avx2"}`)
		s.Put(r)
		if r.State == run.Queued {
			return
		}
		s.PutEvent(r.ID, run.Info, r.StartedMs+10, "model", "model loaded in 212 ms", nil)
		s.PutEvent(r.ID, run.Info, r.StartedMs+900, "mode", "mode full done", map[string]int{"ms": 508})
	}
	put(1, run.Run{Name: "kv-blend-1", State: run.Lost, Seed: 3, CreatedMs: at(3, 0), StartedMs: at(3, 0), EndedMs: at(8, 2), ErrorCode: "E-WORKER-DIED", ErrorText: "its worker died: signal killed", Done: 12, Total: 40})
	put(2, run.Run{Name: "kv-blend-2", State: run.Cancelled, Seed: 4, CreatedMs: at(8, 12), StartedMs: at(8, 12), EndedMs: at(8, 56), Done: 88, Total: 160})
	put(3, run.Run{Name: "kv-blend-3", State: run.Failed, Seed: 5, CreatedMs: at(9, 30), StartedMs: at(9, 30), EndedMs: at(9, 30) + 8000, ErrorCode: "E-MODEL", ErrorText: "model.safetensors: header ends after 12 of 4096 bytes"})
	put(4, run.Run{Name: "kv-blend-4", State: run.Done, Seed: 7, CreatedMs: at(11, 7), StartedMs: at(11, 7), EndedMs: at(11, 13), Headline: "KL .0031 top1 yes 2.4x", Tags: []string{"paper"}, Done: 9, Total: 9})
	put(5, run.Run{Name: "kv-blend-5", State: run.Done, Seed: 7, CreatedMs: at(13, 38), StartedMs: at(13, 38), EndedMs: at(13, 40), Headline: "KL .0187 top1 yes 3.1x", Tags: []string{"demo"}, Done: 9, Total: 9})
	put(6, run.Run{Name: "kv-sweep-1", Kind: "kv.sweep", State: run.Running, CreatedMs: at(13, 55), StartedMs: at(13, 55), Done: 41, Total: 160})
	put(7, run.Run{Name: "kv-sweep-2", Kind: "kv.sweep", State: run.Queued, CreatedMs: at(14, 2)})
	return s
}

// launcher notes what it was asked for.
type launcher struct {
	calls []string
	err   error
	cold  bool
}

func (l *launcher) note(format string, a ...any) error {
	l.calls = append(l.calls, fmt.Sprintf(format, a...))
	return l.err
}

func (l *launcher) Start(_ context.Context, kind string, given map[string]any, memory config.Bytes) (run.ID, error) {
	return "01KK9Z00000000000000000005", l.note("start %s seed=%v", kind, given["seed"])
}
func (l *launcher) Cancel(_ context.Context, id run.ID) error   { return l.note("cancel %s", id) }
func (l *launcher) Resume(_ context.Context, id run.ID) error   { return l.note("resume %s", id) }
func (l *launcher) Pause(_ context.Context, id run.ID) error    { return l.note("pause %s", id) }
func (l *launcher) Continue(_ context.Context, id run.ID) error { return l.note("continue %s", id) }
func (l *launcher) Remove(_ context.Context, id run.ID) error   { return l.note("remove %s", id) }
func (l *launcher) Sweep(context.Context) error                 { return nil }
func (l *launcher) Request(_ context.Context, id run.ID, do string, _ any) (run.ID, error) {
	if l.cold {
		return "", fmt.Errorf("run %s: %w", id, app.ErrCold)
	}
	return "01KK9Z00000000000000000004", l.note("request %s %s", id, do)
}

// notebook writes on the runs of a store.
type notebook struct {
	store *runtest.Store
	err   error
}

func (n *notebook) change(id run.ID, do func(r *run.Run)) error {
	if n.err != nil {
		return n.err
	}
	r, err := n.store.Run(context.Background(), id)
	if err != nil {
		return err
	}
	r.Tags = slices.Clone(r.Tags)
	do(&r)
	n.store.Put(r)
	return nil
}

func (n *notebook) Star(_ context.Context, id run.ID, on bool) error {
	return n.change(id, func(r *run.Run) { r.Starred = on })
}
func (n *notebook) Tag(_ context.Context, id run.ID, tag string) error {
	return n.change(id, func(r *run.Run) { r.Tags = append(r.Tags, tag) })
}
func (n *notebook) Untag(_ context.Context, id run.ID, tag string) error {
	return n.change(id, func(r *run.Run) {
		r.Tags = slices.DeleteFunc(r.Tags, func(t string) bool { return t == tag })
	})
}
func (n *notebook) Note(_ context.Context, id run.ID, text string) error {
	return n.change(id, func(r *run.Run) { r.Note = text })
}

func (n *notebook) Label(_ context.Context, id run.ID, finding, word, note string) error {
	if n.err == nil {
		n.store.PutLabel(id, run.Label{Key: finding, Word: word, Note: note})
	}
	return n.err
}

// views keeps view state in memory.
type views struct{ data json.RawMessage }

func (v *views) Load() (json.RawMessage, error)  { return v.data, nil }
func (v *views) Save(data json.RawMessage) error { v.data = data; return nil }

// world is a shell with all that it works with.
type world struct {
	*tuitest.Driver
	store  *runtest.Store
	launch *launcher
	views  *views
	notes  *notebook
}

func start(t testing.TB, change ...func(*app.Deps)) *world {
	t.Helper()
	w := &world{store: history(), launch: &launcher{}, views: &views{}}
	w.notes = &notebook{store: w.store}
	clock := tuitest.NewClock()
	d := app.Deps{
		Reader: w.store, Kinds: kinds(), Launcher: w.launch, Views: w.views, Notes: w.notes,
		Themes: themes.Builtin(), Term: term.Profile{Depth: themes.TrueColor},
		Shell: &shell{},
		Host:  "gpu-07", Version: "v0.1", Now: clock.Now, Sleep: clock.Sleep,
	}
	d.Screens = func(c *ui.Context) []ui.Screen {
		return []ui.Screen{runs.New(c, d.Reader, d.Kinds), &fakeBench{c: c}}
	}
	for _, c := range change {
		c(&d)
	}
	w.Driver = tuitest.New(t, app.New(d), clock)
	return w
}
