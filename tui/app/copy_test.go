package app_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/run"
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
