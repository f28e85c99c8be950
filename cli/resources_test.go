package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestResourcesThatAreNotThereAreNoProblem(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("gcc", "echo gcc 12.2; echo more")
	write("python3", "exit 1")
	got := map[string]diagnosis{}
	for _, d := range examineResources(t.Context()) {
		got[d.Area] = d
		if d.Status == "problem" || d.Status == "note" && (d.Next == "" || d.Text == "") {
			t.Errorf("%+v", d)
		}
	}
	if d := got["c compiler"]; d.Status != "ok" || d.Text != "gcc 12.2 ("+filepath.Join(dir, "gcc")+")" {
		t.Errorf("%+v", d)
	}
	if d := got["go toolchain"]; d.Status != "note" || !strings.Contains(d.Text, "go is not there") {
		t.Errorf("%+v", d)
	}
}
