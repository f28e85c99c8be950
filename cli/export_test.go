package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARunGoesToAnotherHomeAndBackOut(t *testing.T) {
	first := t.TempDir()
	t.Setenv("ASSAY_HOME", first)
	prompt := filepath.Join(t.TempDir(), "a secret place", "question.json")
	write(t, prompt, `{"chunks":["Nadia Bell plays the oboe.","She lives in Oslo."],"question":"Question: Who plays the oboe?\nAnswer:"}`)
	blend := document(t, "kv", "blend", "--prompt", prompt, "--modes", "full,reuse,blend", "--max-new", "4", "--json", "--progress", "none")
	id := blend["run_id"].(string)

	code, doc, errs := assay(t, "run", "export", id)
	if code != 0 || !json.Valid([]byte(doc)) {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	_, lines, _ := assay(t, "run", "export", id, "--format", "jsonl")
	if _, again, _ := assay(t, "run", "export", "@1", "--out", "-"); again != doc {
		t.Error("the same run gave other bytes")
	}
	file, jsonl := filepath.Join(t.TempDir(), "run.json"), filepath.Join(t.TempDir(), "run.jsonl")
	write(t, file, doc)
	write(t, jsonl, lines)
	// Here it is already, the same one: nothing to do.
	if d := document(t, "run", "import", file, "--json"); d["imported"] != false || d["run_id"] != id {
		t.Errorf("the same run again: %v", d)
	}

	for _, from := range []string{file, jsonl} {
		t.Setenv("ASSAY_HOME", t.TempDir())
		if d := document(t, "run", "import", from, "--json"); d["imported"] != true || d["run_id"] != id {
			t.Errorf("import: %v", d)
		}
		if _, again, errs := assay(t, "run", "export", id); again != doc {
			t.Errorf("exported again, the bytes differ\n%s", errs)
		}
		shown := document(t, "run", "show", id, "--json")
		if len(shown["modes"].([]any)) != 3 || shown["state"] != "done" {
			t.Errorf("the imported run shows %v", shown)
		}
	}
	// A star is a change: what the file holds is another run now.
	changed := strings.Replace(doc, `"headline":"`, `"headline":"x`, 1)
	write(t, file, changed)
	if code, _, errs := assay(t, "run", "import", file); code != 1 || !strings.Contains(errs, "damaged or was changed") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

func TestImportRefusesInOneLine(t *testing.T) {
	home(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "x.csv"), "a,b\n1,2\n")
	for _, c := range []struct {
		file, want string
	}{
		{filepath.Join(dir, "none.json"), "no such file"},
		{dir, "it is a folder"},
		{filepath.Join(dir, "x.csv"), "expected a file that"},
		{"-", "the file is empty"}, // the standard input of a test
	} {
		code, out, errs := assay(t, "run", "import", c.file)
		if code != 1 || out != "" || !strings.HasPrefix(errs, "assay: E-INPUT: import ") || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d, %q", c.file, code, errs)
		}
	}
	if code, _, _ := assay(t, "run", "import"); code != 2 {
		t.Errorf("no file: exit %d", code)
	}
}

func TestReportIsAFolderForAColleague(t *testing.T) {
	home(t)
	place := filepath.Join(t.TempDir(), "a secret place")
	prompt := filepath.Join(place, "question.json")
	write(t, prompt, `{"chunks":["Nadia Bell plays the oboe.","She lives in Oslo."],"question":"Question: Who plays the oboe?\nAnswer:"}`)
	document(t, "kv", "blend", "--prompt", prompt, "--modes", "full,reuse,blend", "--max-new", "2", "--json", "--progress", "none")
	dir := filepath.Join(t.TempDir(), "for", "you")
	d := document(t, "run", "export", "@1", "--format", "report", "--out", dir, "--json")
	if len(d["files"].([]any)) != 5 {
		t.Errorf("files %v", d["files"])
	}
	first := readAll(t, dir)
	for name, data := range first {
		for _, bad := range []string{place, "secret", os.Getenv("ASSAY_HOME"), dir} {
			if bytes.Contains(data, []byte(bad)) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
	text := string(first["report.md"])
	for _, want := range []string{"assay kv blend --prompt prompt.json --modes full,reuse,blend --max-new 2", "](ttft.svg)", "](deviation.svg)", "question.json", "recall-7m"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the report:\n%s", want, text)
		}
	}
	// The same pictures as pixels, in the report and alone.
	other := t.TempDir()
	document(t, "run", "export", "@1", "--format", "report", "--pictures", "png", "--dark", "--out", other, "--json")
	if page := string(readAll(t, other)["report.md"]); page != strings.ReplaceAll(text, ".svg)", ".png)") {
		t.Error("the report with PNG says something else")
	}
	alone := document(t, "run", "export", "@1", "--format", "png", "--out", t.TempDir(), "--json")
	for _, f := range alone["files"].([]any) {
		if data, err := os.ReadFile(f.(string)); err != nil || !bytes.HasPrefix(data, []byte("\x89PNG")) {
			t.Errorf("%v is no PNG: %v", f, err)
		}
	}
	if len(alone["files"].([]any)) != strings.Count(text, ".svg)") {
		t.Errorf("charts alone: %v", alone["files"])
	}
	// What lies beside the page repeats the run.
	t.Chdir(dir)
	again := document(t, "kv", "blend", "--prompt", "prompt.json", "--modes", "full,reuse,blend", "--max-new", "2", "--json", "--progress", "none")
	if len(again["modes"].([]any)) != 3 {
		t.Errorf("repeated: %v", again)
	}
	if code, _, errs := assay(t, "run", "export", "@2", "--format", "report", "--out", dir); code != 0 {
		t.Fatal(errs)
	}
	for name, data := range readAll(t, dir) {
		if !bytes.Equal(data, first[name]) {
			t.Errorf("%s differs the second time", name)
		}
	}
}

func TestExportSaysWhatItCannotDo(t *testing.T) {
	home(t)
	document(t, "kv", "sweep", "--prompts", "1", "--people", "2", "--ratios", "0.15", "--json", "--progress", "none")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--format", "pdf"}, "expected json, jsonl, csv, report, svg or png"},
		{[]string{"--format", "report", "--out", "-"}, "give a folder"},
		{[]string{"--format", "csv", "--table", "modes"}, "this run has cells, metrics, events"},
		{[]string{"--json"}, "--json lists written files"},
	} {
		code, out, errs := assay(t, append([]string{"run", "export", "@1"}, c.args...)...)
		if code != 2 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit %d, %q", c.args, code, errs)
		}
	}
	_, csv, _ := assay(t, "run", "export", "@1", "--format", "csv")
	if !strings.HasPrefix(csv, "run_id,prompt,mode,ratio,rule,kl_nats,top1_same,ttft_ms,dv_rms\n") {
		t.Errorf("csv: %.120s", csv)
	}
	dir := t.TempDir()
	if d := document(t, "run", "export", "@1", "--format", "csv", "--out", dir, "--json"); len(d["files"].([]any)) != 3 {
		t.Errorf("files %v", d["files"])
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
