package harness

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"assay/core/fuzz"

	"golang.org/x/sys/unix"
)

// Output is what came of running a reproducer.
type Output struct {
	Code     int
	Signal   string
	TimedOut bool
	Missing  string // the program that is not there, "" where all are
	Text     string // standard output and error, the last 64 KiB
}

// Last returns the last line.
func (o Output) Last() string {
	lines := strings.Split(strings.TrimSpace(o.Text), "\n")
	return lines[len(lines)-1]
}

// Repeat builds and runs a reproducer in the folder of its files, in a process group
// of its own with bounded memory and time. A failure to build is an Output of the
// compiler's; the error is that of the context.
func Repeat(ctx context.Context, dir string, r fuzz.Reproducer) (Output, error) {
	limit := r.Timeout
	if limit == 0 {
		limit = 2 * time.Minute
	}
	if len(r.Build) > 0 {
		out, err := once(ctx, dir, r.Build, r.Env, 10*time.Minute)
		if err != nil || out.Code != 0 || out.Signal != "" || out.Missing != "" {
			if out.Code == 0 || out.Code == 3 {
				out.Code = 1
			}
			return out, err
		}
	}
	return once(ctx, dir, r.Run, r.Env, limit)
}

func once(ctx context.Context, dir string, argv, env []string, limit time.Duration) (Output, error) {
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(timed, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	o := Output{Text: text.String()}
	o.Text = o.Text[max(0, len(o.Text)-tailBytes):]
	if ctx.Err() != nil {
		return o, context.Cause(ctx)
	}
	var exit *exec.ExitError
	switch {
	case timed.Err() != nil:
		o.TimedOut, o.Code = true, -1
	case errors.As(err, &exit):
		o.Code = exit.ExitCode()
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			o.Signal = unix.SignalName(ws.Signal())
		}
	case err != nil:
		o.Code, o.Missing = -1, err.Error()
	}
	return o, nil
}
