package torch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
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
	return fuzz.Command{Path: python, Args: []string{"-u", file}, Env: environment(), Key: key}, nil
}

// environment lets the bare environment of a worker find what this Python finds here:
// its home is another folder, where nothing was installed for one user.
func environment() []string {
	var out []string
	for _, key := range []string{"PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(key); ok {
			out = append(out, key+"="+v)
		}
	}
	user, ok := os.LookupEnv("PYTHONUSERBASE")
	if home, err := os.UserHomeDir(); !ok && err == nil {
		user = filepath.Join(home, ".local")
	}
	return append(out, "PYTHONUSERBASE="+user)
}

// find returns the first Python that has a torch.
func (t Target) find(ctx context.Context) (string, error) {
	if t.Python != "" {
		path, err := exec.LookPath(t.Python)
		if err == nil {
			path, err = filepath.Abs(path) // a worker has a folder of its own
		}
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
	const has, none = "torch is here", "no torch is here"
	cmd := exec.CommandContext(ctx, python, "-c", "import importlib.util; print('"+has+"' if importlib.util.find_spec('torch') else '"+none+"')")
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	switch {
	case err == nil && strings.HasSuffix(text, none):
		return "has no torch"
	case err == nil && strings.HasSuffix(text, has):
		return ""
	}
	lines := strings.Split(text, "\n")
	words := lines[max(0, len(lines)-2):]
	if err != nil {
		words = append(words, err.Error())
	}
	return strings.TrimSuffix("is no Python 3 that works: "+short(strings.Trim(strings.Join(words, " | "), " |"), 300), ": ")
}
