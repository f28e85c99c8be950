package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/config"
	"assay/core/run"
	"assay/themes"
	"assay/tui/app"
	"assay/tui/term"
	"assay/tui/ui"
)

// files keeps settings in a folder.
type files struct {
	config.Paths
	env map[string]string
}

func (f files) Load() config.Current {
	return config.Load(f.Paths, config.System{Getenv: func(k string) string { return f.env[k] }}, "")
}

func (f files) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f files) has(t *testing.T, path, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), text) {
		t.Errorf("%q is not in %s: %s, %v", text, filepath.Base(path), b, err)
	}
}

func newFiles(t *testing.T) files {
	return files{config.Paths{Config: filepath.Join(t.TempDir(), "config")}, map[string]string{}}
}

// with gives a shell settings; its terminal does what they say.
func with(f files) func(*app.Deps) {
	return func(d *app.Deps) {
		d.Settings = f
		d.Detect = func(p term.Prefs) term.Profile {
			out := term.Profile{Depth: themes.TrueColor, ASCII: p.Glyphs == "ascii", NoMouse: p.Mouse == "off", Remote: p.Remote == "on"}
			if p.Colors == "none" {
				out.Depth, out.Forced = themes.Mono, true
			}
			return out
		}
	}
}

func TestASettingIsChangedOnTheScreenAndHoldsAtOnce(t *testing.T) {
	f := newFiles(t)
	f.write(t, f.File(), "# mine\n[ui]\nmouse = \"on\" # yes\n")
	w := start(t, with(f))
	w.Press(",").See("settings", "ui.theme", "ui.mouse", "config.toml:3:1", "ui.clipboard")
	w.Press("/").Type("glyphs").Press("enter", "enter").See("unicode", "ascii").Press("G", "enter")
	f.has(t, f.File(), "glyphs = \"ascii\"")
	f.has(t, f.File(), "# mine\n[ui]\nmouse = \"on\" # yes\n")
	w.See("+-") // the frame of the list
	w.Press("d")
	w.NotSee("+-")
	w.Press("esc").Press("/").Type("memory").Press("enter", "enter", "ctrl+u").Type("lots").Press("enter").See("expected a size")
	w.Press("enter", "ctrl+u").Type("8g").Press("enter")
	f.has(t, f.File(), "memory = \"8GiB\"")
	w.Press("esc", "esc", "esc", "n", "1").See("8GiB")
}

func TestReloadSaysWhatWaitsForTheNextStart(t *testing.T) {
	f := newFiles(t)
	w := start(t, with(f))
	f.write(t, f.File(), "[ui]\nlinear = \"on\"\nglyphs = \"ascii\"\n")
	w.Press("ctrl+r").See("are read again", "ui.linear = on holds from the next start on").NotSee("─")
}

func TestAThemeIsSeenBeforeItIsChosen(t *testing.T) {
	f := newFiles(t)
	w := start(t, with(f))
	m := w.Model().(*app.Model)
	before := m.View().Content
	w.Press("T").Press("j", "j")
	if m.View().Content == before {
		t.Error("no preview")
	}
	w.Press("esc")
	if m.View().Content != before {
		t.Error("esc leaves another theme")
	}
	w.Press("T", "j", "enter")
	f.has(t, f.File(), "theme = \"")
	w2 := start(t, with(f))
	if w2.Model().(*app.Model).View().Content == before {
		t.Error("the theme is gone at the next start")
	}
}

func TestSettingsThatTheEnvironmentOverrules(t *testing.T) {
	f := newFiles(t)
	f.env["ASSAY_MOUSE"] = "off"
	w := start(t, with(f))
	w.Press(",").Press("/").Type("mouse").Press("enter", "enter", "j", "enter").See("ASSAY_MOUSE overrules it here with off")
}

func TestKeysAreChosenByThePerson(t *testing.T) {
	f := newFiles(t)
	f.write(t, f.Keys(), "\"runs.filter\" = [\"f\"]\n\"app.detach\" = []\n\"app.settings\" = \"ctrl+g\"\n")
	w := start(t, with(f))
	m := w.Model().(*app.Model)
	if m.KeysFault() != nil {
		t.Fatal(m.KeysFault())
	}
	keys := map[string][]string{}
	for _, a := range m.Catalog() {
		keys[a.ID] = a.Keys
	}
	if !slices.Equal(keys["runs.filter"], []string{"f"}) || len(keys["app.detach"]) != 0 || !slices.Equal(keys["app.settings"], []string{"ctrl+g"}) {
		t.Errorf("filter %v, detach %v, settings %v", keys["runs.filter"], keys["app.detach"], keys["app.settings"])
	}
	w.Press(",").NotSee("ui.theme").Press("ctrl+g").See("ui.theme").Press("esc")
	w.See("f filter").Press("f").Type("kind:kv.sweep").Press("enter").See("2 of 7")
	// A change on the screen goes into the file and holds at once.
	w.Press("ctrl+g", "G", "enter").See("keys", "runs.list.down").Press("/").Type("app.palette").Press("enter", "enter")
	w.Press("ctrl+u").Type("P enter").Press("enter") // enter belongs to the list, not to the shell
	f.has(t, f.Keys(), "\"app.palette\" = [\"P\", \"enter\"]")
	w.Press("enter", "ctrl+u").Type("?").Press("enter").See("? belongs to app.help in global already")
	w.Press("d")
	if b, err := os.ReadFile(f.Keys()); err != nil || strings.Contains(string(b), "palette") {
		t.Errorf("the binding is still there: %s, %v", b, err)
	}
}

func TestWhatIsWrongWithKeysIsToldInOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"\"runs.filtr\" = [\"f\"]\n":                         `keys.toml:1:1: runs.filtr: no such action; did you mean "runs.filter"?`,
		"\"runs.filter\" = [\"c\"]\n":                        "runs.filter: c belongs to runs.compare in runs already",
		"\"app.help\" = [\"ctrl+s\"]\n":                      "ctrl+s does not arrive",
		"\"app.help\" = [\"hyper+x\"]\n":                     `no key is called "hyper+x"`,
		"\"app.help\" = [\"H\"]\n\"app.errors\" = [\"H\"]\n": "H belongs to app.errors in global already",
	} {
		f := newFiles(t)
		f.write(t, f.Keys(), text)
		m := start(t, with(f)).Model().(*app.Model)
		err := m.KeysFault()
		if run.CodeOf(err) != run.EConfig || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	f := newFiles(t)
	f.write(t, f.Keys(), "\"app.help\" = [\"!\"]\n\"app.errors\" = [\"?\"]\n") // an exchange is no clash
	w := start(t, with(f))
	if err := w.Model().(*app.Model).KeysFault(); err != nil {
		t.Errorf("an exchange: %v", err)
	}
	w.Press("!").See("help:")
}

func TestClashesOfOneScope(t *testing.T) {
	got := ui.Clashes([]ui.Action{
		{ID: "a", Scope: "x", Keys: []string{"1", "2"}}, {ID: "b", Scope: "x", Keys: []string{"2"}},
		{ID: "c", Scope: "y", Keys: []string{"1"}}, {ID: "a", Scope: "x", Keys: []string{"1"}},
	})
	if want := []ui.Clash{{Scope: "x", Key: "2", First: "a", Second: "b"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// failing is a place that cannot be written.
type failing struct{ files }

func (failing) Set(string, string) error { return errors.New("the disk is full") }

func TestASettingThatCannotBeKeptSaysSo(t *testing.T) {
	f := newFiles(t)
	w := start(t, with(f), func(d *app.Deps) { d.Settings = failing{f} })
	w.Press("T", "j", "enter").See("the disk is full")
}
