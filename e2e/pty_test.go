//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// pseudo is the program on a pseudo-terminal that counts what it sends.
type pseudo struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	done chan struct{}

	mu    sync.Mutex // guards what follows
	rate  int        // bytes a second that the link takes; 0 for any number
	bytes int
	first time.Time // of the first byte after the last mark
	last  time.Time // of the last byte
	text  []byte
}

// remote makes the program believe that it was started over SSH.
var remote = []string{"SSH_TTY=/dev/pts/9", "SSH_CONNECTION=10.0.0.1 5 10.0.0.2 22"}

// startPseudo starts the program on a terminal that answers no questions.
func startPseudo(t *testing.T, home string, w, h uint16, env []string, args ...string) *pseudo {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(environ(home, "TERM=xterm-256color"), env...)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: h, Cols: w})
	if err != nil {
		t.Fatal(err)
	}
	p := &pseudo{t: t, cmd: cmd, tty: tty, done: make(chan struct{})}
	go p.read()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGHUP) // it may have ended
		_ = tty.Close()
		_ = cmd.Wait()
		<-p.done
	})
	return p
}

func (p *pseudo) read() {
	defer close(p.done)
	buffer := make([]byte, 1<<16)
	for {
		p.mu.Lock()
		rate := p.rate
		p.mu.Unlock()
		window := buffer
		if rate > 0 { // a pipe that is read slowly fills up, and its writer waits
			window = buffer[:rate/64]
			time.Sleep(time.Second / 64)
		}
		n, err := p.tty.Read(window)
		now := time.Now()
		if n > 0 {
			p.mu.Lock()
			if p.first.IsZero() {
				p.first = now
			}
			p.last = now
			p.bytes += n
			p.text = append(p.text, buffer[:n]...)
			p.mu.Unlock()
		}
		if err != nil {
			return // the terminal is closed
		}
	}
}

// throttle makes the link take so many bytes a second from now on.
func (p *pseudo) throttle(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = bytes
}

// mark forgets what was counted.
func (p *pseudo) mark() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes, p.first, p.text = 0, time.Time{}, nil
}

// sent returns the number of bytes since the mark and the bytes themselves.
func (p *pseudo) sent() (int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes, string(p.text)
}

// settle waits until something was sent since the mark and then nothing for a while.
func (p *pseudo) settle(quiet time.Duration) {
	p.t.Helper()
	within(p.t, 20*time.Second, "the screen comes to rest", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.bytes > 0 && time.Since(p.last) >= quiet
	})
}

// escapes are control sequences and what terminals are asked.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?<=>!$"' ]*[@-~]|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.`)

// latencies presses two keys in turn and returns, sorted, how long the first
// byte of the answer took each time.
func (p *pseudo) latencies(keys [2]string) []time.Duration {
	p.t.Helper()
	var delays []time.Duration
	for i := range 60 {
		p.mark()
		sent := time.Now()
		if _, err := p.tty.WriteString(keys[i%2]); err != nil {
			p.t.Fatal(err)
		}
		p.settle(50 * time.Millisecond)
		p.mu.Lock()
		delays = append(delays, p.first.Sub(sent).Round(100*time.Microsecond))
		p.mu.Unlock()
	}
	slices.Sort(delays)
	return delays
}

// quit leaves the screen as a person does.
func (p *pseudo) quit() {
	p.t.Helper()
	if _, err := p.tty.WriteString("q"); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("q: %v", err)
	}
}

// memory returns the resident bytes of the largest process of a screen: beside
// the one that draws there may be a small one that guards the terminal.
func memory(t *testing.T, pid int) int64 {
	t.Helper()
	var most int64
	for _, p := range descendants(pid) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
		if err != nil {
			continue // ended in between
		}
		cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p))
		if err != nil || strings.Contains(string(cmdline), "\x00worker\x00") {
			continue
		}
		if m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status); m != nil {
			kb, err := strconv.ParseInt(string(m[1]), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, kb*1024)
		}
	}
	if most == 0 {
		t.Fatal("the screen has no process")
	}
	return most
}

// zombie reports whether a process has ended and waits for its parent.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	rest := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return len(rest) > 0 && rest[0] == "Z"
}
