package cli

import (
	"slices"
	"strings"
	"testing"

	tuiapp "assay/tui/app"
)

func TestThePaletteReadsLinesAsTheShellDoes(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	l := newLineShell(kinds())
	read := func(line string) (tuiapp.Line, error) { return l.Read(strings.Fields(line)) }
	got, err := read("kv blend --demo --ratio=0.3 --seed 7 --json")
	if err != nil || got.Kind != "kv.blend" || got.Given["ratio"] != "0.3" || got.Given["seed"] != "7" || got.Given["demo"] != "true" || len(got.Given) != 3 {
		t.Errorf("%v %v", got, err)
	}
	for _, line := range []string{"run ls --limit 3", "run", "kv --help", "kv blend --help", "kv blend --params no-such-file.toml", "help filters", "version"} {
		if got, err := read(line); err != nil || got.Kind != "" {
			t.Errorf("%s: %v %v", line, got, err)
		}
	}
	for line, want := range map[string]string{
		"kv blnd": `unknown command "blnd" for "assay kv"`, "kv blend --sed 3": "unknown flag: --sed", "kv blend --seed": "flag needs an argument: --seed",
		"kv blend --ratio 7": "--ratio", "kv blend x": "unknown command", "run show": "accepts 1 arg", "rnu ls": "no command is called",
	} {
		_, err := read(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
		if _, _, errs := call(t, strings.Fields(line)...); line != "rnu ls" && !strings.Contains(errs, err.Error()) {
			t.Errorf("%s: the shell says %q, the palette %q", line, errs, err)
		}
	}
	if code, _, errs := call(t, "config", "set", "alias.mine", "kv blend --demo"); code != 0 {
		t.Fatal(errs)
	}
	if got, err := read("mine --seed 3"); err != nil || got.Kind != "kv.blend" || got.Given["seed"] != "3" {
		t.Errorf("%v %v", got, err)
	}
	words := func(line ...string) (out []string) {
		for _, c := range l.Complete(t.Context(), line) {
			out = append(out, c.Path)
		}
		return out
	}
	if got := words("kv", "blend", "--rat"); !slices.Equal(got, []string{"--ratios"}) && !slices.Contains(got, "--ratio") {
		t.Errorf("%q", got)
	}
	if got := words("config", "set", "keys.preset", ""); !slices.Equal(got, []string{"default", "vim", "arrows"}) {
		t.Errorf("%q", got)
	}
	if got := words("mine", "--see"); !slices.Contains(got, "--seed") {
		t.Errorf("%q", got)
	}
	c := l.Process([]string{"run", "show", "it's"})
	if got := c.Args[len(c.Args)-1]; got != "it's" || c.Args[1] != "-c" {
		t.Errorf("%q", c.Args)
	}
}
