package themes_test

import (
	"strings"
	"testing"

	"assay/themes"
)

// A scheme made for this test: a dark ground, one grey too dark to be read.
const dim = `system: "base16"
name: "Dim"
variant: "dark"
palette:
  base00: "#101418"
  base01: "#1a2026"
  base02: "#26303a"
  base03: "#303840"
  base04: "#8090a0"
  base05: "#d0d8e0"
  base06: "#e0e8f0"
  base07: "#f0f8ff"
  base08: "#f07070"
  base09: "#e0a060"
  base0A: "#e8d060"
  base0B: "#60d0b0"
  base0C: "#60c8d0"
  base0D: "#70b0f0"
  base0E: "#c0a0f0"
  base0F: "#b08060"
`

func TestASchemeBecomesAThemeThatCanBeRead(t *testing.T) {
	file, notes, err := themes.FromBase16("dim", []byte(dim))
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for _, want := range []string{`inherits   = "default-dark"`, `background = "#101418"`, `sky    = "#70b0f0"`, `"Dim"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the theme has no %s:\n%s", want, text)
		}
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "base03 (#303840) became") {
		t.Errorf("notes are %q", notes)
	}
	if _, err := themes.Builtin().With("dim", "dim", file).Resolve("dim", themes.TrueColor); err != nil {
		t.Error(err)
	}
}

func TestSchemesOfTheOlderFormAndLightOnes(t *testing.T) {
	old := strings.NewReplacer(`system: "base16"`+"\n", "", `name: "Dim"`, `scheme: "Dim"`, `variant: "dark"`+"\n", "", "palette:\n", "", "  base", "base", `"#`, `"`).Replace(dim)
	a, _, err := themes.FromBase16("dim", []byte(dim))
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := themes.FromBase16("dim", []byte(old))
	if err != nil || string(a) != string(b) {
		t.Errorf("%v\n%s", err, b)
	}
	light := strings.NewReplacer("#101418", "#f4f4f0", "#1a2026", "#e4e4e0", "#26303a", "#d4d4d0", "#d0d8e0", "#303030").Replace(dim)
	file, notes, err := themes.FromBase16("pale", []byte(light))
	if err != nil || !strings.Contains(string(file), "default-light") || len(notes) == 0 {
		t.Errorf("%v %q\n%s", err, notes, file)
	}
}

func TestWhatIsNoSchemeIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "base00 is missing",
		"[1, 2":                             "not a base16 scheme",
		`base00: "zzzzzz"`:                  `"zzzzzz" is no colour`,
		strings.Replace(dim, "0D", "1D", 1): "base0D is missing",
	} {
		if _, _, err := themes.FromBase16("x", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.30q: %v, want %s", text, err, want)
		}
	}
}

func FuzzSchemesNeverPanic(f *testing.F) {
	f.Add(dim)
	f.Add("palette: {base00: 1}")
	f.Fuzz(func(t *testing.T, text string) {
		file, _, err := themes.FromBase16("x", []byte(text))
		if err != nil {
			return
		}
		if _, err := themes.Builtin().With("x", "x", file).Resolve("x", themes.TrueColor); err != nil {
			t.Errorf("%q makes a theme that does not load: %v", text, err)
		}
	})
}
