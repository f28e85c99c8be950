//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// terminal is a shell in a detached tmux of its own, on a socket of its own.
type terminal struct {
	t      *testing.T
	socket string
}

// openTerminal starts a shell of a size whose environment finds the home and
// the program.
func openTerminal(t *testing.T, home string, w, h int) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed: no test of the screens in a real terminal (apt-get install tmux)")
	}
	term := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	cmd := exec.Command("tmux", "-S", term.socket, "-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h),
		"env", "PS1=shell-ready> ", "sh", "-i")
	cmd.Env = append(environ(home, "TERM=xterm-256color"), "PATH="+filepath.Dir(program)+":/usr/local/bin:/usr/bin:/bin")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() }) // gone already where the shell has ended
	term.tmux("set-option", "-g", "window-size", "manual")
	term.see("shell-ready>")
	return term
}

func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// screen returns what the terminal shows.
func (m *terminal) screen() string { return m.tmux("capture-pane", "-p") }

// press sends keys by tmux's names.
func (m *terminal) press(keys ...string) { m.tmux(append([]string{"send-keys"}, keys...)...) }

// line types a line and ends it.
func (m *terminal) line(text string) {
	m.tmux("send-keys", "-l", text)
	m.press("Enter")
}

// see waits until the terminal shows each of the texts.
func (m *terminal) see(texts ...string) {
	m.t.Helper()
	m.wait("to see "+strings.Join(texts, ", "), func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

// gone waits until the terminal no longer shows a text.
func (m *terminal) gone(text string) {
	m.t.Helper()
	m.wait("no longer to see "+text, func(s string) bool { return !strings.Contains(s, text) })
}

func (m *terminal) wait(what string, holds func(screen string) bool) {
	m.t.Helper()
	var last string
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if last = m.screen(); holds(last) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	m.t.Fatalf("waited in vain %s; the terminal shows\n%s", what, last)
}

func (m *terminal) resize(w, h int) {
	m.tmux("resize-window", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h))
}

// shell returns the process of the shell.
func (m *terminal) shell() int {
	m.t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(m.tmux("display-message", "-p", "#{pane_pid}")))
	if err != nil {
		m.t.Fatal(err)
	}
	return pid
}

// settings asks the shell for the state of its terminal.
func (m *terminal) settings(mark string) string {
	m.t.Helper()
	m.line("clear; stty -a | tr -s '; \\n' ' ' | tr ' ' '\\n' | grep -E '^-?(icanon|echo|isig|icrnl|opost|onlcr|ixon|iexten)$' | sort | tr '\\n' ' '; echo " + mark + "-$((40+2))")
	m.see(mark + "-42")
	for line := range strings.SplitSeq(m.screen(), "\n") {
		if strings.Contains(line, "icanon") && strings.Contains(line, mark+"-42") {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), mark+"-42"))
		}
	}
	m.t.Fatalf("stty said nothing; the terminal shows\n%s", m.screen())
	return ""
}

var sizes = []struct{ w, h int }{{80, 24}, {120, 40}, {200, 60}}

// demoHome returns a home with one finished blend.
func demoHome(t *testing.T) (place, id string) {
	t.Helper()
	place = home(t)
	doc := must(t, place, "kv", "blend", "--demo", "--seed", "7", "--modes", "full,reuse,blend", "--json").document(t)
	run, err := lookup(doc, "run_id")
	if err != nil {
		t.Fatal(err)
	}
	return place, fmt.Sprint(run)
}

func TestScreensAtEachSize(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			place, _ := demoHome(t) // of its own: a screen opens where the last one was left
			m := openTerminal(t, place, size.w, size.h)
			before := m.settings("before")

			m.line("assay")
			m.see("Runs", "kv.blend", "+")
			m.press("Enter")
			m.see("layer", "blend", "dV")
			m.press("?")
			m.see("help:")
			m.press("Escape")
			m.gone("help:") // a key that follows escape at once would be taken for alt and that key
			m.press("g", "Home")
			m.see("token 0 '", "layer 0")
			m.press("Right", "Right", "Down")
			m.gone("token 0 '")
			m.see("layer 1")

			// Back at the list, the filter narrows it; the run under the cursor stays, as hidden.
			m.press("1")
			m.see("kv.blend")
			m.line("/nothing-has-this-name")
			m.see("hidden by filter", "Nothing matches")
			m.press("/")
			m.press("C-u")
			m.press("Enter")

			m.press("q")
			m.see("shell-ready>")
			if after := m.settings("after"); after != before {
				t.Errorf("stty after quitting: %s\nbefore: %s", after, before)
			}
		})
	}
}

func TestResizeGoesThroughEverySize(t *testing.T) {
	place, id := demoHome(t)
	m := openTerminal(t, place, 80, 24)
	m.line("assay " + id)
	m.see("layer", "dV")
	for _, size := range []struct{ w, h int }{{120, 40}, {200, 60}, {60, 18}, {40, 10}, {20, 6}, {81, 25}, {80, 24}} {
		m.resize(size.w, size.h)
		m.wait(fmt.Sprintf("for a screen of %dx%d", size.w, size.h), func(s string) bool {
			lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
			return len(lines) > size.h/2 && strings.TrimSpace(s) != "" && !strings.Contains(s, "panic")
		})
	}
	m.see("layer", "dV")
	m.press("q")
	m.see("shell-ready>")
}

// The screen is killed while a run goes on: the run does not notice, the
// terminal is as it was before, and a new screen shows the run.
func TestKilledScreenLeavesItsRunAndTheTerminal(t *testing.T) {
	place, _ := demoHome(t)
	m := openTerminal(t, place, 120, 40)
	before := m.settings("before")
	id := longSweep(t, place)
	defer assay(t, place, "run", "cancel", id)
	m.line("assay " + id)
	m.see("sweep")

	// The shell's child guards the terminal, and the screen is its child. Below
	// that a sampler may run, since a run is live.
	screens := descendants(m.shell())[1:]
	if len(screens) < 2 {
		t.Fatalf("%d processes below the shell, want the guard and the screen", len(screens))
	}
	if err := syscall.Kill(screens[1], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	m.see("before-42", "shell-ready>") // what stood there before the screen
	if after := m.settings("after"); after != before {
		t.Errorf("stty after kill -9 of the screen: %s\nbefore: %s", after, before)
	}
	if s := state(t, place, id); s != "running" && s != "queued" {
		t.Errorf("the run is %s after its screen was killed", s)
	}
	m.line("assay " + id)
	m.see("sweep")
	m.press("q")
	m.see("after-42")
}

// A terminal that closes takes the screen with it and leaves the run.
func TestClosedTerminalLeavesTheRun(t *testing.T) {
	place, _ := demoHome(t)
	m := openTerminal(t, place, 80, 24)
	id := longSweep(t, place)
	defer assay(t, place, "run", "cancel", id)
	m.line("assay " + id)
	m.see("sweep")
	screens := descendants(m.shell())[1:]
	m.tmux("kill-server")
	within(t, 10*time.Second, "the screen ends with its terminal", func() bool {
		for _, pid := range screens {
			if syscall.Kill(pid, 0) == nil && !zombie(pid) {
				return false
			}
		}
		return true
	})
	if s := state(t, place, id); s != "running" && s != "queued" {
		t.Errorf("the run is %s after its terminal was closed", s)
	}
}

// The link is lost with a sweep going on. The next screen, on another terminal,
// comes back to the same screen, pane, cursor and filter, says what happened
// meanwhile, and no row is missing.
func TestALostLinkComesBackOnAnotherTerminal(t *testing.T) {
	place, _ := demoHome(t)
	m := openTerminal(t, place, 120, 40)
	id := field(t, must(t, place, "kv", "sweep", "--demo", "--seed", "4", "--prompts", "400", "--ratios", "0.1,0.2", "--rules", "v,k", "--name", "left-alone", "--detach", "--json"), "run_id")
	defer assay(t, place, "run", "cancel", id)
	short := field(t, must(t, place, "kv", "eval", "--people", "2", "--archives", "2", "--modes", "full", "--name", "short-one", "--detach", "--json"), "run_id")
	defer assay(t, place, "run", "cancel", short)
	m.line("assay")
	m.see("left-alone")
	m.line("/kind:kv.sweep")
	m.gone("kv-blend")
	m.press("G")
	m.wait("for the cursor on the sweep", func(s string) bool { return cursorOn(s, "left-alone") })
	screens := descendants(m.shell())[1:]
	m.tmux("kill-server")
	within(t, 10*time.Second, "the screen ends with its terminal", func() bool {
		for _, pid := range screens {
			if syscall.Kill(pid, 0) == nil && !zombie(pid) {
				return false
			}
		}
		return true
	})
	must(t, place, "run", "cancel", short) // it waits for the slot of the sweep
	rows := func() float64 {
		n, err := strconv.ParseFloat(field(t, must(t, place, "run", "show", id, "--json"), "last_seq"), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := rows()

	again := openTerminal(t, place, 120, 40)
	began := time.Now()
	again.line("assay")
	again.wait("for the same screen", func(s string) bool { return strings.Contains(s, "/kind:kv.sweep") && cursorOn(s, "left-alone") })
	timeWithin(t, "the same screen again after a lost link", 300*time.Millisecond, time.Since(began))
	again.see("away", "1 run cancelled")
	if s := state(t, place, id); s != "running" && s != "queued" {
		t.Errorf("the sweep is %s", s)
	}
	if after := rows(); after < before {
		t.Errorf("%v rows before, %v after", before, after)
	}
	again.press("Escape")
	again.gone("away")
	again.press("q")
	again.see("shell-ready>")
}

// field returns a field of the document that a command has printed.
func field(t *testing.T, r result, path string) string {
	t.Helper()
	v, err := lookup(r.document(t), path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(v)
}

// cursorOn reports whether the line with the cursor holds a text.
func cursorOn(screen, text string) bool {
	for l := range strings.SplitSeq(screen, "\n") {
		if strings.Contains(l, ">") && strings.Contains(l, text) && strings.Contains(strings.Split(l, text)[0], ">") {
			return true
		}
	}
	return false
}

// longSweep starts a sweep that outlives any test, without a command to hold it.
func longSweep(t *testing.T, home string) string {
	t.Helper()
	r := must(t, home, "kv", "sweep", "--demo", "--seed", "4", "--prompts", "400", "--ratios", "0.1,0.2", "--rules", "v,k", "--detach", "--json")
	id, err := lookup(r.document(t), "run_id")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(id)
}
