package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/config"
	"assay/core/run"
)

// place is a configuration in a folder of its own.
type place struct {
	t     *testing.T
	paths config.Paths
	env   map[string]string
	dir   string // of a project, "" for none
}

func newPlace(t *testing.T) *place {
	return &place{t: t, paths: config.Paths{Config: filepath.Join(t.TempDir(), "config")}, env: map[string]string{}}
}

func (p *place) write(path, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) file() string {
	p.t.Helper()
	b, err := os.ReadFile(p.paths.File())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func (p *place) load() config.Current {
	return config.Load(p.paths, config.System{Getenv: func(k string) string { return p.env[k] }}, p.dir)
}

func TestEveryDefaultIsAValueOfItsSetting(t *testing.T) {
	for _, s := range config.Settings() {
		if got, err := s.Check(s.Default); err != nil || got != s.Default && s.Type != config.Size {
			t.Errorf("%s: default %q becomes %q, %v", s.Key, s.Default, got, err)
		}
		if s.Help == "" || s.Expect() == "" {
			t.Errorf("%s has no help", s.Key)
		}
	}
}

func TestTheNearestSourceWins(t *testing.T) {
	p := newPlace(t)
	p.dir = filepath.Join(t.TempDir(), "repo", "deep")
	p.write(filepath.Join(p.dir, "x"), "")
	p.write(filepath.Join(filepath.Dir(p.dir), ".git", "HEAD"), "")
	p.write(filepath.Join(filepath.Dir(filepath.Dir(p.dir)), config.ProjectFile), "ui.mouse = \"on\"\n") // above the root: not ours
	p.write(p.paths.File(), "[ui]\ntheme = \"dusk\"\nglyphs = \"ascii\"\ncolors = 256\n")
	p.write(filepath.Join(filepath.Dir(p.dir), config.ProjectFile), "ui.theme = \"dawn\"\nui.colors = \"16\"\n")
	p.env["ASSAY_UI_COLORS"] = "none"
	c := p.load()
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"ui.theme": "dawn project", "ui.glyphs": "ascii user", "ui.colors": "none env", "ui.mouse": "auto default"}
	for _, v := range c.Values() {
		if w := want[v.Key]; w != "" && w != v.Text+" "+string(v.Source) {
			t.Errorf("%s is %s from %s (%s), want %s", v.Key, v.Text, v.Source, v.Where, w)
		}
	}
	p.env = map[string]string{"ASSAY_THEME": "mono", "ASSAY_MOUSE": "0", "ASSAY_REMOTE": "yes"}
	if c = p.load(); c.Get("ui.theme") != "mono" || c.Get("ui.mouse") != "off" || c.Get("ui.remote") != "on" {
		t.Errorf("short variables: %+v", c.Values())
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[ui]\nmouse = \"sometimes\"\n", `config.toml:2:1: ui.mouse: expected one of auto, on, off, not "sometimes"`},
		{"\n  ui.theme = [\"a\"]\n", "config.toml:2:3: ui.theme: expected a name, not a list"},
		{"[ui]\ntheme = \"a\"\ntheme = \"b\"\n", "config.toml:3:1: ui.theme: is set twice"},
		{"ui.theme =\n", "config.toml:1:"},
		{"run.memory = \"1MiB\"\n", "at least 256 MiB, or 0"},
		{"[[ui]]\n", "a list of tables does not belong here"},
		{"[keys]\n\"a.b\" = 3\n", "config.toml:2:1: a.b: expected a list of keys"},
		{"ui.theme = 1979-05-27\n", "expected a text in quotes"},
		{"ui.theme = \"\x00\"\n", "config.toml:1:"},
	} {
		p := newPlace(t)
		p.write(p.paths.File(), c.text)
		err := p.load().Err()
		if run.CodeOf(err) != run.EConfig || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
	p := newPlace(t)
	p.write(p.paths.File(), "[ui]\nthem = \"dusk\"\nmouse = false\n")
	c := p.load()
	if w := c.Warnings(); c.Err() != nil || len(w) != 1 || !strings.Contains(w[0].Error(), `config.toml:2:1: ui.them: unknown setting; did you mean "ui.theme"?`) {
		t.Errorf("warnings %v, error %v", w, c.Err())
	}
	if c.Get("ui.mouse") != "off" {
		t.Error("what stands beside an unknown key is lost")
	}
	if err := os.Remove(p.paths.File()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(p.paths.File(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.load().Err(); err == nil || !strings.Contains(err.Error(), "regular file") {
		t.Errorf("a folder in place of the file: %v", err)
	}
}

func TestChangesKeepWhatAPersonWrote(t *testing.T) {
	p := newPlace(t)
	before := "# mine\n[ui] # looks\ntheme = 'dusk' # soft\n# about mice\n\n[run]\nmemory = \"8GiB\"\n"
	p.write(p.paths.File(), before)
	for key, text := range map[string]string{"ui.theme": "dawn", "ui.mouse": "OFF", "run.stall": "90s"} {
		if err := p.paths.Set(key, text); err != nil {
			t.Fatal(err)
		}
	}
	want := "# mine\n[ui] # looks\ntheme = \"dawn\" # soft\n# about mice\nmouse = \"off\"\n\n[run]\nmemory = \"8GiB\"\nstall = \"1m30s\"\n"
	if got := p.file(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, key := range []string{"ui.mouse", "run.stall", "ui.colors"} {
		if err := p.paths.Unset(key); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.paths.Set("ui.theme", "dusk"); err != nil {
		t.Fatal(err)
	}
	if got := p.file(); got != strings.Replace(before, "'dusk'", `"dusk"`, 1) {
		t.Errorf("after taking all back:\n%s", got)
	}
	for key, text := range map[string]string{"ui.mouse": "perhaps", "ui.mice": "on", "run.memory": "lots"} {
		if err := p.paths.Set(key, text); run.CodeOf(err) != run.EUsage {
			t.Errorf("%s = %s: %v", key, text, err)
		}
	}
}

func TestAFileThatCannotBeReadIsLeftAlone(t *testing.T) {
	p := newPlace(t)
	p.write(p.paths.File(), "[ui\n")
	if err := p.paths.Set("ui.theme", "dusk"); run.CodeOf(err) != run.EConfig {
		t.Errorf("set: %v", err)
	}
	if p.file() != "[ui\n" {
		t.Error("the file was changed")
	}
}

func TestSettingsBehindALink(t *testing.T) {
	p := newPlace(t)
	real := filepath.Join(t.TempDir(), "dotfiles.toml")
	p.write(real, "")
	if err := os.MkdirAll(p.paths.Config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, p.paths.File()); err != nil {
		t.Fatal(err)
	}
	if err := p.paths.Set("ui.glyphs", "ascii"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(real); err != nil || string(b) != "[ui]\nglyphs = \"ascii\"\n" {
		t.Errorf("%q, %v", b, err)
	}
	if info, err := os.Lstat(p.paths.File()); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}

func TestKeyBindings(t *testing.T) {
	p := newPlace(t)
	p.write(p.paths.File(), "[keys]\n\"runs.open\" = \"o\"\n")
	p.write(p.paths.Keys(), "\"runs.cancel\" = [\"X\", \"delete\"]\n[kv.map]\n\"zoom-in\" = [] # none\n")
	got := map[string][]string{}
	for _, b := range p.load().Bindings() {
		got[b.Action] = b.Keys
	}
	for action, keys := range map[string][]string{"runs.open": {"o"}, "runs.cancel": {"X", "delete"}, "kv.map.zoom-in": {}} {
		if g, ok := got[action]; !ok || !slices.Equal(g, keys) {
			t.Errorf("%s has %q, want %q", action, g, keys)
		}
	}
	if err := p.paths.Bind("runs.cancel", []string{"K", `"`}); err != nil {
		t.Fatal(err)
	}
	if err := p.paths.Bind("app.help", []string{"H"}); err != nil {
		t.Fatal(err)
	}
	if err := p.paths.Unbind("kv.map.zoom-in"); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(p.paths.Keys())
	if want := "\"runs.cancel\" = [\"K\", \"\\\"\"]\n\"app.help\" = [\"H\"]\n[kv.map]\n"; err != nil || string(b) != want {
		t.Errorf("got %q, %v, want %q", b, err, want)
	}
	if err := p.load().Err(); err != nil {
		t.Error(err)
	}
	p.write(p.paths.Keys(), "[keys]\n\"runs.open\" = [\"p\"]\n")
	if err := p.load().Err(); err == nil || !strings.Contains(err.Error(), "is bound before") {
		t.Errorf("an action in two files: %v", err)
	}
}

func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{"", "[ui]\ntheme = 'x' # y\n", "ui = { theme = \"a\", mouse = true }\n", "[ui]\nmouse = \"\"\"\non\"\"\"\n[run]\n", "keys = 1\n", "[ui]\n[ui.theme]\n", "a = [\n1, # ]\n]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := newPlace(t)
		p.write(p.paths.File(), text)
		c := p.load()
		for _, v := range c.Values() {
			if _, err := v.Check(v.Text); err != nil {
				t.Errorf("%s holds %q: %v", v.Key, v.Text, err)
			}
		}
		before := p.file()
		if err := p.paths.Set("ui.glyphs", "ascii"); err != nil {
			if p.file() != before {
				t.Errorf("changed in spite of %v", err)
			}
			return
		}
		if got := p.load(); got.Get("ui.glyphs") != "ascii" && got.Err() == nil {
			t.Errorf("set, and then %q in\n%s", got.Get("ui.glyphs"), p.file())
		}
	})
}

func TestAliases(t *testing.T) {
	p := newPlace(t)
	p.write(p.paths.File(), "[alias]\nnightly = \"fuzz autodiff --apis 'linalg.*, norm'\"\npasted = \" assay run ls\"\nbad = \"run 'ls\"\nnone = \"\"\nlist = [\"x\"]\nnightly = \"x\"\n\"a b\" = \"run ls\"\n")
	c := p.load()
	if got, want := c.Expand([]string{"nightly", "--seed", "2"}), []string{"fuzz", "autodiff", "--apis", "linalg.*, norm", "--seed", "2"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := c.Expand([]string{"pasted"}); !slices.Equal(got, []string{"run", "ls"}) {
		t.Errorf("%q", got)
	}
	for _, words := range [][]string{nil, {"bad"}, {"run", "nightly"}} {
		if got := c.Expand(words); !slices.Equal(got, words) {
			t.Errorf("%q became %q", words, got)
		}
	}
	for _, want := range []string{":4:1: alias.bad: the line ends inside", ":5:1: alias.none: expected a command line", ":6:1: alias.list: expected a command line", ":7:1: alias.nightly: is set twice", "alias.a b: expected a name of letters"} {
		if err := c.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	p = newPlace(t)
	if err := p.paths.Set("alias.nightly", "assay fuzz autodiff"); err != nil || !strings.Contains(p.file(), "[alias]\nnightly = \"fuzz autodiff\"") {
		t.Errorf("%v\n%s", err, p.file())
	}
	if err := p.paths.Set("alias.x", "run 'ls"); err == nil || run.CodeOf(err) != run.EUsage {
		t.Error(err)
	}
	if err := p.paths.Unset("alias.nightly"); err != nil || len(p.load().Aliases()) != 0 {
		t.Errorf("%v %v", err, p.load().Aliases())
	}
	p.dir = t.TempDir()
	p.write(filepath.Join(p.dir, config.ProjectFile), "[alias]\nx = \"run rm --all\"\n")
	if c := p.load(); len(c.Aliases()) != 0 || c.Err() != nil || len(c.Warnings()) != 1 {
		t.Errorf("%v %v", c.Aliases(), c.Err())
	}
}
