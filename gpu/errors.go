package gpu

import (
	"errors"
	"strings"
)

// Reasons of an Error, to be tested with errors.Is.
var (
	ErrShape       = errors.New("shapes do not fit")
	ErrDType       = errors.New("element type does not fit")
	ErrAlias       = errors.New("tensors overlap")
	ErrRange       = errors.New("value out of range")
	ErrUnsupported = errors.New("not supported")
	ErrNoDriver    = errors.New("no driver")
	ErrNoDevice    = errors.New("no device")
	ErrOOM         = errors.New("out of memory")
	ErrClosed      = errors.New("device is closed")
	ErrCanceled    = errors.New("canceled")
)

// Error says which argument of which operation was refused, and why. Empty
// fields do not apply.
type Error struct {
	Op       string // operation or function, such as "MatMul"
	Arg      string // argument, such as "dst"
	Expected string // what would have been accepted
	Got      string // what was given
	Hint     string // what to do next
	Err      error  // one of the Err values of this package
}

// Error returns one line: operation, argument, reason, expected, got, hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("gpu: ")
	b.WriteString(e.Op)
	if e.Arg != "" {
		b.WriteString(": ")
		b.WriteString(e.Arg)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	if e.Expected != "" {
		b.WriteString(": expected ")
		b.WriteString(e.Expected)
	}
	if e.Got != "" {
		b.WriteString(", got ")
		b.WriteString(e.Got)
	}
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }
