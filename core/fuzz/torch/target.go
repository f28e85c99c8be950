package torch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"assay/core/fuzz"
	"assay/core/run"
)

const install = "apt-get install python3-torch installs it for /usr/bin/python3, pip install torch for another; --python PATH chooses"

// Target is PyTorch under one Python.
type Target struct {
	Python string // path; "" tries python3 of PATH, then /usr/bin/python3
	Cache  string // folder for the worker's file
}

// Name implements fuzz.Target.
func (Target) Name() string { return "torch" }

// Command implements fuzz.Target.
func (t Target) Command(ctx context.Context) (fuzz.Command, error) {
	python, err := t.find(ctx)
	if err != nil {
		return fuzz.Command{}, err
	}
	text, err := program()
	if err != nil {
		return fuzz.Command{}, err
	}
	sum := sha256.Sum256([]byte(text))
	key := hex.EncodeToString(sum[:8])
	file := filepath.Join(t.Cache, "fuzz-torch-"+key+".py")
	if err := place(file, text); err != nil {
		return fuzz.Command{}, err
	}
	return fuzz.Command{Path: python, Args: []string{"-u", file}, Key: key}, nil
}

// find returns the first Python that has a torch.
func (t Target) find(ctx context.Context) (string, error) {
	if t.Python != "" {
		path, err := exec.LookPath(t.Python)
		if err != nil {
			return "", &run.Error{Code: run.ENoTarget, Text: "no Python at " + t.Python, Hint: install}
		}
		if why := lacks(ctx, path); why != "" {
			return "", &run.Error{Code: run.ENoTarget, Text: path + " " + why, Hint: install}
		}
		return path, nil
	}
	tried := []string{}
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if lacks(ctx, path) == "" {
			return path, nil
		}
		tried = append(tried, path)
	}
	if len(tried) == 0 {
		return "", &run.Error{Code: run.ENoTarget, Text: "no python3 on this machine", Hint: install}
	}
	return "", &run.Error{Code: run.ENoTarget, Text: "no torch in " + strings.Join(tried, " or "), Hint: install}
}

// lacks says why a Python cannot be a target, "" where it can: it looks for the
// package without importing it, which takes seconds.
func lacks(ctx context.Context, python string) string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-c", "import importlib.util,sys; sys.exit(0 if importlib.util.find_spec('torch') else 42)")
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 42 {
		return "has no torch"
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return "is no Python 3 that works: " + strings.Join(append(lines[max(0, len(lines)-2):], err.Error()), " | ")
}
