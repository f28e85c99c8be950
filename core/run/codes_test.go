package run_test

import (
	"os"
	"strings"
	"testing"

	"assay/core/run"
)

func TestEveryCodeIsListedWithItsMeaning(t *testing.T) {
	source, err := os.ReadFile("error.go")
	if err != nil {
		t.Fatal(err)
	}
	list := run.Codes()
	if n := strings.Count(string(source), `Code = "E-`); n == 0 || n != len(list) {
		t.Errorf("%d codes are declared, %d are listed: each needs a comment on its line", n, len(list))
	}
	exits := map[int]bool{}
	for _, e := range run.Exits() {
		exits[e.Code] = true
	}
	for _, c := range list {
		if c.Text == "" || !exits[c.Code.Exit()] {
			t.Errorf("%s: %q, exit %d", c.Code, c.Text, c.Code.Exit())
		}
	}
}
