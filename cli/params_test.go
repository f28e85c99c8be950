package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/core/bench"
)

// other is a valid value of a parameter that is not its default, "" where it has none.
func other(p bench.Param) string {
	inside := func(v float64) bool { return p.Min == 0 && p.Max == 0 || p.Min <= v && v <= p.Max }
	switch p.Type {
	case bench.String, bench.Path:
		return `/a b/"quoted" \ 'and' — Ünï`
	case bench.Bool:
		return strconv.FormatBool(p.Default != "true")
	case bench.Enum, bench.Enums:
		for _, c := range p.Choices {
			if c != p.Default {
				return c
			}
		}
	case bench.Int, bench.Ints:
		for _, v := range []float64{3, 1, p.Min, p.Max} {
			if text := strconv.FormatFloat(v, 'f', -1, 64); inside(v) && text != p.Default {
				return text
			}
		}
	case bench.Float, bench.Floats:
		for _, v := range []float64{0.0625, 3.5, p.Min, p.Max} {
			if text := strconv.FormatFloat(v, 'g', -1, 64); inside(v) && text != p.Default {
				return text
			}
		}
	}
	return ""
}

// What --dump-params prints is what --params reads, for every parameter of every kind
// of run, from a file and from standard input.
func TestParametersOfEveryKindRoundTrip(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "params.toml")
	for _, k := range kinds() {
		path := strings.Split(k.Name, ".")
		root := newRoot(streams{})
		if c, _, err := root.Find(path); err != nil || c.Flags().Lookup("dump-params") == nil {
			continue // started by another command, which has flags of its own
		}
		flags := append([]string{}, path...)
		changed := 0
		for _, p := range k.Schema {
			if v := other(p); v != "" && p.Name != "of" { // which names a run that is looked up
				flags = append(flags, "--"+p.Name+"="+v)
				changed++
			}
		}
		code, text, errs := call(t, append(flags, "--dump-params")...)
		if code != 0 || changed == 0 {
			t.Errorf("%s: exit %d: %s", k.Name, code, errs)
			continue
		}
		_, plain, _ := call(t, append(slices.Clip(path), "--dump-params")...)
		if plain == text {
			t.Errorf("%s: flags change nothing", k.Name)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, again, errs := call(t, append(slices.Clip(path), "--params", file, "--dump-params")...); again != text {
			t.Errorf("%s: exit %d: %s; read back as\n%s\nwritten as\n%s", k.Name, code, errs, again, text)
		}
		var out, fault bytes.Buffer
		args := append(append([]string{"assay"}, path...), "--params", "-", "--dump-params")
		if Main(args, strings.NewReader(text), &out, &fault); out.String() != text {
			t.Errorf("%s from standard input: %s", k.Name, fault.String())
		}
	}
}
