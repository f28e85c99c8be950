package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestListsAreWrittenAsAsked(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	for _, name := range []string{"one", "two"} {
		if code, _, errs := call(t, "kv", "blend", "--demo", "--people", "2", "--modes", "full", "--max-new", "1", "--name", name, "--progress", "none"); code != 0 {
			t.Fatal(errs)
		}
	}
	list := func(args ...string) string {
		t.Helper()
		code, out, errs := call(t, append([]string{"run", "ls"}, args...)...)
		if code != 0 || errs != "" {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		return out
	}
	if got := list("--format", "{{.name}} {{.state}} {{.done}}"); got != "two done 2\none done 2\n" {
		t.Errorf("by a template %q", got)
	}
	var doc runsDoc
	if err := json.Unmarshal([]byte(list("--json")), &doc); err != nil || len(doc.Runs) != 2 {
		t.Fatalf("%v, %+v", err, doc)
	}
	ids := string(doc.Runs[0].ID) + "\n" + string(doc.Runs[1].ID) + "\n"
	if got := list("-q"); got != ids {
		t.Errorf("ids %q, want %q", got, ids)
	}
	lines := strings.Split(strings.TrimSpace(list("--jsonl")), "\n")
	var second runLine
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil || second != doc.Runs[1] {
		t.Errorf("the second line is %+v, %v", second, err)
	}
	rows, err := csv.NewReader(strings.NewReader(list("--csv"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "run_id" || rows[2][3] != "one" || rows[2][7] != "2" || len(rows[0]) != 13 {
		t.Errorf("%v, %v", rows, err)
	}
	if got := list("--filter", "nothing-like-it", "-q"); got != "" {
		t.Errorf("no run is %q", got)
	}
	for args, want := range map[string]string{"--format {{.nam}}": "there are .run_id, .bench", "--format {{.name": "unclosed action", "--csv -q": "do not go together"} {
		if code, _, errs := call(t, append([]string{"run", "ls"}, strings.Fields(args)...)...); code != 2 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d: %s", args, code, errs)
		}
	}
	for _, command := range []string{"run findings", "theme ls", "model ls", "data ls", "keys"} {
		code, out, errs := call(t, append(strings.Fields(command), "--csv")...)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if code != 0 || err != nil || len(rows) == 0 || command != "run findings" && len(rows) < 2 {
			t.Errorf("%s: exit %d: %s %v", command, code, errs, err)
		}
	}
}

// Rows are cut only for a terminal, and only at the width that it has.
func TestRowsAreCutToTheTerminal(t *testing.T) {
	var b bytes.Buffer
	w := table(&clipper{w: &b, width: 12})
	fmt.Fprintln(w, "name\tresult")
	fmt.Fprintln(w, "blend-s7-1\tKL .0187")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "name       ~\nblend-s7-1 ~\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.Reset()
	w = rowsTable(&b)
	fmt.Fprintln(w, strings.Repeat("x", 500))
	if err := w.Flush(); err != nil || b.Len() != 501 {
		t.Errorf("a pipe got %d bytes, %v", b.Len(), err)
	}
}
