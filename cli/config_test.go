package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettingsAreShownCheckedAndChanged(t *testing.T) {
	home(t)
	file := filepath.Join(os.Getenv("ASSAY_HOME"), "config", "config.toml")
	if code, _, errs := assay(t, "config", "set", "ui.theme", "dusk"); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if code, _, errs := assay(t, "config", "set", "ui.mouse", "maybe"); code != 2 || !strings.Contains(errs, "E-USAGE: ui.mouse: expected one of auto, on, off") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, out, _ := assay(t, "config", "show", "--origin"); code != 0 || !strings.Contains(out, "dusk") || !strings.Contains(out, file+":2:1") {
		t.Errorf("exit %d: %s", code, out)
	}
	if doc := document(t, "config", "check", "--json"); doc["ok"] != true {
		t.Errorf("%v", doc)
	}
	if err := os.WriteFile(file, []byte("[run]\nmemory = \"lots\"\n[ui]\nthem = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := assay(t, "config", "check")
	if code != 2 || !strings.Contains(errs, file+":2:1: run.memory: expected a size") || !strings.Contains(errs, `did you mean "ui.theme"?`) {
		t.Errorf("exit %d: %s", code, errs)
	}
	// A run is not started under settings that were meant otherwise.
	if code, _, errs := assay(t, "kv", "blend", "--demo"); code != 2 || !strings.Contains(errs, "E-CONFIG") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestKeysAreShownAsTheyAreBound(t *testing.T) {
	home(t)
	file := filepath.Join(os.Getenv("ASSAY_HOME"), "config", "keys.toml")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("\"runs.filter\" = [\"f\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, a := range document(t, "keys", "--json")["actions"].([]any) {
		l := a.(map[string]any)
		if l["id"] == "runs.filter" && l["keys"].([]any)[0] != "f" {
			t.Errorf("%v", l)
		}
		if l["linear"] == "" || l["title"] == "" || l["scope"] == "" || l["keys"] == nil {
			t.Errorf("%v", l)
		}
	}
	if err := os.WriteFile(file, []byte("\"runs.filter\" = [\"c\"]\n\"runs.fliter\" = [\"f\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := assay(t, "keys")
	if code != 2 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "c belongs to runs.compare") || !strings.Contains(errs, "runs.fliter: no such action") || !strings.Contains(out, "runs.filter") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := assay(t, "keys", "--defaults"); code != 0 || errs != "" {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// A preset changes keys of every screen and makes no two actions share one.
func TestPresetsOfKeys(t *testing.T) {
	home(t)
	keysOf := func() map[string]string {
		out := map[string]string{}
		for _, a := range document(t, "keys", "--json")["actions"].([]any) {
			l := a.(map[string]any)
			out[l["id"].(string)] = strings.Trim(fmt.Sprint(l["keys"]), "[]")
		}
		return out
	}
	own := keysOf()
	for preset, want := range map[string]map[string]string{
		"vim":    {"runs.list.page-down": "pgdown ctrl+f", "runs.list.down": "j down", "kv.next-pane": "tab ctrl+w"},
		"arrows": {"runs.list.down": "down", "fuzz.list.last": "end", "kv.left": "left", "runs.delete": "d delete", "app.reload": "ctrl+r f5", "runs.filter": "/"},
	} {
		if code, _, errs := assay(t, "config", "set", "keys.preset", preset); code != 0 {
			t.Fatal(errs)
		}
		got := keysOf()
		for id, keys := range want {
			if got[id] != keys {
				t.Errorf("%s: %s has %q, want %q", preset, id, got[id], keys)
			}
		}
		for id := range own {
			if own[id] != "" && got[id] == "" {
				t.Errorf("%s leaves %s without a key", preset, id)
			}
		}
		if _, out, _ := assay(t, "keys", "--defaults"); !strings.Contains(out, "j down  ") {
			t.Error("--defaults shows the preset")
		}
	}
	t.Setenv("ASSAY_KEYS_PRESET", "emacs")
	if code, _, errs := assay(t, "config", "check"); code != 2 || !strings.Contains(errs, "ASSAY_KEYS_PRESET: expected one of default, vim, arrows") {
		t.Errorf("exit %d: %s", code, errs)
	}
	t.Setenv("ASSAY_KEYS_PRESET", "vim")
	file := filepath.Join(os.Getenv("ASSAY_HOME"), "config", "keys.toml")
	if err := os.WriteFile(file, []byte("\"runs.filter\" = [\"ctrl+f\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := assay(t, "keys"); code != 0 { // a list and its screen are two places
		t.Errorf("exit %d: %s", code, errs)
	}
	if err := os.WriteFile(file, []byte("\"runs.list.mark\" = [\"ctrl+f\"]\npreset = \"vim\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := assay(t, "keys"); code != 2 || !strings.Contains(errs, "runs.list.mark: ctrl+f belongs to runs.list.page-down") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := assay(t, "config", "check"); code != 2 || !strings.Contains(errs, "the preset stands in config.toml: keys.preset") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestPlacesAreNamed(t *testing.T) {
	home(t)
	if code, out, _ := assay(t, "locate"); code != 0 || !strings.Contains(out, filepath.Join(os.Getenv("ASSAY_HOME"), "data", "assay.db")) {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestAliasesStandForCommandLines(t *testing.T) {
	home(t)
	for name, line := range map[string]string{"newest": "run ls --json", "run": "version", "lost": "rn ls", "which": "assay keys"} {
		if code, _, errs := assay(t, "config", "set", "alias."+name, line); code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
	}
	if code, out, errs := assay(t, "which", "--json"); code != 0 || !strings.Contains(out, `"actions":`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := assay(t, "newest", "--filter", "bench:none"); code != 0 || !strings.Contains(out, `"runs":`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, _ := assay(t, "run", "ls"); code != 0 || !strings.Contains(out, "no runs") { // the command comes first
		t.Errorf("exit %d: %s", code, out)
	}
	if code, _, errs := assay(t, "config", "check"); code != 2 || !strings.Contains(errs, "alias.run: run is a command") || !strings.Contains(errs, `alias.lost: no command is called "rn"; did you mean "run"?`) {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, out, _ := assay(t, "config", "show", "--origin"); code != 0 || !strings.Contains(out, "alias.newest") || !strings.Contains(out, "run ls --json") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, out, _ := assay(t, "__complete", "ne"); !strings.Contains(out, "newest\trun ls --json") {
		t.Error(out)
	}
	if _, out, _ := assay(t, "__complete", "newest", "--fil"); !strings.Contains(out, "--filter") {
		t.Error(out)
	}
}
