package gorgonia

import (
	"context"
	"os"
	"runtime/debug"

	"assay/core/fuzz"
	"assay/core/run"
)

// WorkerCommand is the hidden command of the binary that serves a Library.
const WorkerCommand = "fuzz-worker"

// Target starts this very binary as the process of the library.
type Target struct{}

// Name is the word of --target.
func (Target) Name() string { return "gorgonia" }

// Command names the binary itself. A panic ends a worker by a signal rather than by
// an exit code, so that it is told apart from one that gave up.
func (Target) Command(context.Context) (fuzz.Command, error) {
	path, err := os.Executable()
	if err != nil {
		return fuzz.Command{}, &run.Error{Code: run.EInternal, Text: "cannot find this binary to start a worker: " + err.Error()}
	}
	return fuzz.Command{Path: path, Args: []string{WorkerCommand, "gorgonia"}, Env: []string{"GOTRACEBACK=crash"}, Key: Version + " " + revision()}, nil
}

// revision identifies the build of the binary.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Sum
}
