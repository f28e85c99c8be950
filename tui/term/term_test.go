package term_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"assay/themes"
	"assay/tui/term"
)

func TestDetectReadsTheEnvironment(t *testing.T) {
	const tty = "TTY_FORCE=1" // colorprofile takes any writer for a terminal then
	cases := []struct {
		name string
		env  []string
		want term.Profile
		by   term.Prefs
	}{
		{"256", []string{tty, "TERM=xterm-256color"}, term.Profile{Depth: themes.ANSI256}, term.Prefs{}},
		{"truecolor", []string{tty, "TERM=xterm-256color", "COLORTERM=truecolor"}, term.Profile{Depth: themes.TrueColor}, term.Prefs{}},
		{"16", []string{tty, "TERM=xterm"}, term.Profile{Depth: themes.ANSI16}, term.Prefs{}},
		{"dumb", []string{tty, "TERM=dumb"}, term.Profile{Depth: themes.Mono, Dumb: true}, term.Prefs{}},
		{"no color, not a boolean", []string{tty, "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=yes"}, term.Profile{Depth: themes.Mono, Forced: true}, term.Prefs{}},
		{"no color, zero is a value too", []string{tty, "TERM=xterm-256color", "NO_COLOR=0"}, term.Profile{Depth: themes.Mono, Forced: true}, term.Prefs{}},
		{"no color, empty is none", []string{tty, "TERM=xterm-256color", "NO_COLOR="}, term.Profile{Depth: themes.ANSI256}, term.Prefs{}},
		{"clicolor", []string{tty, "TERM=xterm-256color", "CLICOLOR=0"}, term.Profile{Depth: themes.Mono, Forced: true}, term.Prefs{}},
		{"force", []string{tty, "TERM=xterm", "NO_COLOR=1", "FORCE_COLOR=3"}, term.Profile{Depth: themes.TrueColor, Forced: true}, term.Prefs{}},
		{"force none", []string{tty, "TERM=xterm", "FORCE_COLOR=0"}, term.Profile{Depth: themes.Mono, Forced: true}, term.Prefs{}},
		{"remote keeps to 256", []string{tty, "TERM=xterm-256color", "COLORTERM=truecolor", "SSH_TTY=/dev/pts/1"}, term.Profile{Remote: true, Depth: themes.ANSI256, Forced: true}, term.Prefs{}},
		{"remote by hand", []string{tty, "TERM=xterm"}, term.Profile{Remote: true, Depth: themes.ANSI16, Forced: true}, term.Prefs{Remote: "on"}},
		{"remote denied", []string{tty, "TERM=xterm", "SSH_CONNECTION=x"}, term.Profile{Depth: themes.ANSI16}, term.Prefs{Remote: "off"}},
		{"posix locale", []string{tty, "TERM=xterm", "LANG=C"}, term.Profile{Depth: themes.ANSI16, ASCII: true}, term.Prefs{}},
		{"first locale counts", []string{tty, "TERM=xterm", "LC_ALL=C.UTF-8", "LANG=C"}, term.Profile{Depth: themes.ANSI16}, term.Prefs{}},
		{"utf8 without hyphen", []string{tty, "TERM=xterm", "LANG=de_DE.utf8"}, term.Profile{Depth: themes.ANSI16}, term.Prefs{}},
		{"glyphs by hand", []string{tty, "TERM=xterm", "LANG=C.UTF-8"}, term.Profile{Depth: themes.ANSI16, ASCII: true}, term.Prefs{Glyphs: "ascii"}},
		{"mouse denied", []string{tty, "TERM=xterm"}, term.Profile{Depth: themes.ANSI16, NoMouse: true}, term.Prefs{Mouse: "off"}},
		{"mouse by hand", []string{tty, "TERM=xterm"}, term.Profile{Depth: themes.ANSI16}, term.Prefs{Mouse: "on"}},
		{"colours by hand", []string{tty, "TERM=xterm", "NO_COLOR=1"}, term.Profile{Depth: themes.ANSI256, Forced: true}, term.Prefs{Colors: "256"}},
		{"no colours by hand", []string{tty, "TERM=xterm", "FORCE_COLOR=3"}, term.Profile{Depth: themes.Mono, Forced: true}, term.Prefs{Colors: "none"}},
		{"fewer colours over a link", []string{tty, "TERM=xterm-256color", "SSH_TTY=/dev/pts/1"}, term.Profile{Remote: true, Depth: themes.ANSI16, Forced: true}, term.Prefs{RemoteColors: "16"}},
		{"all colours over a link", []string{tty, "TERM=xterm-256color", "COLORTERM=truecolor", "SSH_TTY=/dev/pts/1"}, term.Profile{Remote: true, Depth: themes.TrueColor}, term.Prefs{RemoteColors: "truecolor"}},
		{"kitty", []string{tty, "TERM=xterm-kitty", "COLORTERM=truecolor"}, term.Profile{Depth: themes.TrueColor, Kitty: true}, term.Prefs{}},
		{"kitty behind tmux", []string{tty, "TERM=xterm-kitty", "COLORTERM=truecolor", "TMUX=/tmp/x,1,0"}, term.Profile{Depth: themes.TrueColor}, term.Prefs{}},
		{"pictures of cells by hand", []string{tty, "TERM=xterm-kitty", "COLORTERM=truecolor"}, term.Profile{Depth: themes.TrueColor}, term.Prefs{Pictures: "cells"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := term.Detect(c.env, os.Stdout, c.by); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestColoursRoundTrip(t *testing.T) {
	for d := themes.Mono; d <= themes.TrueColor; d++ {
		if got := term.Depth(term.Colors(d)); got != d {
			t.Errorf("%v came back as %v", d, got)
		}
	}
}

func TestDivertKeepsOthersOffTheScreen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "screen.log")
	restore, err := term.Divert(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := syscall.Write(2, []byte("words of a C library\n")); err != nil {
		t.Error(err)
	}
	restore()
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "words of a C library\n" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := term.Divert(filepath.Join(path, "below")); err == nil || !strings.Contains(err.Error(), "divert error output") {
		t.Errorf("a path below a file: %v", err)
	}
}
