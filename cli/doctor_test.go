package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatTmuxTakesAwayIsNamed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	script := "#!/bin/sh\ncase $3 in set-clipboard) echo off;; escape-time) echo 500;; focus-events) echo on;; allow-passthrough) echo off;; \"#{client_termfeatures}\") echo clipboard:title;; esac\n"
	if err := os.WriteFile(filepath.Join(dir, "tmux"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	inside := func(key string) string { return map[string]string{"TMUX": "/tmp/tmux-0/default,1,0"}[key] }
	var got []string
	for _, d := range examineTmux(t.Context(), inside) {
		got = append(got, d.Status+" "+d.Text)
	}
	if s := strings.Join(got, "; "); s != "note set-clipboard is off; note escape-time is 500; note allow-passthrough is off; note terminal-features is clipboard:title" {
		t.Error(s)
	}
	if list := examineTmux(t.Context(), func(string) string { return "" }); list != nil {
		t.Errorf("no tmux, and %+v", list)
	}
}

func TestTheDoctorLooksAtOnePart(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	if code, out, errs := call(t, "doctor", "term"); code != 0 || !strings.Contains(out, "settings") || strings.Contains(out, "kv gate") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, "doctor", "lungs"); code != 2 || !strings.Contains(errs, "E-USAGE") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
