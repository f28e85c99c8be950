package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/fuzz"
	"assay/core/fuzz/gorgonia"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/torch"
	"assay/core/run"
)

// target returns the library of a word.
func target(name, python, cache string) (fuzz.Target, error) {
	switch name {
	case "gorgonia":
		return gorgonia.Target{}, nil
	case "torch":
		return torch.Target{Python: python, Cache: cache}, nil
	}
	return nil, usage("unknown target %q; known are %s", name, strings.Join(Targets(), ", "))
}

// resolve makes a Python that is given by a path one from everywhere: a run's process
// works in another folder. A bare name is left to PATH.
func resolve(p bench.Params) (bench.Params, error) {
	python := p.String("python")
	if !strings.ContainsRune(python, filepath.Separator) {
		return p, nil
	}
	path, err := filepath.Abs(python)
	if err != nil {
		return nil, usage("--python %s: %v", python, err)
	}
	p = maps.Clone(p)
	p["python"] = path
	return p, nil
}

// limits are the bounds of target processes.
func limits(p bench.Params) harness.Limits {
	return harness.Limits{Memory: int64(p.Int("target_memory")) << 20, Test: time.Duration(p.Float("test_timeout") * float64(time.Second))}
}

// workers is how many target processes a campaign has.
func workers(p bench.Params) int {
	if n := p.Int("workers"); n > 0 {
		return n
	}
	return runtime.NumCPU()
}

// settings are what the oracle compares with, for a library that speaks of its modes.
func settings(variant string, eps float64, order int, caps []string) oracle.Settings {
	s := oracle.Settings{Variant: oracle.Variant(variant), Eps: eps, Order: order, Reverse: "reverse", Forward: "forward"}
	if s.Eps == 0 {
		s.Eps = 1e-6 // gradcheck's
	}
	for _, c := range caps {
		if w, ok := strings.CutPrefix(c, "rev="); ok {
			s.Reverse = w
		}
		if w, ok := strings.CutPrefix(c, "fwd="); ok {
			s.Forward = w
		}
	}
	return s
}

// list enumerates the APIs of a library, from the cache where the same worker has
// listed the same version before.
func list(ctx context.Context, t fuzz.Target, p *harness.Process, cache string) ([]fuzz.API, error) {
	command, err := t.Command(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{p.Hello.Lib, p.Hello.Version, p.Hello.Build, command.Path, command.Key}, "\n")))
	file := filepath.Join(cache, "fuzz-apis-"+hex.EncodeToString(sum[:8])+".json")
	var apis []fuzz.API
	if data, err := os.ReadFile(file); err == nil && json.Unmarshal(data, &apis) == nil && len(apis) > 0 {
		return apis, nil
	}
	if apis, err = p.Enum(ctx, ""); err != nil {
		return nil, &run.Error{Code: run.ENoTarget, Text: t.Name() + " does not list its APIs", Err: err}
	}
	// A cache that cannot be written costs time at the next start and nothing else.
	if data, err := json.Marshal(apis); err == nil && os.MkdirAll(cache, 0o755) == nil {
		if f, err := os.CreateTemp(cache, "fuzz-apis-*"); err == nil {
			_, err = f.Write(data)
			if e := f.Close(); err != nil || e != nil || os.Rename(f.Name(), file) != nil {
				os.Remove(f.Name())
			}
		}
	}
	return apis, nil
}
