package ui_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"assay/tui/ui"
)

func TestFitCutsAndPadsByCells(t *testing.T) {
	cases := []struct {
		in   string
		w    int
		want string
	}{
		{"abc", 5, "abc  "},
		{"abcdef", 4, "abc~"},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"日本語", 5, "日本~"},
		{"日本語", 4, "日~ "},
		{"e\u0301e\u0301", 2, "e\u0301e\u0301"},
		{"\x1b[1mabc\x1b[m", 5, "\x1b[1mabc\x1b[m  "},
		{"\x1b[1mabcdef\x1b[m", 3, "\x1b[1mab~\x1b[m"},
	}
	for _, c := range cases {
		got := ui.Fit(c.in, c.w)
		if got != c.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
		if n := ui.Width(got); n != max(c.w, 0) {
			t.Errorf("Fit(%q, %d) is %d cells wide", c.in, c.w, n)
		}
	}
	if got := ui.FitRight("12", 4); got != "  12" {
		t.Errorf("FitRight %q", got)
	}
}

func TestEndsKeepsTheRight(t *testing.T) {
	for _, c := range []struct {
		w    int
		want string
	}{{12, "left   right"}, {9, "le~ right"}, {7, "~ right"}, {5, "left "}, {3, "le~"}} {
		if got := ui.Ends("left", "right", c.w); got != c.want {
			t.Errorf("%d: %q, want %q", c.w, got, c.want)
		}
	}
}

func TestJoinFillsShortColumns(t *testing.T) {
	got := ui.Join([]string{"aa", "bb", "cc"}, []string{"1"}, []string{"x", "y"})
	if want := "aa1x bb y cc  "; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", strings.Join(got, " "), want)
	}
}

func TestPlainTakesControlOutOfText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                  "plain",
		"a\x1b[31mb":             "a [31mb",
		"a\tb\nc\r":              "a b c ",
		"c1 \u009b31m":           "c1  31m",
		"bidi \u202etxt":         "bidi  txt",
		"bad \xff":               "bad \ufffd",
		"日本 é \u200d":            "日本 é \u200d",
		"separators\u2028\u2029": "separators  ",
	} {
		if got := ui.Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOverKeepsWidthAndSurroundings(t *testing.T) {
	base := []string{"0123456789", "日本語日本", "\x1b[1mabcdefghij\x1b[m"}
	got := ui.Over(base, []string{"XX", "XX", "XX", "XX"}, 3, 0)
	for i, want := range []string{"012XX56789", "日 XX 日本", "abcXXfghij"} {
		if plain := strip(got[i]); plain != want {
			t.Errorf("line %d: %q, want %q", i, plain, want)
		}
	}
	if got := ui.Over([]string{"abc"}, []string{"xyz"}, 2, 0)[0]; strip(got) != "ab~" {
		t.Errorf("sticks out: %q", strip(got))
	}
	if got := ui.Over([]string{"abc"}, []string{"x"}, 0, -1)[0]; got != "abc" {
		t.Errorf("above: %q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("abc\x1b[1mdef", 4, 2)
	f.Add("日本\x1b]8;;x\x07語", 3, 1)
	f.Add("\x1b[38;5;7m│ ⣿▀─\x1b[m x\u0301\u2500\ufe0f\x1b[1", 9, 3)
	f.Fuzz(func(t *testing.T, text string, w, x int) {
		w, x = min(max(w, 0), 300), min(max(x, 0), 300)
		if got, want := ui.Width(text), ansi.StringWidth(text); got != want {
			t.Errorf("Width(%q) is %d, the reference says %d", text, got, want)
		}
		clean := ui.Plain(text)
		if n := ui.Width(ui.Fit(clean, w)); n != w {
			t.Errorf("Fit(%q, %d) is %d cells wide", clean, w, n)
		}
		for _, l := range ui.Wrap(clean, max(w, 2)) {
			if n := ui.Width(l); n > max(w, 2) {
				t.Errorf("Wrap(%q, %d) has a line of %d cells", clean, w, n)
			}
		}
		line := ui.Fit(clean, 40)
		if n := ui.Width(ui.Over([]string{line}, []string{ui.Fit(clean, min(w, 40))}, x, 0)[0]); n != 40 {
			t.Errorf("Over(%q at %d) is %d cells wide", clean, x, n)
		}
	})
}
