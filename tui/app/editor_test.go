package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"assay/tui/app"
)

func TestTheEditorOfThePersonFillsAForm(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	editor := filepath.Join(t.TempDir(), "editor")
	script := "#!/bin/sh\nif grep -q 'ratio = lots' \"$1\"; then sed -i 's/ratio = lots/ratio = 0.4/' \"$1\"; else grep -q '# Names the generated prompt' \"$1\" && sed -i 's/^seed = .*/seed = 9/; s/^ratio = .*/ratio = lots/' \"$1\"; fi\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	var l *launcher
	s := open(t, func(d *app.Deps) {
		l = &launcher{}
		d.Launcher = l
		d.Environ = append(d.Environ, "VISUAL="+editor)
	})
	s.press("n")
	s.until("New run")
	s.press("1")
	s.until("ctrl+x editor")
	s.press("\x18")
	s.until("line ") // what is wrong stands in the form, with its line
	s.press("\x18")  // and is mended in the next try
	s.until("0.4")
	s.press("\r")
	s.until("started kv.blend")
	s.press("q")
	if r := <-s.done; r.err != nil {
		t.Fatal(r.err)
	}
	if !slices.Equal(l.calls, []string{"start kv.blend seed=9"}) {
		t.Errorf("calls %q", l.calls)
	}
}

func TestTheRunIsReadInThePager(t *testing.T) {
	sh := &shell{}
	w := start(t, func(d *app.Deps) { d.Shell, d.Environ = sh, []string{"PAGER=most -w"} })
	w.Press("j", "j", "v")
	if len(sh.ran) != 1 || !slices.Equal(sh.ran[0], []string{"most -w", "run", "show", "01KK9Z00000000000000000005"}) {
		t.Errorf("ran %q", sh.ran)
	}
	w.Press("/").Type("nothing-like-it").Press("enter", "esc").Press("2")
	start(t, func(d *app.Deps) { d.Shell = nil }).Press("v").See("there is no run here")
}
