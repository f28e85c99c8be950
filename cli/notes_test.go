package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"assay/cli"
)

func TestRunsAreTaggedStarredAndNoted(t *testing.T) {
	home(t)
	document(t, "kv", "blend", "--demo", "--people", "2", "--modes", "full", "--max-new", "1", "--json", "--progress", "none")
	if doc := document(t, "run", "tag", "@1", "paper", "b", "--json"); len(doc["tags"].([]any)) != 2 {
		t.Errorf("%v", doc)
	}
	if code, out, _ := assay(t, "run", "tag", "@1", "b", "--remove"); code != 0 || !strings.Contains(out, "paper") || strings.Contains(out, " b") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, _, errs := assay(t, "run", "tag", "@1", "two words"); code != 2 || !strings.Contains(errs, "is not a tag") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if doc := document(t, "run", "star", "@1", "--json"); doc["starred"] != true {
		t.Errorf("%v", doc)
	}
	if doc := document(t, "run", "star", "@1", "--off", "--json"); doc["starred"] != false {
		t.Errorf("%v", doc)
	}
	var o, e bytes.Buffer
	if code := cli.Main([]string{"assay", "run", "note", "@1", "-"}, strings.NewReader("# good\nmuch better\n"), &o, &e); code != 0 {
		t.Errorf("exit %d: %s", code, e.String())
	}
	if code, out, _ := assay(t, "run", "note", "@1"); code != 0 || out != "# good\nmuch better\n" {
		t.Errorf("exit %d: %q", code, out)
	}
	o.Reset()
	if code := cli.Main([]string{"assay", "run", "note", "@1", "-"}, strings.NewReader(strings.Repeat("x", 70000)), &o, &e); code != 1 {
		t.Errorf("a long note: exit %d", code)
	}
	if doc := document(t, "run", "note", "@1", "", "--json"); doc["note"] != "" {
		t.Errorf("%v", doc)
	}
	if code, _, errs := assay(t, "run", "note"); code != 2 || !strings.Contains(errs, "E-USAGE") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
