package exporttest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/export"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Golden fails the test where got is not the file of a name below testdata; -update
// rewrites the file.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (-update rewrites it):\n%s", path, got)
	}
}

// Tidy fails the test where a sheet has no rows, or a row that is not as long as the
// header, and returns the first lines of each sheet as CSV under its name.
func Tidy(t *testing.T, sheets []export.Sheet, lines int) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, s := range sheets {
		b.WriteString("# " + s.Name + ": " + s.About + "\n")
		rows := 0
		for row := range s.Rows {
			if len(row) != len(s.Header) {
				t.Errorf("%s: row of %d values, header of %d", s.Name, len(row), len(s.Header))
			}
			rows++
		}
		if rows == 0 {
			t.Errorf("%s has no rows", s.Name)
		}
		var all bytes.Buffer
		if err := s.WriteCSV(&all); err != nil {
			t.Fatal(err)
		}
		text := strings.SplitAfter(all.String(), "\n")
		b.WriteString(strings.Join(text[:min(len(text), lines)], ""))
	}
	return b.Bytes()
}
