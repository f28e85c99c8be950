package app_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/run"
	"assay/tui/app"
)

func TestTheCopyMenuSaysWhatWasCopiedAndHow(t *testing.T) {
	w := start(t)
	w.Press("j", "j", "y").See("Copy of kv-blend-5", "1  id", "2  command", "3  result", "4  row as JSON", "01KK9Z00000000000000000005")
	w.Press("j").See("assay kv blend --seed 7 --ratio 0.1").Press("2").See("copied the command line by way of the terminal (OSC 52)")
	w.Press("y", "3").See("copied the result by way")
}

func TestWhatIsCopiedReachesTheTerminal(t *testing.T) {
	s := open(t, nil)
	s.press("y")
	s.until("row as JSON")
	s.press("1")
	s.until("\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("01KK9Z00000000000000000005")))
	s.press("q")
	<-s.done
}

func TestALongTextIsCopiedAsTheFileThatHoldsIt(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	id := run.ID("01KK9Z00000000000000000100")
	w := start(t)
	w.store.Put(run.Run{ID: id, Bench: "kv", Kind: "kv.blend", Name: "long", State: run.Done, Params: []byte(fmt.Sprintf("%q", strings.Repeat("x", 80_000)))})
	w.Advance(2e9).Press("g", "y").Press("G", "enter").See("is too long for a terminal")
	files, err := filepath.Glob(filepath.Join(dir, "assay-copy-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil || !strings.Contains(string(data), string(id)) || len(data) < 80_000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestCopyingByPrograms(t *testing.T) {
	dir := t.TempDir()
	tool := func(name, script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	t.Setenv("OUT", filepath.Join(dir, "out"))
	tool("tmux", `[ "$*" = "load-buffer -w -" ] && cat > "$OUT"`)
	tool("xclip", `[ "$*" = "-selection clipboard" ] && { cat; echo " by xclip"; } > "$OUT"`)
	copied := func(want string, change ...func(*app.Deps)) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "out"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		w := start(t, change...)
		w.Press("j", "j", "y", "1").See(want)
		got, err := os.ReadFile(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		if byTool := !strings.Contains(want, "OSC 52") && !strings.Contains(want, "wrote") && !strings.Contains(want, "no program"); byTool != strings.Contains(string(got), "01KK9Z00000000000000000005") {
			t.Errorf("%s: the program got %q", want, got)
		}
	}
	env := func(list ...string) func(*app.Deps) { return func(d *app.Deps) { d.Environ = list } }
	remote := func(d *app.Deps) { d.Term.Remote = true }
	copied("by way of xclip", env("DISPLAY=:0", "TMUX=/tmp/x"))
	copied("by way of tmux", env("DISPLAY=:0", "TMUX=/tmp/x"), remote) // xclip would fill the clipboard of another machine
	copied("(OSC 52)", env("DISPLAY=:0"), remote)
	copied("(OSC 52)", env())
	for way, want := range map[string]string{"osc52": "(OSC 52)", "tmux": "by way of tmux", "native": "no program for the clipboard was found", "file": "wrote the id of the run to "} {
		t.Setenv("TMPDIR", t.TempDir())
		f := newFiles(t)
		f.env["ASSAY_UI_CLIPBOARD"] = way
		copied(want, with(f), env("TMUX=/tmp/x"))
	}
	tool("tmux", "exit 1")
	copied("tmux failed: copied the id of the run by way of the terminal (OSC 52)", env("TMUX=/tmp/x"), remote)
}
