package captioner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

// maxOutput bounds what is kept of a command's answer.
const maxOutput = 1 << 20

// Words splits a command into words without a shell. Quotes, single or double,
// hold a word together; a backslash has no meaning.
func Words(text string) ([]string, error) {
	var out []string
	var word strings.Builder
	open, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if open {
				out, open = append(out, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if quote != 0 {
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("command %q: a quote is not closed", text)}
	}
	if open {
		out = append(out, word.String())
	}
	if len(out) == 0 {
		return nil, &run.Error{Code: run.EUsage, Text: "the command of cmd: is empty; expected cmd:COMMAND, for example cmd:./caption.py"}
	}
	return out, nil
}

// Locate makes the paths in a command absolute, so that it can be started from
// elsewhere, and refuses a program that is not there.
func Locate(words []string) ([]string, error) {
	out := append([]string{}, words...)
	path, err := exec.LookPath(words[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("captioner program %q cannot be started: %s", words[0], reason(err)), Hint: "check the path after cmd: and that the file may be executed"}
	}
	if path == "" {
		path = words[0]
	}
	if out[0], err = filepath.Abs(path); err != nil {
		return nil, err
	}
	for i, w := range out[1:] {
		if _, err := os.Stat(w); err == nil && !filepath.IsAbs(w) {
			if abs, err := filepath.Abs(w); err == nil {
				out[i+1] = abs
			}
		}
	}
	return out, nil
}

func reason(err error) string {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// command runs a program for each picture.
type command struct {
	o       *oracle.Oracle
	words   []string
	dir     string // of the pictures
	timeout time.Duration
	many    int
}

// NewCommand asks a program that prints one line for the picture whose path is
// its last argument. Pictures are written to dir, which stays the caller's.
func NewCommand(o *oracle.Oracle, words []string, dir string, timeout time.Duration, parallel int) Captioner {
	return &command{o: o, words: words, dir: dir, timeout: timeout, many: parallel}
}

func (c *command) Fingerprint() string { return "cmd " + digest(c.words) }

// digest names a command by its words and by the content of the files among
// them: a changed script is another captioner.
func digest(words []string) string {
	h := sha256.New()
	for _, w := range words {
		fmt.Fprintf(h, "%q ", w)
		if info, err := os.Stat(w); err == nil && info.Mode().IsRegular() && info.Size() < 64<<20 {
			if data, err := os.ReadFile(w); err == nil {
				h.Write(data)
			}
		}
	}
	return fmt.Sprintf("%s %x", strings.Join(words, " "), h.Sum(nil)[:8])
}

func (c *command) Ask(ctx context.Context, p Picture, _ int) (Answer, error) {
	path, err := write(c.dir, p)
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.words[0], append(append([]string{}, c.words[1:]...), path)...)
	var out, errs bounded
	cmd.Stdout, cmd.Stderr = &out, &errs
	group(cmd)
	err = cmd.Run()
	endGroup(cmd) // what it may have left behind
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		a := failed(caption.FailTimeout, fmt.Sprintf("no answer within %s", c.timeout))
		a.transient = true
		return a, nil
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case err != nil && cmd.ProcessState == nil:
		return Answer{}, &run.Error{Code: run.EInput, Text: fmt.Sprintf("captioner program %q cannot be started", c.words[0]), Err: err}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		a := failed(caption.FailCrash, err.Error()+" "+errs.tail())
		a.transient = true
		return a, nil
	}
	return fit(c.o, strings.TrimRight(out.b.String(), "\r\n")), nil
}

func (c *command) Parallel() int { return c.many }
func (c *command) Close() error  { return nil }

// write puts a picture into a folder under its name.
func write(dir string, p Picture) (string, error) {
	path := filepath.Join(dir, p.ID+".png")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	data, err := p.PNG()
	if err != nil {
		return "", err
	}
	temp := path + ".part" + p.SHA[:8]
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return "", err
	}
	return path, os.Rename(temp, path)
}

// group makes a command the head of a process group that is killed as a whole.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 500 * time.Millisecond // a grandchild may hold the pipes
}

func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly nobody is left
	}
}

// bounded keeps the first bytes that are written to it and swallows the rest.
type bounded struct{ b bytes.Buffer }

func (w *bounded) Write(p []byte) (int, error) {
	if room := maxOutput - w.b.Len(); room > 0 {
		w.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// tail returns the last words of what was written.
func (w *bounded) tail() string {
	text := strings.TrimSpace(w.b.String())
	if at := strings.LastIndexByte(text, '\n'); at >= 0 {
		text = text[at+1:]
	}
	return printable(text, 200)
}
