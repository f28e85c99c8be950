package linear_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/themes"
	"assay/tui/app"
	"assay/tui/linear"
	"assay/tui/screens/kvbench"
	"assay/tui/screens/logview"
	"assay/tui/screens/runs"
	"assay/tui/ui"
)

func kinds() bench.Registry {
	schema := bench.Schema{
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 32, Help: "Names the generated prompt."},
		{Name: "max-new", Type: bench.Int, Default: "4", Min: 0, Max: 99, Help: "Length of answers."},
	}
	return bench.Registry{
		{Name: "kv.blend", Title: "Blend KV caches", Summary: "one prompt in several modes", Schema: schema},
		{Name: "kv.sweep", Title: "Sweep", Summary: "many prompts", Schema: schema},
		{Name: "kv.eval", Title: "Evaluate", Summary: "many answers", Schema: schema},
	}
}

func id(n int) run.ID { return run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", n)) }

func history() *runtest.Store {
	s := runtest.New()
	for i, r := range []run.Run{
		{Name: "first", Kind: "kv.blend", State: run.Done, Headline: "KL .0031"},
		{Name: "second", Kind: "kv.blend", State: run.Done, Headline: "KL .0187"},
		{Name: "swept", Kind: "kv.sweep", State: run.Running, Done: 41, Total: 160},
		{Name: "judged", Kind: "kv.eval", State: run.Failed, ErrorCode: string(run.EModel), ErrorText: "header\x1b[2Jends"},
	} {
		r.ID, r.Bench, r.Params, r.Env = id(i+1), "kv", json.RawMessage(`{"seed":7}`), json.RawMessage(`{}`)
		r.CreatedMs = time.Date(2026, 3, 14, 9, i, 0, 0, time.UTC).UnixMilli()
		r.StartedMs = r.CreatedMs
		s.Put(r)
		s.PutEvent(r.ID, run.Info, r.StartedMs+10, "model", "model loaded", nil)
	}
	return s
}

// launcher notes what it was asked for.
type launcher struct{ calls []string }

func (l *launcher) note(format string, a ...any) error {
	l.calls = append(l.calls, fmt.Sprintf(format, a...))
	return nil
}

func (l *launcher) Start(_ context.Context, kind string, given map[string]any, memory config.Bytes) (run.ID, error) {
	return id(1), l.note("start %s seed=%v max_new=%v", kind, given["seed"], given["max_new"])
}
func (l *launcher) Cancel(_ context.Context, id run.ID) error   { return l.note("cancel %s", id) }
func (l *launcher) Resume(_ context.Context, id run.ID) error   { return l.note("resume %s", id) }
func (l *launcher) Pause(_ context.Context, id run.ID) error    { return l.note("pause %s", id) }
func (l *launcher) Continue(_ context.Context, id run.ID) error { return l.note("continue %s", id) }
func (l *launcher) Remove(_ context.Context, id run.ID) error   { return l.note("remove %s", id) }
func (l *launcher) Sweep(context.Context) error                 { return nil }
func (l *launcher) Request(_ context.Context, id run.ID, do string, _ any) (run.ID, error) {
	return "", fmt.Errorf("run %s: %w", id, app.ErrCold)
}

func deps(s *runtest.Store, l *launcher) app.Deps {
	return app.Deps{
		Reader: s, Kinds: kinds(), Launcher: l, Themes: themes.Builtin(), Environ: []string{"EDITOR=vi"},
		Screens: func(c *ui.Context) []ui.Screen {
			return []ui.Screen{runs.New(c, s, kinds()), kvbench.New(c, s), logview.New(c, s, logview.Files{Worker: func(id run.ID) string { return "no-such-folder/" + string(id) + ".log" }})}
		},
	}
}

// talk feeds lines to a session and returns what it said.
func talk(t *testing.T, l *launcher, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code, err := linear.New(ctx, linear.Options{
		App: deps(history(), l), In: strings.NewReader(strings.Join(lines, "\n")), Out: &out,
		Show: func(_ context.Context, w io.Writer, id run.ID) error {
			_, err := fmt.Fprintf(w, "tables of %s\n", id)
			return err
		},
	}).Run()
	if code != 0 || err != nil {
		t.Fatalf("exit %d, %v after %q\n%s", code, err, lines, out.String())
	}
	for _, bad := range []string{"\x1b", "\r", "──", "---"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q in what was said:\n%s", bad, out.String())
		}
	}
	return out.String()
}

func catalog() []ui.Action { return app.New(deps(history(), &launcher{})).Catalog() }

func TestEveryActionHasACommandOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, a := range catalog() {
		w := linear.Words(a.ID)
		if w == "" || strings.TrimSpace(w) != w {
			t.Errorf("the command of %s is %q", a.ID, w)
		}
		if other, ok := seen[w]; ok {
			t.Errorf("%s and %s have the command %q", other, a.ID, w)
		}
		seen[w] = a.ID
	}
	if len(seen) < 80 {
		t.Errorf("%d actions: some screen has no catalog", len(seen))
	}
}

// Every action is asked for by its command, with each kind of page open. One that
// no page has cannot be reached.
func TestEveryActionCanBeReached(t *testing.T) {
	open := map[string][]string{
		"nothing": nil, "a blend": {"open first"}, "a sweep": {"open swept"}, "an evaluation": {"open judged"},
		"a comparison": {"compare first second"}, "marked runs": {"runs list mark", "runs list down", "runs list mark"},
		"a filter": {"log filter model"}, "the fields of a line": {"log fields"}, "a pane of the list": {"runs pane next"},
		"the log of a worker": {"log source"},
	}
	reached := map[string]bool{}
	for where, first := range open {
		for _, a := range catalog() {
			w := linear.Words(a.ID)
			if reached[a.ID] && where != "nothing" && where != "a blend" {
				continue
			}
			out := talk(t, &launcher{}, append(slices.Clip(first), w, "back")...)
			if strings.Contains(out, "unknown command \""+w) {
				t.Errorf("%s: %q is unknown", where, w)
			}
			if !strings.Contains(out, w+" is not possible now: it belongs to") {
				reached[a.ID] = true
			}
		}
	}
	for _, a := range catalog() {
		if !reached[a.ID] {
			t.Errorf("%s: nothing that was opened has it", a.ID)
		}
	}
}

func TestConversations(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
		calls string
	}{
		{"list", []string{"ls"}, []string{"done  " + string(id(1)) + "  kv.blend  first  KL .0031", "running  " + string(id(3)) + "  kv.sweep  swept  41 of 160"}, ""},
		{"filtered list", []string{"ls state:failed"}, []string{"judged  E-MODEL  header [2Jends"}, ""},
		{"status", []string{"s"}, []string{"running  " + string(id(3))}, ""},
		{"open", []string{"open second"}, []string{"kv.blend  second  KL .0187", "tables of " + string(id(2))}, ""},
		{"no such run", []string{"open third"}, []string{"error: "}, ""},
		{"unknown command", []string{"stauts now"}, []string{`unknown command "stauts now"; the closest is "status"`}, ""},
		{"unknown action", []string{"runs list dwon"}, []string{`the closest is "runs list down"`}, ""},
		{"sort by name", []string{"runs sort name"}, []string{"sort name ^"}, ""},
		{"no order", []string{"runs sort", "6"}, []string{"tags: a run may have several"}, ""},
		{"jump", []string{"app jump"}, []string{"go to", "1: list", "3: params", "5: Runs", "answer with a number"}, ""},
		{"jump by name", []string{"app jump params"}, []string{"parameters"}, ""},
		{"help", []string{"help"}, []string{"open ID: ", "status: ", "quit: ", "help all lists them"}, ""},
		{"help on a word", []string{"help zoom"}, []string{"kv map zoom-in: zoom"}, ""},
		{"start", []string{"start kv.sweep seed=9 max-new=3"}, []string{"started kv.sweep"}, "start kv.sweep seed=9 max_new=3"},
		{"start with an unknown parameter", []string{"start kv.sweep sed=9"}, []string{"no parameter sed; the closest is seed"}, ""},
		{"start by form", []string{"start kv.blend", "seed=5", "go"}, []string{"max_new=4", "seed=5", "started kv.blend"}, "start kv.blend seed=5 max_new=4"},
		{"form left", []string{"start kv.blend", "back", "status"}, []string{"left", "running"}, ""},
		{"form by menu", []string{"runs new", "2", "go"}, []string{"1: Blend KV caches: one prompt", "parameters of kv.sweep"}, "start kv.sweep seed=1 max_new=4"},
		{"cancel", []string{"cancel swept", "yes"}, []string{"Cancel this run?", "asked swept to end"}, "cancel " + string(id(3))},
		{"cancel at once", []string{"cancel swept yes"}, []string{"asked swept to end"}, "cancel " + string(id(3))},
		{"remove, thought better of", []string{"rm first", "no"}, []string{"Delete this run?", "left"}, ""},
		{"remove", []string{"rm first", "perhaps", "y"}, []string{"answer yes or no", "deleted first"}, "remove " + string(id(1))},
		{"remove a live one", []string{"rm swept"}, []string{"cancel it first"}, ""},
		{"resume", []string{"resume judged"}, []string{"resumed"}, "resume " + string(id(4))},
		{"filter as an argument", []string{"runs filter judged"}, []string{"/judged", "1 of 4"}, ""},
		{"filter as an answer", []string{"runs filter", "judged"}, []string{"/judged", "1 of 4"}, ""},
		{"a disabled action says why", []string{"runs compare"}, []string{"mark 2 to 8 runs first"}, ""},
		{"a command without effect", []string{"runs list first"}, []string{"nothing has changed"}, ""},
		{"another screen", []string{"go log"}, []string{"model loaded"}, ""},
		{"wait for one that has ended", []string{"wait first"}, []string{"done  " + string(id(1))}, ""},
		{"a quote is left open", []string{"ls 'x"}, []string{"error: a quote ' is not closed"}, ""},
		{"keys", []string{"key j", "key nokey"}, []string{">", "no key is called nokey"}, ""},
		{"quit in a question", []string{"rm first", "quit", "ls"}, []string{"Delete this run?"}, ""},
		{"runs that go on", []string{"quit"}, []string{"1 run goes on: swept"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &launcher{}
			out := talk(t, l, c.lines...)
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q was not said:\n%s", want, out)
				}
			}
			if got := strings.Join(l.calls, "; "); got != c.calls {
				t.Errorf("asked for %q, want %q", got, c.calls)
			}
		})
	}
}

func TestLinesEndTheSession(t *testing.T) {
	var out bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o := linear.Options{App: deps(history(), &launcher{}), Out: &out, In: iotest.ErrReader(io.ErrUnexpectedEOF)}
	if code, err := linear.New(ctx, o).Run(); code == 0 || err == nil {
		t.Errorf("input that breaks: exit %d, %v", code, err)
	}
	o.In = strings.NewReader(strings.Repeat("x", 2<<20))
	if code, err := linear.New(ctx, o).Run(); code == 0 || run.CodeOf(err) != run.EInput {
		t.Errorf("a line of 2 MiB: exit %d, %v", code, err)
	}
	o.In, o.Out = strings.NewReader("ls\n"), broken{}
	if code, err := linear.New(ctx, o).Run(); code == 0 || err == nil {
		t.Errorf("output that breaks: exit %d, %v", code, err)
	}
	pipe, w := io.Pipe()
	defer w.Close()
	o.In, o.Out = pipe, &out
	stop()
	if _, err := linear.New(ctx, o).Run(); err == nil {
		t.Error("a session whose context has ended says nothing")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzLine(f *testing.F) {
	for _, line := range []string{"help", "ls 'a", "open", "rm first\nyes", "start kv.blend seed=1 x", "runs filter \x00\xff", "key ctrl+", "app quit\n1"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		_, _ = linear.New(ctx, linear.Options{App: deps(history(), &launcher{}), In: strings.NewReader(text), Out: &out}).Run()
	})
}
