package bench_test

import (
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// stew has a parameter of each type.
var stew = bench.Kind{
	Name: "pot.stew", Title: "Cook a stew", Summary: "What becomes of it.",
	Schema: bench.Schema{
		{Name: "title", Type: bench.String, Default: "", Help: "What it is called."},
		{Name: "recipe", Type: bench.Path, Default: "", Help: "File with the recipe."},
		{Name: "heat", Type: bench.Enum, Default: "low", Choices: []string{"low", "high"}, Help: "How hot, low | high."},
		{Name: "cook-time", Type: bench.Int, Default: "90", Unit: "minutes", Help: "How long.", Min: 1, Max: 1e7, Group: "Time"},
		{Name: "seed", Type: bench.Int, Default: "7", Help: "Of the random choices.", Group: "Time"},
		{Name: "salt", Type: bench.Float, Default: "0.15", Unit: "share", Help: "How much salt.", Min: 0, Max: 1, Group: "Taste"},
		{Name: "lid", Type: bench.Bool, Default: "true", Help: "Whether the lid is on.", Group: "Taste"},
		{Name: "herbs", Type: bench.Enums, Default: "all", Choices: []string{"thyme", "bay", "sage"}, Help: "Which herbs.", Group: "Taste"},
		{Name: "stir-at", Type: bench.Ints, Default: "10,20", Unit: "minutes", Help: "When to stir.", Min: 0, Max: 100, Group: "Taste"},
		{Name: "portions", Type: bench.Floats, Default: "0.5,1", Help: "Sizes of portions.", Group: "Taste"},
	},
}

// unusual has a value of each type that is hard on some notation.
func unusual(t *testing.T) bench.Params {
	t.Helper()
	p, err := stew.Schema.Complete(map[string]any{
		"title": "a \"b\"\n\x01 # é = [", "recipe": "/tmp/x y.md", "heat": "high", "cook-time": "1000000", "seed": int64(math.MaxInt64),
		"salt": "1e-9", "lid": false, "herbs": []string{"bay"}, "stir_at": []any{0.0, 100.0}, "portions": "",
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDefaultsAreCompleteAndTyped(t *testing.T) {
	p := stew.Schema.Defaults()
	want := bench.Params{"title": "", "recipe": "", "heat": "low", "cook_time": int64(90), "seed": int64(7), "salt": 0.15, "lid": true,
		"herbs": []string{"thyme", "bay", "sage"}, "stir_at": []int64{10, 20}, "portions": []float64{0.5, 1}}
	if d := cmp.Diff(want, p); d != "" {
		t.Error(d)
	}
	if p.Int("cook_time") != 90 || p.Float("salt") != 0.15 || !p.Bool("lid") || p.String("heat") != "low" || len(p.Strings("herbs")) != 3 || p.Ints("stir_at")[1] != 20 || p.Floats("portions")[0] != 0.5 {
		t.Error("a getter returns another value")
	}
}

func TestParametersSurviveEveryNotation(t *testing.T) {
	for name, p := range map[string]bench.Params{"defaults": stew.Schema.Defaults(), "unusual": unusual(t)} {
		t.Run(name, func(t *testing.T) {
			fromJSON, err := stew.Schema.FromJSON(p.JSON())
			if d := cmp.Diff(p, fromJSON); err != nil || d != "" {
				t.Errorf("JSON: %v %s", err, d)
			}
			fromTOML, err := stew.ReadTOML(stew.WriteTOML(p))
			if d := cmp.Diff(p, fromTOML); err != nil || d != "" {
				t.Errorf("TOML: %v %s\n%s", err, d, stew.WriteTOML(p))
			}
			flags := map[string]any{}
			for _, param := range stew.Schema {
				flags[param.Name] = param.Format(p[param.Key()])
			}
			fromFlags, err := stew.Schema.Complete(flags)
			if d := cmp.Diff(p, fromFlags); err != nil || d != "" {
				t.Errorf("flags: %v %s", err, d)
			}
		})
	}
}

func TestErrorsNameParameterValueAndExpectation(t *testing.T) {
	for _, tt := range []struct {
		given map[string]any
		want  string
	}{
		{map[string]any{"salt": "1.5"}, `--salt "1.5": expected a number from 0 to 1`},
		{map[string]any{"salt": math.NaN()}, `--salt "NaN": expected a number from 0 to 1`},
		{map[string]any{"salt": nil}, `--salt "<nil>": expected a number from 0 to 1`},
		{map[string]any{"cook-time": "2.5"}, `--cook-time "2.5": expected a whole number from 1 to 10000000`},
		{map[string]any{"cook_time": 0.0}, `--cook-time "0": expected a whole number`},
		{map[string]any{"heat": "medium"}, `--heat "medium": expected one of low, high`},
		{map[string]any{"herbs": "bay,basil"}, `--herbs "basil": expected all, or a list of thyme, bay, sage`},
		{map[string]any{"herbs": "all,basil"}, `--herbs "basil": expected all, or a list of thyme, bay, sage`},
		{map[string]any{"herbs": []any{"bay,sage"}}, `--herbs "bay,sage": expected all`},
		{map[string]any{"stir_at": []any{1.0, []any{}}}, `--stir-at "[]": expected a list of whole numbers from 0 to 100`},
		{map[string]any{"lid": "ajar"}, `--lid "ajar": expected true or false`},
		{map[string]any{"title": map[string]any{}}, `--title "map[]": expected a text`},
		{map[string]any{"title": []any{"a"}}, `--title "[a]": expected a text`},
		{map[string]any{"slat": 1}, `unknown parameter "slat"; known are title, recipe, heat`},
	} {
		_, err := stew.Schema.Complete(tt.given)
		if run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: got %v, want %s", tt.given, err, tt.want)
		}
	}
}

func TestFromJSONErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{`:            "parameters: unexpected EOF",
		`[]`:           "parameters: json: cannot unmarshal array",
		`{} {}`:        "more than one JSON object",
		`{"salt":"x"}`: `--salt "x"`,
	} {
		_, err := stew.Schema.FromJSON([]byte(text))
		if run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if p, err := stew.Schema.FromJSON([]byte(`{"cook_time":1e6}`)); err != nil || p.Int("cook_time") != 1000000 {
		t.Errorf("1e6 is a whole number: %v, %v", p["cook_time"], err)
	}
}

func TestTOMLErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"salt = 0.1\nheat = \n":             "line 2, column 8",
		"# one\n\nsalt = 2.0\n":             `line 3: --salt "2": expected a number from 0 to 1`,
		"lid = true\n[salt]\nx = 1\n":       `line 2: --salt "map[x:1]"`,
		"lid = true\n  pepper = 1\n":        `line 2: unknown parameter "pepper"`,
		"cook_time = 1\ncook-time = 1999\n": `--cook-time is given twice`,
		"heat = 1979-05-27\n":               `line 1: --heat "1979-05-27": expected one of`,
	} {
		_, err := stew.ReadTOML([]byte(text))
		if run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestGoldens(t *testing.T) {
	for name, got := range map[string]string{
		"stew.toml":    string(stew.WriteTOML(stew.Schema.Defaults())),
		"reference.md": bench.Reference(bench.Registry{stew}),
	} {
		path := "testdata/" + name
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestRegistryFindsKinds(t *testing.T) {
	r := bench.Registry{stew}
	k, err := r.Find("pot.stew")
	if err != nil || k.Bench() != "pot" {
		t.Errorf("%s, %v", k.Bench(), err)
	}
	_, err = r.Find("pot.roast")
	if run.CodeOf(err) != run.EUsage {
		t.Errorf("got %v", err)
	}
}

// FuzzReadTOML checks that no text makes the reader panic, and that what it
// takes it also writes and reads to the same values.
func FuzzReadTOML(f *testing.F) {
	f.Add(stew.WriteTOML(stew.Schema.Defaults()))
	for _, s := range []string{"", "salt = 1", "herbs = ['bay']\n[x]", "title = \"\"\"\na\"\"\"", "stir-at = [1e2]", "salt = inf", "a.b = 1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := stew.ReadTOML(data)
		if err != nil {
			if run.CodeOf(err) != run.EUsage {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		again, err := stew.ReadTOML(stew.WriteTOML(p))
		if d := cmp.Diff(p, again); err != nil || d != "" {
			t.Fatalf("%q: %v %s", data, err, d)
		}
	})
}
