package themes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"assay/themes"
)

func TestBuiltinThemesLoadAtEveryDepth(t *testing.T) {
	set := themes.Builtin()
	for _, name := range set.Names() {
		for d := themes.Mono; d <= themes.TrueColor; d++ {
			th, err := set.Resolve(name, d)
			if err != nil {
				t.Fatal(err)
			}
			for _, role := range themes.Roles() {
				if got := th.SGR(role); got != "" && !regexp.MustCompile(`^\x1b\[[0-9;]+m$`).MatchString(got) {
					t.Errorf("%s at %v: role %s is %q", name, d, role, got)
				}
			}
			if th.Depth() > d {
				t.Errorf("%s at %v draws at %v", name, d, th.Depth())
			}
		}
	}
}

func TestEveryDepthSpeaksItsOwnSequences(t *testing.T) {
	color := regexp.MustCompile(`[34]8;|[349][0-7]m|10[0-7]m`)
	for d, pattern := range map[themes.Depth]string{
		themes.ANSI16:    `^(\x1b\[(1;|4;|7;)*([39][0-7]|4[0-7]|10[0-7])(;4[0-7]|;10[0-7])?m)?(\x1b\[[147]m)?$`,
		themes.ANSI256:   `^(\x1b\[(1;|4;|7;)*([34]8;5;\d+;?)*[147]?m)?$`,
		themes.TrueColor: `^(\x1b\[(1;|4;|7;)*([34]8;2;\d+;\d+;\d+;?)*[147]?m)?$`,
	} {
		th, err := themes.Load("default-dark", "", d)
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range themes.Roles() {
			if got := th.SGR(role); !regexp.MustCompile(pattern).MatchString(got) {
				t.Errorf("at %v: role %s is %q", d, role, got)
			}
		}
	}
	for _, name := range []string{"default-dark", "default-light", "mono"} {
		th, err := themes.Load(name, "", themes.Mono)
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range themes.Roles() {
			if got := th.SGR(role); color.MatchString(got) {
				t.Errorf("%s in mono: role %s is %q", name, role, got)
			}
		}
		for i := range themes.Steps {
			if s := th.Ramp(i); s.Fg != "" || s.Bg != "" {
				t.Errorf("%s in mono: step %d has colour %+v", name, i, s)
			}
		}
		if th.Series(3) != "" {
			t.Errorf("%s in mono: series have colour", name)
		}
	}
}

func TestMonoThemeNeverUsesColour(t *testing.T) {
	th, err := themes.Load("mono", "", themes.TrueColor)
	if err != nil {
		t.Fatal(err)
	}
	if th.Depth() != themes.Mono {
		t.Errorf("depth %v", th.Depth())
	}
	if got := th.Paint("error", "x"); got != "\x1b[1mx\x1b[m" {
		t.Errorf("error is painted %q", got)
	}
	if got := th.Paint("text", "x"); got != "x" {
		t.Errorf("plain text is painted %q", got)
	}
}

func TestRampStepsReadWithoutColour(t *testing.T) {
	th, err := themes.Load("mono", "", themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	var up, around []byte
	for i := range themes.Steps {
		up = append(up, th.Ramp(i).Char)
		around = append(around, th.Diverge(i-8).Char)
	}
	if string(up) != " ..::-==++*##%%@" {
		t.Errorf("sequential %q", up)
	}
	below, above := string(around[:8]), string(around[9:])
	if around[8] != ' ' || strings.ContainsAny(below, above) {
		t.Errorf("signs share a character: %q and %q", below, above)
	}
	if th.Ramp(-3) != th.Ramp(0) || th.Ramp(99) != th.Ramp(15) || th.Diverge(-99) != th.Diverge(-8) {
		t.Error("steps outside are not clamped")
	}
}

func TestFaultsNameFileLineAndKey(t *testing.T) {
	const head = "name = \"x\"\ninherits = \"default-dark\"\n"
	cases := []struct{ name, text, want string }{
		{"unknown top key", head + "inherit = \"y\"", `x.toml:3: inherit: unknown key; did you mean "inherits"?`},
		{"unknown role", head + "[roles]\nwarm = { fg = \"#ffffff\" }", `x.toml:4: roles.warm.fg: unknown role; did you mean "warn"?`},
		{"unknown field", head + "[roles]\nwarn = { fgs = \"#ffffff\" }", `x.toml:4: roles.warn.fgs: unknown key; did you mean "fg"?`},
		{"colour syntax", head + "[roles]\nwarn = { fg = \"#fffff\" }", `x.toml:4: roles.warn.fg: "#fffff" is no colour`},
		{"palette name", head + "[roles]\nwarn = { fg = \"slat\" }", `did you mean "slate"?`},
		{"index", head + "[roles]\nwarn = { ansi = 16 }", `x.toml:4: roles.warn.ansi: expected a number from 0 to 15`},
		{"attribute", head + "[roles]\nwarn = { attr = \"loud\" }", `x.toml:4: roles.warn.attr: "loud" is no attribute`},
		{"contrast", head + "[roles]\nwarn = { fg = \"#333333\" }", `x.toml:4: roles.warn.fg: contrast 1.4 with its ground, at least 4.5 is needed`},
		{"quiet contrast", head + "[roles]\nmuted = { fg = \"#444444\" }", `at least 3.0 is needed`},
		{"verdicts", head + "[roles]\nwarn = { fg = \"#5fd7b4\" }", `looks like ok under protanopia`},
		{"ramp name", head + "[chart]\nramp = \"rainbow\"", `x.toml:4: chart.ramp: no ramp "rainbow"; known are [blue-orange-dark`},
		{"ramp length", head + "[chart]\nramp = [\"#000000\"]", `expected a name or a list of 16 colours`},
		{"ramp order", head + "[chart]\nramp256 = [17,16,18,237,24,60,242,243,244,245,108,143,179,186,221,228]", `the lightness of the ramp`},
		{"ramp without 16", head + "[chart]\nramp = [" + strings.Repeat("\"#000000\",", 16) + "]", "needs ramp16 beside it"},
		{"syntax", head + "[roles\n", `x.toml:3`},
		{"table in place of value", head + "[variant]\nx = 1", "x.toml:4: variant.x: the value does not belong here"},
		{"text in place of table", head + "roles = 3", "x.toml:3: roles: the value does not belong here"},
		{"unknown parent", "inherits = \"nowhere\"", `x.toml:1: inherits: no theme "nowhere"`},
		{"itself", "inherits = \"x\"", "themes inherit in a circle: x -> x"},
		{"no background", "name = \"x\"", "background: missing"},
		{"list of tables", head + "[[roles]]\nok = 1", "themes have no lists of tables"},
		{"boolean", head + "pair = true", "x.toml:3: pair: expected a text, a number or a list"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "x", c.text)
			th, err := themes.Load("x", dir, themes.TrueColor)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %s", err, c.want)
			}
			if th == nil || th.Name() != "default-dark" {
				t.Errorf("fell back to %v", th)
			}
		})
	}
}

func TestInheritanceReplacesRolesAndKeepsTheRest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "inherits = \"default-dark\"\n[palette]\nsky = \"#ffffff\"\n[roles]\nnumber = { attr = \"bold\", fg = \"sky\" }\n")
	write(t, dir, "b", "inherits = \"a\"\n[roles]\nmark = { fg = 255 }\n")
	b, err := themes.Load("b", dir, themes.TrueColor)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.SGR("number"); got != "\x1b[1;38;2;255;255;255m" {
		t.Errorf("number %q", got)
	}
	if got := b.SGR("mark"); got != "\x1b[38;5;255m" {
		t.Errorf("mark %q", got)
	}
	if got := b.SGR("key"); got != "\x1b[38;2;255;255;255m" {
		t.Errorf("an inherited role keeps the old palette: %q", got)
	}
	mono, err := themes.Load("b", dir, themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	if got := mono.SGR("number"); got != "" {
		t.Errorf("a replaced role keeps a field of the old one: %q", got)
	}
}

func TestInheritanceEndsAtFiveAncestors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "t0", "inherits = \"default-dark\"")
	for _, c := range []string{"10", "21", "32", "43"} {
		write(t, dir, "t"+c[:1], "inherits = \"t"+c[1:]+"\"")
	}
	write(t, dir, "t5", "inherits = \"t4\"")
	if _, err := themes.Load("t4", dir, themes.ANSI256); err != nil {
		t.Errorf("five ancestors: %v", err)
	}
	if _, err := themes.Load("t5", dir, themes.ANSI256); err == nil || !strings.Contains(err.Error(), "more than 5 ancestors") {
		t.Errorf("six ancestors: %v", err)
	}
}

func TestUserThemeReplacesBuiltinOne(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile("default-dark.toml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "default-dark", strings.ReplaceAll(string(data), "#7ab8ff", "#ffffff"))
	th, err := themes.Load("default-dark", dir, themes.TrueColor)
	if err != nil {
		t.Fatal(err)
	}
	if got := th.SGR("key"); got != "\x1b[38;2;255;255;255m" {
		t.Errorf("key %q", got)
	}
	if _, err := themes.Open(filepath.Join(dir, "missing")); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name+".toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func FuzzThemeFile(f *testing.F) {
	for _, n := range []string{"default-dark.toml", "mono.toml"} {
		data, err := os.ReadFile(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("[roles]\ntext = {}\n"))
	f.Add([]byte("roles.text.fg.x = 1\n"))
	set := themes.Builtin()
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := set.With("x", "x.toml", data).Resolve("x", themes.TrueColor)
		if err != nil && !strings.HasPrefix(err.Error(), "theme ") {
			t.Errorf("the error does not name the theme: %q", err)
		}
	})
}
