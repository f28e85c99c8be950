package worker

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"assay/core/config"
	"assay/core/run"

	"golang.org/x/sys/unix"
)

// MinMemory is the least limit that a worker takes. A worker of the built-in
// model needs some 80 MB; the heap grows in steps of 64 MiB of address space, and each
// thread takes 8 MiB of it for its stack.
const MinMemory = 256 << 20

// checkMemory returns an *run.Error of code E-USAGE for a limit that no worker
// could live with; 0 stands for none.
func checkMemory(bytes int64) error {
	if bytes == 0 || bytes >= MinMemory {
		return nil
	}
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--memory %s is too little for a worker", config.Bytes(bytes)),
		Hint: fmt.Sprintf("give at least %s, or 0 for no limit", config.Bytes(MinMemory))}
}

// limitMemory bounds the address space of this process. The runtime of Go
// reserves well over 1 GiB when it starts and touches little of it: what is
// mapped but not resident by now comes on top of the limit, so that the limit
// is about memory that the run uses. Files that it maps count. So does the
// range that a CUDA driver reserves for all memory it may ever reach, hundreds
// of GiB: such a limit is for runs on the CPU.
func limitMemory(bytes int64) error {
	size, resident, err := addressSpace()
	if err != nil {
		return err
	}
	most := uint64(bytes) + size - resident
	lim := unix.Rlimit{Cur: most, Max: most}
	if err := unix.Setrlimit(unix.RLIMIT_AS, &lim); err != nil {
		return fmt.Errorf("limit the address space to %d bytes: %w", most, err)
	}
	// The collector works harder before the limit is met: an eighth is left to
	// C, to stacks and to pages that are free but not given back.
	debug.SetMemoryLimit(bytes - bytes/8)
	return nil
}

// addressSpace returns how many bytes this process has mapped, and how many of
// them are resident.
func addressSpace() (size, resident uint64, err error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0, 0, fmt.Errorf("/proc/self/statm: %w", err)
	}
	page := uint64(os.Getpagesize())
	return size * page, resident * page, nil
}

// outOfMemory is the error of a run that met its limit, or the machine's where
// limit is 0. What is the cause in the words of who met it.
func outOfMemory(limit int64, what string) *run.Error {
	e := &run.Error{Code: run.EMemory, Text: "the worker ran out of memory", Hint: "give it a smaller model or input, or free some memory, then resume the run"}
	if limit > 0 {
		e.Text = fmt.Sprintf("the worker needed more memory than its limit of %s (--memory)", config.Bytes(limit))
		e.Hint = "resume the run with a larger --memory"
	}
	e.Text += ": " + what
	return e
}

// memoryError makes an error of the system about memory one of code E-MEMORY,
// and leaves any other as it is.
func memoryError(limit int64, err error) error {
	if err != nil && errors.Is(err, unix.ENOMEM) {
		return outOfMemory(limit, err.Error())
	}
	return err
}
