package term

import (
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// Divert points file descriptor 2 to a file until restore is called, so that
// nothing that the runtime or a C library prints lands on the screen; fatal errors
// of the runtime go there too. The file is made with mode 0600 and appended to.
func Divert(path string) (restore func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("divert error output: %w", err)
	}
	saved, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("divert error output: %w", err)
	}
	if err := unix.Dup3(int(f.Fd()), 2, 0); err != nil {
		unix.Close(saved)
		f.Close()
		return nil, fmt.Errorf("divert error output: %w", err)
	}
	// Best effort: without it a fatal error still goes to descriptor 2, our file.
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
	return func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = unix.Dup3(saved, 2, 0) // nothing is left to do where this fails
		unix.Close(saved)
		f.Close()
	}, nil
}
