package cli

import (
	"bytes"
	"strings"
	"testing"

	"assay/core/config"
	"assay/tui/linear"
)

// Every action of every screen of this build is asked for by its command in line
// mode, over a history with a run. It is done, or the answer says why it cannot be;
// none is unknown. A screen that is added is among them by itself.
func TestEveryActionIsHeardInLineMode(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	t.Chdir(t.TempDir()) // one of the actions writes a report beside where it is asked for
	if code, _, errs := call(t, "kv", "blend", "--demo", "--people", "2", "--modes", "full,blend", "--max-new", "1", "--progress", "none"); code != 0 {
		t.Fatal(errs)
	}
	lines, err := keyLines(config.Current{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	script := "open @1\n"
	screens := map[string]bool{}
	for _, l := range lines {
		screen, _, _ := strings.Cut(l.ID, ".")
		screens[screen] = true
		if l.Linear == "" || l.Title == "" || l.Scope == "" || l.Keys == nil {
			t.Errorf("%+v", l)
		}
		if other := seen[l.Linear]; other != "" {
			t.Errorf("%s and %s have the command %q", other, l.ID, l.Linear)
		}
		seen[l.Linear] = l.ID
		switch l.ID {
		case "app.tour", "app.detach": // the one makes runs, the other is asked for last
			continue
		}
		script += l.Linear + "\nback\n"
	}
	var o, e bytes.Buffer
	code := Main([]string{"assay", "--linear"}, strings.NewReader(script+"quit\n"), &o, &e)
	if code != 0 || e.Len() > 0 || strings.Contains(o.String(), "\x1b") {
		t.Errorf("exit %d: %s\n%s", code, e.String(), o.String())
	}
	for l := range strings.SplitSeq(o.String(), "\n") {
		if strings.Contains(l, "unknown command") {
			t.Error(l)
		}
	}
	for _, s := range newScreens(nil, nil, nil, "", nil)(nil) {
		if !screens[s.ID()] {
			t.Errorf("the screen %s has no action in the list of keys", s.ID())
		}
		if seen[linear.Words("app.tab."+s.ID())] == "" {
			t.Errorf("the screen %s has no command", s.ID())
		}
	}
}
