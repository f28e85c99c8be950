//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "assay-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "bin", "assay")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "..")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	reportBudgets()
	return code
}

// home returns a fresh ASSAY_HOME.
func home(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "home")
}

// environ is the environment of a child: ours without what changes the program.
func environ(home string, extra ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "ASSAY_"), strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "SSH_"),
			name == "TERM", name == "COLORTERM", name == "NO_COLOR", name == "CLICOLOR", name == "FORCE_COLOR", name == "TMUX":
		default:
			env = append(env, kv)
		}
	}
	return append(append(env, "ASSAY_HOME="+home, "LANG=C.UTF-8", "TZ=UTC"), extra...)
}

// result is how a command ended.
type result struct {
	args           []string
	code           int
	stdout, stderr string
	took           time.Duration
}

// assay runs one command to its end, without a terminal and without input.
func assay(t *testing.T, home string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = t.TempDir() // what a command writes beside itself goes with the test
	cmd.Env = environ(home)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	r := result{args: args, stdout: out.String(), stderr: errs.String(), took: time.Since(start)}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.code = exit.ExitCode()
	case err != nil:
		t.Fatalf("assay %s: %v", strings.Join(args, " "), err)
	}
	return r
}

// must runs a command that should end with exit code 0.
func must(t *testing.T, home string, args ...string) result {
	t.Helper()
	r := assay(t, home, args...)
	if r.code != 0 {
		t.Fatalf("assay %s: exit code %d, want 0\nstdout: %s\nstderr: %s", strings.Join(args, " "), r.code, cut(r.stdout), cut(r.stderr))
	}
	return r
}

// document reads what a command printed with --json.
func (r result) document(t *testing.T) any {
	t.Helper()
	doc, err := decode(r.stdout)
	if err != nil {
		t.Fatalf("assay %s: %v\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), err, cut(r.stdout), cut(r.stderr))
	}
	return doc
}

// decode reads one JSON document and nothing after it; numbers keep their digits.
func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("not a JSON document: %w", err)
	}
	if d.More() {
		return nil, errors.New("more than one JSON document")
	}
	return doc, nil
}

// cut keeps a message readable.
func cut(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "..."
	}
	return s
}

// within polls until a condition holds, and fails the test when it does not in time.
func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// state asks the binary how a run stands.
func state(t *testing.T, home, id string) string {
	t.Helper()
	s, err := lookup(must(t, home, "run", "show", id, "--json").document(t), "state")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(s)
}
