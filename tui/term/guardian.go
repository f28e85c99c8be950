package term

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Reset brings any terminal back to a sane state: it ends a sequence that was cut off
// in its middle, leaves the alternate screen, shows the cursor, and ends colours,
// mouse, focus and paste reports, synchronised output, keyboard protocols, colour
// scheme reports and the progress mark.
const Reset = "\x18\x1b[?1049l\x1b[?25h\x1b[0m\x1b[0 q" +
	"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[?2031l" +
	"\x1b[<u\x1b[>4;0m\x1b]9;4;0\x1b\\"

// guardKey holds the process id of the guardian in the environment of the screen.
const guardKey = "ASSAY_GUARDIAN"

// Guarded reports whether the parent of this process is its guardian.
func Guarded() bool {
	return os.Getenv(guardKey) == strconv.Itoa(os.Getppid())
}

// Guard runs this program again with the same streams and arguments as the screen, in the same
// process group, and waits for it. Where the screen leaves the terminal in another
// mode than it found it in, because it was killed or broke down, Guard restores the
// mode, writes Reset to out, throws away what the terminal or a person has still to
// say to the screen, and says that runs go on and which log holds its last words. It
// returns the exit code of the screen, 128 and the signal where one ended it.
//
// Job control needs nothing: a stop reaches the whole group. If the guardian itself
// is killed the screen gets a SIGHUP and leaves by itself.
func Guard(in, out, errs *os.File, log string) (int, error) {
	before, err := unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS)
	if err != nil {
		return 0, fmt.Errorf("mode of the terminal: %w", err)
	}
	runtime.LockOSThread() // the death signal of a child is bound to the thread that started it
	defer runtime.UnlockOSThread()
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	screen := exec.Command(self, os.Args[1:]...)
	screen.Stdin, screen.Stdout, screen.Stderr = in, out, errs
	screen.Env = append(os.Environ(), guardKey+"="+strconv.Itoa(os.Getpid()))
	screen.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGHUP}

	// The keyboard's signals and a hang-up reach the screen on their own, which
	// decides; a signal sent to the guardian alone is passed on.
	signals := make(chan os.Signal, 4) // more than come before the first is passed on
	signal.Notify(signals, unix.SIGINT, unix.SIGQUIT, unix.SIGHUP, unix.SIGTERM)
	defer signal.Stop(signals)
	if err := screen.Start(); err != nil {
		return 0, fmt.Errorf("start the screen: %w", err)
	}
	_ = Shrink() // what follows is waiting; where memory cannot be given back it is kept
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				if s == unix.SIGHUP || s == unix.SIGTERM {
					// It fails only where the screen has ended meanwhile.
					_ = screen.Process.Signal(s)
				}
			case <-done:
				return
			}
		}
	}()
	err = screen.Wait()
	close(done)
	code, cause := verdict(screen.ProcessState)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return code, fmt.Errorf("wait for the screen: %w", err)
	}
	return code, restore(in, out, before, cause, log)
}

// verdict returns the exit code of a process as a shell reports it, and the
// signal that ended it in words.
func verdict(p *os.ProcessState) (code int, cause string) {
	ws, ok := p.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return 128 + int(ws.Signal()), ws.Signal().String()
	}
	return p.ExitCode(), ""
}

// restore puts the terminal back where the screen has not.
func restore(in *os.File, out io.Writer, before *unix.Termios, cause, log string) error {
	after, err := unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS)
	if err != nil {
		return nil // the terminal is gone, and with it what there was to restore
	}
	if *after == *before && cause == "" {
		return nil
	}
	_, _ = io.WriteString(out, Reset) // where it cannot be written, nor can what follows
	drain(in, out, before)
	if err := unix.IoctlSetTermios(int(in.Fd()), unix.TCSETS, before); err != nil {
		return fmt.Errorf("restore the terminal: %w", err)
	}
	if cause == "" {
		cause = "it broke down"
	}
	_, err = fmt.Fprintf(out, "\rassay: the screen has died (%s); the terminal is restored, runs go on: assay run ls\r\nassay: what it said last is in %s\r\n",
		strings.ToLower(cause), log)
	return err
}
