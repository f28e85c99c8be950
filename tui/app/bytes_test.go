package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/tui/app"
)

// Every byte that was sent stands in the account, and those of a pane under its name.
func TestBytesAreAccountedForByPane(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bytes")
	s := open(t, func(d *app.Deps) { d.TraceBytes = path })
	s.answer("j")
	s.settle()
	s.press("q")
	if r := <-s.done; r.err != nil || r.code != 0 {
		t.Fatalf("left with %d, %v", r.code, r.err)
	}
	s.until("\x1b[?2031l") // the last of it, which is sent past the account
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	total, places := 0, map[string]int{}
	for _, l := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		var n, writes int
		if _, err := fmt.Sscanf(l, "%d\t%d\t", &n, &writes); err != nil || writes < 1 {
			t.Fatalf("%q: %v", l, err)
		}
		total += n
		places[l[strings.LastIndexByte(l, '\t')+1:]] = n
	}
	if sent := len(s.bytes()) - len("\x1b[?2031l"); total != sent {
		t.Errorf("%d bytes are accounted for, %d were sent\n%s", total, sent, data)
	}
	for _, name := range []string{"runs list", "runs detail", "tabs and context", "status and keys", "terminal"} {
		if places[name] == 0 {
			t.Errorf("nothing was drawn at %q:\n%s", name, data)
		}
	}
	if places["runs list"] < places["tabs and context"] {
		t.Errorf("the list of runs took less than the tabs:\n%s", data)
	}
}

func TestAnAccountThatCannotBeWrittenIsTold(t *testing.T) {
	s := open(t, func(d *app.Deps) { d.TraceBytes = filepath.Join(t.TempDir(), "absent", "bytes") })
	s.press("q")
	if r := <-s.done; r.err == nil || !strings.Contains(r.err.Error(), "account of bytes") {
		t.Errorf("left with %d, %v", r.code, r.err)
	}
}
