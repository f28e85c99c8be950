package cli

import (
	"strings"
	"testing"
)

func TestTopicsAreReadAsHelp(t *testing.T) {
	for _, c := range newTopics() {
		code, out, errs := call(t, "help", c.Name())
		if code != 0 || errs != "" || !strings.Contains(out, c.Long) {
			t.Errorf("%s: exit %d: %s", c.Name(), code, errs)
		}
		for i, l := range strings.Split(c.Long, "\n") {
			if len(l) > 140 {
				t.Errorf("%s: line %d has %d characters", c.Name(), i+1, len(l))
			}
		}
	}
	for _, c := range commandPaths(newRoot(streams{}), "") {
		if c.Path == "filters" {
			t.Error("the palette offers a page of help as a command")
		}
	}
}
