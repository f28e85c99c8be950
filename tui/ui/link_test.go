package ui_test

import (
	"testing"

	"assay/tui/ui"
)

func TestFileLinksNameTheMachineAndEscape(t *testing.T) {
	c := &ui.Context{Host: "gpu-07"}
	const end = "\x1b]8;;\a"
	for path, want := range map[string]string{
		"/srv/a b/#1;x\x1b]0;y\a.md": "\x1b]8;;file://gpu-07/srv/a%20b/%231%3Bx%1B]0%3By%07.md\ashown" + end,
		"/tmp/report.md":             "\x1b]8;;file://gpu-07/tmp/report.md\ashown" + end,
		"relative.md":                "shown",
		"":                           "shown",
	} {
		got := ui.FileLink(c, path, "shown")
		if got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
		if ui.Width(got) != len("shown") || ui.Cut(got, 3) == "" || ui.Width(ui.Cut(got, 3)) != 3 {
			t.Errorf("%q is %d cells wide, cut %q", path, ui.Width(got), ui.Cut(got, 3))
		}
	}
}
