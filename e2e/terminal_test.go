//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// modes are what tmux knows of the terminal that a screen switches.
func (m *terminal) modes() string {
	return strings.TrimSpace(m.tmux("display-message", "-p", "alternate #{alternate_on} mouse #{mouse_any_flag} cursor #{cursor_flag} keypad #{keypad_flag}"))
}

// ctrl+z gives the terminal back as it was, and fg takes it again at the size that it
// has by then.
func TestSuspendGivesTheTerminalBack(t *testing.T) {
	place, _ := demoHome(t)
	m := openTerminal(t, place, 80, 24)
	before := m.settings("before")
	modes := m.modes()
	m.line("assay")
	m.see("2 KV", "blend-s7-1")
	m.press("C-z")
	m.see("Stopped", "shell-ready>")
	if got := m.modes(); got != modes {
		t.Errorf("suspended: %s, before: %s", got, modes)
	}
	if after := m.settings("after"); after != before {
		t.Errorf("stty while suspended: %s\nbefore: %s", after, before)
	}
	m.resize(110, 30)
	m.line("fg")
	m.wait("for a frame of the new size", func(s string) bool {
		lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
		return strings.Contains(lines[0], "9 Log") && len(lines) == 30 && strings.Contains(lines[29], "help")
	})
	m.press("q")
	m.see("after-42", "shell-ready>")
	if got := m.modes(); got != modes {
		t.Errorf("left: %s, before: %s", got, modes)
	}
}

// The editor gets the terminal, and the screen takes it again with what was written.
func TestTheEditorGoesAndComes(t *testing.T) {
	place, _ := demoHome(t)
	editor := filepath.Join(t.TempDir(), "editor")
	script := "#!/bin/sh\nstty -a | grep -q ' icanon' && echo cooked >\"$1\"\nprintf 'editor up'\nread line\necho \"$line\" >>\"$1\"\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	m := openTerminal(t, place, 120, 40)
	m.line("VISUAL=" + editor + " assay")
	m.see("blend-s7-1")
	m.press("e")
	m.see("editor up")
	m.line("a note of two words")
	m.see("2 KV", "noted on")
	m.press("q")
	m.see("shell-ready>")
	if shown := must(t, place, "run", "note", "@1").stdout; !strings.Contains(shown, "cooked") || !strings.Contains(shown, "a note of two words") {
		t.Errorf("the note is %q", shown)
	}
}

// A terminal that takes no more bytes and then vanishes in the middle of a write takes
// the screen with it.
func TestATerminalThatVanishesInAWrite(t *testing.T) {
	place, _ := demoHome(t)
	ours, its, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 60, Cols: 200}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = environ(place, "TERM=xterm-256color")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = its, its, its
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := its.Close(); err != nil {
		t.Fatal(err)
	}
	// Nobody reads: frames fill the buffer of the terminal until a write blocks.
	for range 20 {
		if _, err := ours.WriteString("\x0c"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	screens := descendants(cmd.Process.Pid)
	if len(screens) < 2 {
		t.Fatalf("%d processes: no screen is up", len(screens))
	}
	if err := ours.Close(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(15 * time.Second):
		t.Fatal("the guardian waits for a terminal that is gone")
	}
	within(t, 10*time.Second, "the screen ends with its terminal", func() bool {
		return syscall.Kill(screens[1], 0) != nil || zombie(screens[1])
	})
}

// A screen that breaks down leaves its last words in the log that the guardian names.
func TestABrokenScreenNamesItsLog(t *testing.T) {
	place, _ := demoHome(t)
	m := openTerminal(t, place, 120, 40)
	before := m.settings("before")
	m.line("assay")
	m.see("blend-s7-1")
	screens := descendants(m.shell())[1:]
	if err := syscall.Kill(screens[1], syscall.SIGSEGV); err != nil {
		t.Fatal(err)
	}
	m.see("the screen has died", "what it said last is in")
	said := regexp.MustCompile(`last is in (\S+)`).FindStringSubmatch(strings.ReplaceAll(m.screen(), "\n", ""))
	if after := m.settings("after"); after != before {
		t.Errorf("stty after a breakdown: %s\nbefore: %s", after, before)
	}
	if said == nil {
		t.Fatal("no log is named")
	}
	log, err := os.ReadFile(strings.TrimSuffix(said[1], "shell-ready>"))
	if err != nil || !strings.Contains(string(log), "SIGSEGV") || !strings.Contains(string(log), "goroutine ") {
		t.Errorf("the log holds %s, %v", tail(string(log), 300), err)
	}
}
