//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What every bench records goes out, comes into another home, and goes out again as
// the same bytes; a report names no place on this machine.
func TestExportsOfEveryBenchComeBack(t *testing.T) {
	place, runs := benchHome(t)
	for bench, id := range runs {
		t.Run(bench, func(t *testing.T) {
			for _, format := range []string{"json", "jsonl"} {
				out := must(t, place, "run", "export", id, "--format", format).stdout
				file := filepath.Join(t.TempDir(), "export."+format)
				if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
					t.Fatal(err)
				}
				other := home(t)
				must(t, other, "run", "import", file)
				if again := must(t, other, "run", "export", id, "--format", format).stdout; again != out {
					t.Errorf("%s: exported again after an import it differs", format)
				}
			}
			dir := filepath.Join(t.TempDir(), "report")
			must(t, place, "run", "export", id, "--format", "report", "--out", dir)
			err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				if strings.Contains(string(text), place) {
					t.Errorf("%s names %s", filepath.Base(path), place)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
