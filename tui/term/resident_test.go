package term_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"assay/tui/term"
)

// TestShrinkGivesPagesBackAndTheProgramGoesOn: what the loader has written must
// survive, or the next call through it would crash.
func TestShrinkGivesPagesBackAndTheProgramGoesOn(t *testing.T) {
	before := fileKB(t)
	if err := term.Shrink(); err != nil {
		t.Fatal(err)
	}
	if after := fileKB(t); after >= before {
		t.Errorf("%d kB of files are mapped, %d kB before", after, before)
	}
	if _, err := os.Hostname(); err != nil || strings.ToUpper("still here") != "STILL HERE" {
		t.Error("the program is damaged")
	}
}

// fileKB returns how much of files is mapped in this process.
func fileKB(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.SplitSeq(string(text), "\n") {
		if rest, ok := strings.CutPrefix(l, "RssFile:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Skip("this kernel does not say how much of files is mapped")
	return 0
}
