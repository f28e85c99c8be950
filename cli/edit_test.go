package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// A file that is wrong is opened again, until it is right or the person gives up.
func TestEditOpensAgainWhatIsWrong(t *testing.T) {
	const clever = `if grep -q purple "$1"; then printf '[ui]\nmouse = "off"\nmuse = 1\n' >"$1"; else printf '[ui]\nmouse = "purple"\n' >"$1"; fi`
	for _, c := range []struct {
		name, typed string
		code        int
		value, said string
	}{
		{"again", "\n", 0, `mouse = "off"`, `did you mean "ui.mouse"?`},
		{"left", "q\n", 2, `mouse = "purple"`, "config.toml:2:1: ui.mouse: expected one of auto, on, off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			editor := filepath.Join(home, "editor")
			if err := os.WriteFile(editor, []byte("#!/bin/sh\ntouch \"$1\"\n"+clever+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("ASSAY_HOME", filepath.Join(home, "assay"))
			t.Setenv("VISUAL", editor)
			person, terminal, err := pty.Open()
			if err != nil {
				t.Skipf("no pseudo terminal: %v", err)
			}
			defer person.Close()
			defer terminal.Close()
			if _, err := person.WriteString(c.typed); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			if code := Main([]string{"assay", "config", "edit"}, terminal, &out, &errs); code != c.code {
				t.Errorf("exit %d: %s", code, errs.String())
			}
			set, err := openSettings()
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(set.paths.File())
			if err != nil || !strings.Contains(string(data), c.value) {
				t.Errorf("the file holds %s, %v", data, err)
			}
			if !strings.Contains(errs.String(), c.said) {
				t.Errorf("said %s", errs.String())
			}
		})
	}
}
