package harness_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/wire"
	"assay/core/run"
)

const hello = `echo '{"ev":"hello","protocol":1,"lib":"sh","version":"1"}'; read line; `

// shell is a target whose worker is a line of shell.
type shell struct{ script string }

func (shell) Name() string { return "sh" }

func (s shell) Command(context.Context) (fuzz.Command, error) {
	return fuzz.Command{Path: "/bin/sh", Args: []string{"-c", s.script}}, nil
}

func (shell) Reproduce(fuzz.FindingDoc) (fuzz.Reproducer, error) { return fuzz.Reproducer{}, nil }

func observe(t *testing.T, script string, l harness.Limits) (*wire.Observation, error) {
	t.Helper()
	pool := harness.NewPool(shell{script}, l)
	t.Cleanup(pool.Close)
	p, err := pool.First(t.Context())
	if err != nil {
		return nil, err
	}
	t.Cleanup(p.Kill)
	return p.Observe(t.Context(), &fuzz.Case{API: "sh.f"}, wire.Ask{Want: []wire.Stage{wire.Direct}})
}

// However a worker ends, it costs its case, and the death has a name and a stage.
func TestDeathsHaveNames(t *testing.T) {
	t.Parallel()
	stage := `echo '{"ev":"stage","id":1,"stage":"rev"}'; `
	for name, tt := range map[string]struct {
		script string
		want   harness.Death
	}{
		"a signal":       {hello + stage + `kill -SEGV $$`, harness.Death{Kind: harness.Crashed, Signal: "SIGSEGV", Stage: wire.Rev}},
		"killed":         {hello + stage + `kill -KILL $$`, harness.Death{Kind: harness.Memory, Signal: "SIGKILL", Stage: wire.Rev}},
		"an exit":        {hello + stage + `exit 0`, harness.Death{Kind: harness.Exited, Stage: wire.Rev}},
		"garbage":        {hello + stage + `echo hello there; sleep 60`, harness.Death{Kind: harness.Garbage, Stage: wire.Rev}},
		"half a line":    {hello + stage + `printf '{"ev":"result"'; exit 0`, harness.Death{Kind: harness.Garbage, Stage: wire.Rev}},
		"another's line": {hello + `echo '{"ev":"result","id":7}'; sleep 60`, harness.Death{Kind: harness.Garbage, Stage: wire.Build}},
		"half a block":   {hello + `echo '{"ev":"result","id":1,"obs":{"n":1,"m":1,"values":{"direct":{"r":1,"c":9,"d":""}}}}'; sleep 60`, harness.Death{Kind: harness.Garbage, Stage: wire.Build}},
		"silence":        {hello + stage + `sleep 60`, harness.Death{Kind: harness.Hung, Stage: wire.Rev}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 20 * time.Second
			if tt.want.Kind == harness.Hung {
				limit = 200 * time.Millisecond
			}
			_, err := observe(t, tt.script, harness.Limits{Test: limit})
			var d *harness.Death
			if !errors.As(err, &d) {
				t.Fatalf("got %v", err)
			}
			if d.Kind != tt.want.Kind || d.Signal != tt.want.Signal || d.Stage != tt.want.Stage {
				t.Errorf("got %+v, want %+v", *d, tt.want)
			}
		})
	}
}

func TestAnAnswerAndARefusal(t *testing.T) {
	o, err := observe(t, hello+`echo '{"ev":"result","id":1,"obs":{"n":2,"m":3}}'; read line`, harness.Limits{})
	if err != nil || o.N != 2 || o.M != 3 {
		t.Errorf("%+v %v", o, err)
	}
	_, err = observe(t, hello+`echo '{"ev":"error","id":1,"text":"no API sh.f"}'; read line`, harness.Limits{})
	var refused *harness.Refused
	if !errors.As(err, &refused) || refused.Text != "no API sh.f" {
		t.Errorf("got %v", err)
	}
}

// A library that does not load is named with its last lines.
func TestALibraryThatFailsToLoad(t *testing.T) {
	_, err := observe(t, `echo 'ImportError: libtorch.so: cannot open' >&2; exit 1`, harness.Limits{})
	if run.CodeOf(err) != run.ENoTarget || !strings.Contains(err.Error(), "libtorch.so") {
		t.Errorf("got %v", err)
	}
	_, err = observe(t, `echo '{"ev":"hello","protocol":99}'; sleep 60`, harness.Limits{})
	if err == nil || !strings.Contains(err.Error(), "protocol 99") {
		t.Errorf("got %v", err)
	}
}

func TestReproducersEndInCodesAndSignals(t *testing.T) {
	dir := t.TempDir()
	for script, check := range map[string]func(harness.Output) bool{
		"echo reproduced; exit 3": func(o harness.Output) bool { return o.Code == 3 && o.Last() == "reproduced" },
		"kill -ABRT $$":           func(o harness.Output) bool { return o.Signal == "SIGABRT" },
		"exit 0":                  func(o harness.Output) bool { return o.Code == 0 && o.Missing == "" },
	} {
		o, err := harness.Repeat(t.Context(), dir, fuzz.Reproducer{Run: []string{"/bin/sh", "-c", script}})
		if err != nil || !check(o) {
			t.Errorf("%s: %+v %v", script, o, err)
		}
	}
	o, err := harness.Repeat(t.Context(), dir, fuzz.Reproducer{Run: []string{"/bin/sleep", "60"}, Timeout: 50 * time.Millisecond})
	if err != nil || !o.TimedOut {
		t.Errorf("a hang: %+v %v", o, err)
	}
	o, err = harness.Repeat(t.Context(), dir, fuzz.Reproducer{Run: []string{dir + "/none"}})
	if err != nil || o.Missing == "" {
		t.Errorf("no program: %+v %v", o, err)
	}
}
