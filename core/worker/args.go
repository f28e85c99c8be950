package worker

import (
	"flag"
	"fmt"
	"io"
	"time"

	"assay/core/run"
)

// The descriptors that a worker inherits, and what a command writes to detach.
const (
	lockFD     = 3
	pipeFD     = 4
	detachByte = 'd'
)

// workerArgs are the arguments behind `worker`: what is not in the row of the run.
type workerArgs struct {
	warm  bool
	pipe  bool
	stall time.Duration // 0 means the kind's own

	memory int64 // bytes; 0 means no limit
}

func (a workerArgs) list(id run.ID) []string {
	return []string{fmt.Sprintf("--warm=%t", a.warm), fmt.Sprintf("--pipe=%t", a.pipe), fmt.Sprintf("--stall=%s", a.stall), fmt.Sprintf("--memory=%d", a.memory), string(id)}
}

func parseArgs(args []string) (run.ID, workerArgs, error) {
	var a workerArgs
	f := flag.NewFlagSet("worker", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&a.warm, "warm", false, "")
	f.BoolVar(&a.pipe, "pipe", false, "")
	f.DurationVar(&a.stall, "stall", 0, "")
	f.Int64Var(&a.memory, "memory", 0, "")
	if err := f.Parse(args); err != nil {
		return "", a, err
	}
	if f.NArg() != 1 || !run.ID(f.Arg(0)).Valid() {
		return "", a, fmt.Errorf("expected the ID of a run, got %q", f.Args())
	}
	return run.ID(f.Arg(0)), a, nil
}
