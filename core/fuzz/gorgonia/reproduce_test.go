package gorgonia_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/fuzz"
	"assay/core/fuzz/gorgonia"
	"assay/core/run"
)

// outcome writes the module of a finding, builds it with nothing but the Go command,
// and runs it.
func outcome(t *testing.T, f fuzz.FindingDoc) (code int, out string) {
	t.Helper()
	r, err := gorgonia.Target{}.Reproduce(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range r.Files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "assay/") {
			t.Errorf("%s imports something of ours", name)
		}
	}
	run := func(argv []string) (int, string) {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), append(r.Env, "GOPROXY=off")...)
		text, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(text)
	}
	if code, text := run(r.Build); code != 0 {
		t.Fatalf("build: %s", text)
	}
	return run(r.Run)
}

func found(c fuzz.Case, category string, wrong fuzz.Wrong, stage string) fuzz.FindingDoc {
	return fuzz.FindingDoc{Finding: run.Finding{ID: "0123", Title: "a title", Category: category, Signature: "sig"}, API: c.API, Wrong: wrong, Stage: stage, Case: &c}
}

func TestReproducersNeedNothingButGo(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	all := apis(t, gorgonia.NewLibrary(), "")
	for _, tc := range []struct {
		name string
		f    fuzz.FindingDoc
		code int
		last string
	}{
		{"wrong rule", found(all["gorgonia.Log2"].Seeds[0], fuzz.GradRevND, fuzz.WrongReverse, "rev"), 3, "reproduced"},
		{"right rule", found(all["gorgonia.Sin"].Seeds[0], fuzz.GradRevND, fuzz.WrongBoth, "rev"), 0, "no difference"},
		{"error", found(all["gorgonia.Concat"].Seeds[2], fuzz.Status, fuzz.WrongForward, "fwd"), 3, "reproduced"},
		{"panic", found(all["gorgonia.BatchNorm"].Seeds[0], fuzz.Crash, fuzz.WrongForward, "fwd"), -1, ""},
	} {
		code, out := outcome(t, tc.f)
		if code != tc.code || tc.last != "" && !strings.HasSuffix(strings.TrimSpace(out), tc.last) {
			t.Errorf("%s: exit %d\n%s", tc.name, code, out)
		}
	}
}

// Every argument of every seed has a spelling in Go.
func TestEverySeedHasAProgram(t *testing.T) {
	for name, a := range apis(t, gorgonia.NewLibrary(), "") {
		for i, c := range a.Seeds {
			if _, err := (gorgonia.Target{}).Reproduce(found(c, fuzz.GradRevND, fuzz.WrongReverse, "rev")); err != nil {
				t.Errorf("%s, seed %d: %v", name, i, err)
			}
		}
	}
}
