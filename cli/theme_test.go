package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/themes"
)

func TestThemesAreListedShownAndChecked(t *testing.T) {
	home(t)
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	list := document(t, "theme", "ls", "--json")["themes"].([]any)
	if len(list) != len(themes.Builtin().Names()) {
		t.Errorf("%d themes listed, want those of the program", len(list))
	}
	for _, one := range list {
		if l := one.(map[string]any); l["fault"] != "" {
			t.Errorf("%v: %v", l["name"], l["fault"])
		}
	}
	code, out, _ := assay(t, "theme", "show", "dusk")
	if code != 0 || strings.Contains(out, "\x1b") || strings.Count(out, "\n") != len(themes.Roles())+2 {
		t.Errorf("show: exit %d\n%q", code, out)
	}
	if code, _, errs := assay(t, "theme", "show", "dsuk"); code != 2 || !strings.Contains(errs, "no such theme") {
		t.Errorf("an unknown theme: exit %d, %s", code, errs)
	}

	file := filepath.Join(dir, "mine.toml")
	for _, c := range []struct{ text, want string }{
		{"inherits = \"dusk\"\n", ""},
		{"inherits = \"dusk\"\n[roles]\nok = { fg = \"#303848\" }\n", "mine.toml:3: roles.ok.fg: contrast"},
		{"inherits = \"nothing\"\n", "no theme \"nothing\""},
		{"[roles", "mine.toml:1"},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := assay(t, "theme", "check", file)
		if c.want == "" && (code != 0 || !strings.Contains(out, "nothing wrong")) {
			t.Errorf("a good theme: exit %d, %s%s", code, out, errs)
		}
		if c.want != "" && (code != 2 || !strings.Contains(errs, c.want)) {
			t.Errorf("%q: exit %d, %s; want %s", c.text, code, errs, c.want)
		}
	}
	if code, _, errs := assay(t, "theme", "check", dir); code == 0 || !strings.Contains(errs, "E-INPUT") {
		t.Errorf("a folder: exit %d, %s", code, errs)
	}
}
