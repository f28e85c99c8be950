package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"assay/core/run"
)

// Kind is one kind of run that a bench offers. It holds functions only and is
// safe for concurrent use.
type Kind struct {
	Name    string // "kv.blend": bench, dot, verb
	Title   string // "Blend KV caches": for forms and help
	Summary string // one sentence: what a run of this kind finds out
	Schema  Schema

	// Interactive kinds take the interactive slot instead of a job slot, so that
	// a long campaign never blocks a person.
	Interactive bool

	// Stall is how long a run may go without a call to its recorder before it is
	// ended with E-STALLED; 0 means 120 s.
	Stall time.Duration

	// Resolve brings in what lies outside before a run is recorded: it makes
	// paths absolute and reads small input files into parameters, so that the
	// record repeats the run alone. Nil means nothing to do.
	Resolve func(p Params) (Params, error)

	// New checks params (complete and of the right types, see Schema.Complete)
	// without touching files or devices.
	New func(p Params) (Job, error)

	// Document returns what the command prints with --json, without run_id, made
	// of the stored rows of the run, finished or not. It marshals to a JSON object.
	Document func(ctx context.Context, r run.Reader, id run.ID) (any, error)

	// Found reports whether a finished run ends the command with exit code 3. Nil means never.
	Found func(ctx context.Context, r run.Reader, id run.ID) (bool, error)
}

// Bench returns the bench part of the kind's name: "kv" of "kv.blend".
func (k Kind) Bench() string {
	for i := range k.Name {
		if k.Name[i] == '.' {
			return k.Name[:i]
		}
	}
	return k.Name
}

// Job is one run in the making. The worker calls its methods one after the
// other from one goroutine; see the package comment for the order.
type Job interface {
	Prepare(ctx context.Context, env Env) error
	Run(ctx context.Context, env Env) error
	Close() error
}

// Interactive is a job that goes on answering while its engine is warm. Request
// is called from one goroutine, only between runs. It returns the job and the
// parameters of a child run; the worker records the child and calls its Run,
// without Prepare and Close: the child borrows the engine of its parent.
type Interactive interface {
	Job
	Request(do string, args json.RawMessage) (child Job, params Params, err error)
}

// Env is what a job is given to work with.
type Env struct {
	ID       run.ID
	Recorder run.Recorder
	Reader   run.Reader // the same storage; holds what earlier attempts of this run committed
	CacheDir string     // for caches keyed by content, shared by all runs; may be emptied at any time
	FilesDir string     // folder of the run's own files, which stay when it ends; the job makes it
	Log      *slog.Logger
}

// Registry is the list of all kinds of a build, in the order of the menus.
type Registry []Kind

// Find returns the kind of a name.
func (r Registry) Find(name string) (Kind, error) {
	for _, k := range r {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("unknown kind of run %q", name), Hint: "this build may be older than the run"}
}
