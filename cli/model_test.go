package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModelsAreListedAndChecked(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	folder := t.TempDir()
	broken := filepath.Join(folder, "broken")
	if err := os.MkdirAll(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "config.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, "model", "ls", folder, "--json")
	var doc modelsDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 {
		t.Fatalf("exit %d: %v, %s", code, err, errs)
	}
	if m := doc.Models; len(m) != 2 || m[0].Parameters != 6951168 || m[0].Fault != "" || m[1].Path != broken || !strings.Contains(m[1].Fault, "config.json") {
		t.Errorf("listed %+v", m)
	}
	if code, out, errs := call(t, "model", "check"); code != 0 || !strings.Contains(out, "nothing wrong") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, "model", "check", broken); code != 1 || !strings.Contains(errs, "E-MODEL") {
		t.Errorf("exit %d: %s", code, errs)
	}
	for _, command := range []string{"ls", "check"} {
		if code, _, errs := call(t, "model", command, filepath.Join(folder, "absent")); code != 4 || !strings.Contains(errs, "E-NO-MODEL") {
			t.Errorf("%s: exit %d: %s", command, code, errs)
		}
	}
}
