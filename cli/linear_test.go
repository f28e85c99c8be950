package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"assay/cli"
)

// lines runs assay --linear on lines of input and returns what it said.
func lines(t *testing.T, input string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Main(append([]string{"assay"}, args...), strings.NewReader(input), &o, &e)
	return code, o.String(), e.String()
}

func TestLinearModeStartsOpensAndComparesRuns(t *testing.T) {
	home(t)
	script := `ls
start kv.blend demo=true seed=3 people=2 modes=full,blend max-new=4 name=x
start kv.blend demo=true seed=3 people=2 modes=full,blend max-new=4
wait @1
open @1
kv map measure
stauts
status
`
	code, out, errs := lines(t, script, "--linear")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	for _, want := range []string{
		"no runs; start kv.blend demo=true makes one", "kv.blend has no parameter name", "started kv.blend", "done  01",
		"prompt of ", `unknown command "stauts"; the closest is "status"`, "no run is going on",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q was not said:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("escape sequences in line mode:\n%q", out)
	}
}

func TestLinearModeReadsCommandLines(t *testing.T) {
	home(t)
	if code, _, errs := assay(t, "config", "set", "alias.nightly", "kv blend --demo --seed 9"); code != 0 {
		t.Fatal(errs)
	}
	_, out, _ := lines(t, "nightly --ratio .4\nback\nrun ls --limit 1\nkv blend --sed 2\nnightlx\n", "--linear")
	for _, want := range []string{"seed=9", "ratio=0.4", "go starts it", "that is a command of the shell: assay run ls --limit 1", "unknown flag: --sed", `unknown command "nightlx"`} {
		if !strings.Contains(out, want) {
			t.Errorf("%q was not said:\n%s", want, out)
		}
	}
}

func TestLinearModeIsAskedFor(t *testing.T) {
	home(t)
	if code, _, errs := lines(t, "ls\n"); code != 2 || !strings.Contains(errs, "E-USAGE") {
		t.Errorf("a pipe alone: exit %d, %s", code, errs)
	}
	t.Setenv("ASSAY_LINEAR", "1")
	if code, out, errs := lines(t, ""); code != 0 || errs != "" || !strings.Contains(out, "line mode") {
		t.Errorf("ASSAY_LINEAR=1: exit %d, %s%s", code, out, errs)
	}
	t.Setenv("ASSAY_LINEAR", "0")
	if code, _, _ := lines(t, ""); code != 2 {
		t.Errorf("ASSAY_LINEAR=0: exit %d", code)
	}
	if code, _, errs := lines(t, "ls\n", "--linear", "no-such-run"); code != 1 || !strings.Contains(errs, "E-NO-RUN") {
		t.Errorf("a run that is not there: exit %d, %s", code, errs)
	}
}

func TestKeysListsEveryAction(t *testing.T) {
	list := document(t, "keys", "--json")["actions"].([]any)
	seen := map[string]bool{}
	for _, one := range list {
		a := one.(map[string]any)
		for _, key := range []string{"id", "title", "scope", "linear"} {
			if text, ok := a[key].(string); !ok || text == "" {
				t.Errorf("%v has no %s", a["id"], key)
			}
		}
		if _, ok := a["keys"].([]any); !ok {
			t.Errorf("keys of %v are %v", a["id"], a["keys"])
		}
		words := a["linear"].(string)
		if seen[words] {
			t.Errorf("two actions have the command %q", words)
		}
		seen[words] = true
	}
	for _, want := range []string{"kv map zoom-in", "kv sweep sort", "kv eval lost", "kv compare mode-b", "runs text down", "log runs", "quit", "help"} {
		if !seen[want] {
			t.Errorf("no action has the command %q", want)
		}
	}
	code, out, _ := assay(t, "keys")
	if code != 0 || strings.Count(out, "\n") != len(list)+1 {
		t.Errorf("the table has %d lines for %d actions", strings.Count(out, "\n"), len(list))
	}
}
