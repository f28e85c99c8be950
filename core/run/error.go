package run

import (
	"errors"
	"strings"
	"syscall"
)

// Code is the machine-readable name of an error that a person may meet.
type Code string

// The codes. docs/reference/errors.md lists each with what to do.
const (
	EUsage      Code = "E-USAGE"       // wrong flags or parameters
	EConfig     Code = "E-CONFIG"      // a settings or key bindings file is wrong
	EInput      Code = "E-INPUT"       // a file or prompt from outside is wrong
	EModel      Code = "E-MODEL"       // a model folder cannot be loaded
	ENoModel    Code = "E-NO-MODEL"    // a model folder is not there
	ENoDevice   Code = "E-NO-DEVICE"   // the device that was asked for is not there
	ENoTarget   Code = "E-NO-TARGET"   // the library under test is not there, or cannot be loaded
	ENoRun      Code = "E-NO-RUN"      // no such run, or nothing stored under that name
	EState      Code = "E-STATE"       // the run is not in a state for this
	EDiverged   Code = "E-DIVERGED"    // a training whose loss stopped being a number
	EGate       Code = "E-GATE"        // the correctness gate of a model failed
	EDBNewer    Code = "E-DB-NEWER"    // the database was written by a newer version
	EDB         Code = "E-DB"          // the database cannot be opened, read or written
	EDiskFull   Code = "E-DISK-FULL"   // no space left, or a read-only place
	EWorkerDied Code = "E-WORKER-DIED" // the worker ended without a word
	EStalled    Code = "E-STALLED"     // the worker reported no progress for too long
	EMemory     Code = "E-MEMORY"      // the worker needed more memory than it may have
	ECancelled  Code = "E-CANCELLED"   // somebody asked the run to end
	ETimeout    Code = "E-TIMEOUT"     // the time of --timeout was over
	EInternal   Code = "E-INTERNAL"    // a fault of ours
)

// Exit codes of every command.
const (
	ExitDone      = 0   // done, nothing found
	ExitError     = 1   // an error
	ExitUsage     = 2   // wrong usage or invalid parameters
	ExitFound     = 3   // done, and something was found: findings, a failed gate, a replay that differs
	ExitMissing   = 4   // a needed resource is missing
	ExitCancelled = 5   // cancelled, stopped or lost
	ExitTimeout   = 124 // the time of --timeout was over, as timeout(1) says it
)

// ExitText is an exit code with what it means.
type ExitText struct {
	Code int
	Text string
}

// Exits lists the exit codes of every command.
func Exits() []ExitText {
	return []ExitText{
		{ExitDone, "done, and nothing was found"},
		{ExitError, "an error"},
		{ExitUsage, "wrong usage, invalid parameters or settings"},
		{ExitFound, "done, and something was found: findings, a gate that failed, a replay that differs"},
		{ExitMissing, "a needed resource is missing"},
		{ExitCancelled, "cancelled, stopped or lost"},
		{ExitTimeout, "the time of --timeout was over"},
	}
}

// Exit returns the exit code that a command ends with for the code.
func (c Code) Exit() int {
	switch c {
	case EUsage, EConfig:
		return ExitUsage
	case ENoModel, ENoDevice, ENoTarget, EDBNewer:
		return ExitMissing
	case EGate:
		return ExitFound
	case ETimeout:
		return ExitTimeout
	case ECancelled, EWorkerDied, EStalled:
		return ExitCancelled
	}
	return ExitError
}

// Error is an error at a border: the command line, a toast, a worker's socket,
// the row of a failed run. Text is one sentence in the user's words; Hint says
// what to do next and may be empty; Err is the cause and may be nil.
type Error struct {
	Code Code   `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
	Err  error  `json:"-"`
}

// Error returns the one line that a person reads: text, cause, hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Text)
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrLocked is the cause of an error where another program has held the storage
// for longer than a writer waits.
var ErrLocked = errors.New("another program holds the database")

// Passing reports whether what err is about may pass by itself: no room, or a
// storage that is locked. Then nothing is lost by waiting.
func Passing(err error) bool { return NoSpace(err) || errors.Is(err, ErrLocked) }

// NoSpace reports whether err says that a disk, a quota or a file has no room
// left: what somebody may make, unlike a place that cannot be written at all.
func NoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// CodeOf returns the code of the first *Error in err's chain, EInternal for any
// other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return EInternal
}
