//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

// The commands of the tour in README.md are run in their order in one home.
// Those that open a screen or use a path of the reader's own are left out.
func TestTheTourOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	place := home(t)
	ran, shell := 0, false
	for line := range strings.SplitSeq(string(readme), "\n") {
		if strings.HasPrefix(line, "```") {
			shell = line == "```sh"
		}
		line, _, _ := strings.Cut(line, "  #")
		words := strings.Fields(line)
		if !shell || len(words) < 2 || words[0] != "assay" || strings.Contains(line, "path/to") {
			continue
		}
		r := assay(t, place, words[1:]...)
		if r.code != 0 && r.code != 3 { // 3: done, and something was found
			t.Errorf("%s: exit code %d, want 0 or 3\n%s", line, r.code, cut(r.stderr))
		}
		t.Logf("%s: %v", line, r.took)
		ran++
	}
	if ran < 8 {
		t.Errorf("only %d commands in README.md: this test looks in the wrong place", ran)
	}
}
