//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// screenKills is how often the screen is killed; -short kills it a few times only.
func screenKills() int {
	if testing.Short() {
		return 6
	}
	return 200
}

// TestKilledScreensLeaveTheTerminalAsItWas kills the screen at random moments, from
// its first milliseconds on, while keys are pressed. Each time the guardian must give
// the terminal back: the same termios, none of the modes on that the screen has
// switched, the cursor visible, nothing to read of what was typed or answered for the
// screen, and in one line why.
func TestKilledScreensLeaveTheTerminalAsItWas(t *testing.T) {
	place, _ := demoHome(t)
	random := rand.New(rand.NewPCG(200, 9))
	drawn := 0
	for i := range screenKills() {
		delay := time.Duration(random.Int64N(int64(900 * time.Millisecond)))
		got := killScreen(t, place, delay, random)
		if got.before != got.after {
			t.Errorf("kill %d after %v: termios %+v\nbefore it was %+v", i, delay, got.after, got.before)
		}
		if on := modesLeft(got.text); len(on) > 0 {
			t.Errorf("kill %d after %v: still on: %v\nthe end of the output: %q", i, delay, on, tail(got.text, 400))
		}
		if got.unread != "" {
			t.Errorf("kill %d after %v: the shell would read %q, which was said to the screen", i, delay, got.unread)
		}
		if got.code != 128+int(syscall.SIGKILL) {
			t.Errorf("kill %d after %v: exit code %d, want %d", i, delay, got.code, 128+int(syscall.SIGKILL))
		}
		if !strings.Contains(got.text, "the screen has died (killed)") {
			t.Errorf("kill %d after %v: not a word of it: %q", i, delay, tail(got.text, 400))
		}
		if strings.Contains(got.text, "\x1b[?1049h") {
			drawn++
		}
	}
	t.Logf("%d kills, %d of a screen that had taken the terminal", screenKills(), drawn)
	if drawn < screenKills()/2 {
		t.Errorf("only %d of %d kills met a screen that had taken the terminal: they come too early", drawn, screenKills())
	}
}

// left is what a killed screen has left behind.
type left struct {
	before, after unix.Termios
	text          string // all that was sent to the terminal
	unread        string // what the shell would read next
	code          int    // exit code of the guardian
}

// killScreen starts the program on a terminal, presses keys for a while, and kills
// the process that draws.
func killScreen(t *testing.T, home string, delay time.Duration, random *rand.Rand) left {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	// No terminal starts like this: what is restored must be what was found.
	found := termios(t, int(slave.Fd()))
	found.Cc[unix.VERASE], found.Cc[unix.VINTR] = 0x15, 0x1c
	found.Lflag &^= unix.ECHOK
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, &found); err != nil {
		t.Fatal(err)
	}
	out := left{before: termios(t, int(slave.Fd()))}

	cmd := exec.Command(program)
	cmd.Env = environ(home, "TERM=xterm-256color")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	said := make(chan struct{}) // closed when the last answers to the screen are on their way
	var reading sync.WaitGroup
	reading.Go(func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := master.Read(buffer)
			text.Write(buffer[:n])
			if err != nil {
				return // both ends are closed
			}
			if bytes.Contains(buffer[:n], []byte("\x1b[5n")) {
				<-said // a terminal answers in order
				if _, err := master.WriteString("\x1b[0n"); err != nil {
					return
				}
			}
		}
	})

	var screen int
	within(t, 20*time.Second, "the guardian starts the screen", func() bool {
		for _, pid := range descendants(cmd.Process.Pid)[1:] { // the first child only tries what the kernel can do
			if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && bytes.Contains(env, []byte("ASSAY_GUARDIAN=")) {
				screen = pid
			}
		}
		return screen != 0
	})
	for end := time.Now().Add(delay); time.Now().Before(end); time.Sleep(min(30*time.Millisecond, time.Until(end))) {
		key := []string{"j", "k", "G", "g", "2", "1", "?", "\x1b", "\t", "/", "T"}[random.IntN(11)]
		if _, err := master.WriteString(key); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Kill(screen, syscall.SIGKILL); err != nil {
		t.Fatalf("the screen has ended by itself: %v", err)
	}
	// A slow link still brings what the screen has asked for, and what was typed.
	if _, err := master.WriteString("\x1b]11;rgb:1111/2222/3333\x1b\\\x1bP>|tmux 3.3a\x1b\\q\r"); err != nil {
		t.Fatal(err)
	}
	close(said)
	_ = cmd.Wait() // the code is looked at by the caller
	out.code = cmd.ProcessState.ExitCode()
	out.after = termios(t, int(slave.Fd()))
	out.unread = unread(t, int(slave.Fd()))
	if err := slave.Close(); err != nil {
		t.Fatal(err)
	}
	reading.Wait()
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	out.text = text.String()
	return out
}

// unread returns what waits to be read from a terminal.
func unread(t *testing.T, fd int) string {
	t.Helper()
	raw := termios(t, fd)
	raw.Lflag &^= unix.ICANON
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 0, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &raw); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := unix.Read(fd, buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

func termios(t *testing.T, fd int) unix.Termios {
	t.Helper()
	state, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *state
}

var (
	privateMode = regexp.MustCompile(`\x1b\[\?([0-9;]+)([hl])`)
	keyboard    = regexp.MustCompile(`\x1b\[([>=<])([0-9;]*)u`)
	otherKeys   = regexp.MustCompile(`\x1b\[>4(?:;([0-9]))?m`)
)

// modesLeft follows what was sent to a terminal and names what it has left on.
func modesLeft(text string) []string {
	on := map[string]bool{}
	for _, m := range privateMode.FindAllStringSubmatch(text, -1) {
		for mode := range strings.SplitSeq(m[1], ";") {
			on["?"+mode] = m[2] == "h"
		}
	}
	if shown, said := on["?25"]; said {
		on["cursor hidden"] = !shown
	}
	delete(on, "?25") // on is how it should be
	depth := 0
	for _, m := range keyboard.FindAllStringSubmatch(text, -1) {
		switch m[1] {
		case ">":
			depth++
		case "<":
			depth = max(depth-1, 0)
		}
	}
	on[fmt.Sprintf("%d keyboard protocols", depth)] = depth > 0
	for _, m := range otherKeys.FindAllStringSubmatch(text, -1) {
		on["modifyOtherKeys"] = m[1] != "" && m[1] != "0"
	}
	maps.DeleteFunc(on, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(on))
}

func tail(text string, n int) string { return text[max(len(text)-n, 0):] }
