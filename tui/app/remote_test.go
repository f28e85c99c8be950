package app_test

import (
	"strings"
	"testing"

	"assay/tui/app"
	"assay/tui/term"
)

func TestTheRemoteProfileIsChosenByItself(t *testing.T) {
	env := []string{"TTY_FORCE=1", "TERM=xterm-256color", "COLORTERM=truecolor", "SSH_CONNECTION=10.0.0.1 1 10.0.0.2 22"}
	f := newFiles(t)
	with := func(d *app.Deps) {
		d.Settings = f
		d.Detect = func(p term.Prefs) term.Profile { return term.Detect(env, nil, p) }
	}
	w := start(t, with)
	w.Size(120, 40).See("gpu-07 ssh")
	if text := w.Model().View().Content; strings.Contains(text, "38;2;") || !strings.Contains(text, "38;5;") {
		t.Error("a remote screen is not drawn in 256 colours")
	}
	if err := f.Set("ui.remote", "off"); err != nil {
		t.Fatal(err)
	}
	w.Press("ctrl+r").NotSee("gpu-07 ssh")
	if text := w.Model().View().Content; !strings.Contains(text, "38;2;") {
		t.Error("the remote profile cannot be turned off")
	}
}
