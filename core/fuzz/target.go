package fuzz

import (
	"context"
	"time"
)

// Target is a library under test: how to start its workers and how to write
// reproducers in its language. Implementations hold no process.
type Target interface {
	// Name is the word of --target: "torch", "gorgonia".
	Name() string
	// Command says how to start a worker process. An absent library is a *run.Error
	// of code E-NO-TARGET that names the command which installs it.
	Command(ctx context.Context) (Command, error)
	// Reproduce writes a program in the language of the library, without an import
	// of ours, that shows the finding.
	Reproduce(f FindingDoc) (Reproducer, error)
}

// Command starts a process. Env is added to the bare environment of the harness.
type Command struct {
	Path string
	Args []string // without the name of the program
	Env  []string // KEY=VALUE
	Key  string   // identifies the worker's program, for caches: a hash of its text or of the binary
}

// Reproducer is a program of one file or a folder. Entry is the file that
// people run or read first; Build and Run are commands in the folder of the
// files, each without a shell: Build may be nil. Run exits with 3 and the last line
// "reproduced" where the difference shows, with 0 where it does not.
type Reproducer struct {
	Files   map[string][]byte // relative path to text
	Entry   string
	Folder  bool // the finding names the folder, not Entry
	Build   []string
	Run     []string
	Env     []string // added to the environment of both
	Timeout time.Duration
}
