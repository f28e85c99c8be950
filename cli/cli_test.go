package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/cli"
)

// The test binary is the program too: commands and screens start it again.
func TestMain(m *testing.M) {
	// As a worker, as a sampler, as whatever comes: what is not a flag of the tests is
	// a command. Running the tests instead would start them again without end.
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// assay runs a command with empty input and returns its exit code and streams.
func assay(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Main(append([]string{"assay"}, args...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// document runs a command that must succeed and reads its JSON.
func document(t *testing.T, args ...string) map[string]any {
	t.Helper()
	code, out, errs := assay(t, args...)
	if code != 0 {
		t.Fatalf("assay %s: exit %d\n%s", strings.Join(args, " "), code, errs)
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("assay %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return d
}

func home(t *testing.T) {
	t.Helper()
	t.Setenv("ASSAY_HOME", t.TempDir())
}

func TestBlendIsRecordedShownAndReplayed(t *testing.T) {
	home(t)
	blend := document(t, "kv", "blend", "--demo", "--seed", "3", "--people", "2", "--modes", "full,reuse,blend", "--max-new", "4", "--json", "--progress", "none")
	modes := blend["modes"].([]any)
	if len(modes) != 3 {
		t.Fatalf("%d modes, want 3", len(modes))
	}
	full := modes[0].(map[string]any)
	if full["mode"] != "full" || full["kl_vs_full"] != 0.0 || full["top1_vs_full"] != true {
		t.Errorf("full prefill differs from itself: %v", full["kl_vs_full"])
	}
	for _, m := range modes {
		m := m.(map[string]any)
		sum := 0.0
		for _, ms := range m["phases_ms"].(map[string]any) {
			sum += ms.(float64)
		}
		if ttft := m["ttft_ms"].(float64); sum < 0.95*ttft || sum > 1.05*ttft {
			t.Errorf("%s: phases add up to %g ms of %g", m["mode"], sum, ttft)
		}
	}

	id := blend["run_id"].(string)
	show := document(t, "run", "show", id[:10], "--json")
	if show["state"] != "done" || show["error_code"] != "" || show["run_id"] != id {
		t.Errorf("show: state %v, error %v, run %v", show["state"], show["error_code"], show["run_id"])
	}
	a, _ := json.Marshal(blend["modes"])
	b, _ := json.Marshal(show["modes"])
	if !bytes.Equal(a, b) {
		t.Error("show prints other modes than the command did")
	}

	if d := document(t, "run", "replay", "@1", "--json", "--progress", "none"); d["identical"] != true || d["first_difference"] != "" {
		t.Errorf("replay: %v", d)
	}
	if code, _, errs := assay(t, "run", "resume", id); code != 1 || !strings.Contains(errs, "E-STATE") {
		t.Errorf("resume of a finished run: exit %d, %s", code, errs)
	}
	list := document(t, "run", "ls", "--json")["runs"].([]any)
	if len(list) != 2 {
		t.Errorf("%d runs listed, want the blend and its replay", len(list))
	}
	for _, key := range []string{"run_id", "bench", "kind", "name", "state", "last_seq", "headline"} {
		if _, ok := list[0].(map[string]any)[key]; !ok {
			t.Errorf("run ls: no %s", key)
		}
	}
	document(t, "run", "rm", id, "--json")
	if code, _, _ := assay(t, "run", "show", id); code != 1 {
		t.Errorf("a removed run is shown: exit %d", code)
	}
}

func TestSweepReportsEveryCommit(t *testing.T) {
	home(t)
	code, out, errs := assay(t, "kv", "sweep", "--demo", "--seed", "5", "--people", "1", "--prompts", "2", "--ratio", ".2", "--rules", "v", "--json", "--progress", "jsonl")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	var doc struct {
		Cells []struct {
			Prompt int     `json:"prompt"`
			Mode   string  `json:"mode"`
			Ratio  float64 `json:"ratio"`
		} `json:"cells"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, c := range doc.Cells {
		seen[c.Mode]++
	}
	for _, mode := range []string{"full", "reuse", "blend", "random"} {
		if seen[mode] != 2 {
			t.Errorf("%d cells of %s, want one a prompt", seen[mode], mode)
		}
	}
	last := int64(-1)
	for line := range strings.SplitSeq(strings.TrimSpace(errs), "\n") {
		var p struct {
			Seq *int64 `json:"committed_seq"`
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil || p.Seq == nil {
			t.Fatalf("not a line of progress: %s", line)
		}
		if *p.Seq <= last {
			t.Errorf("committed_seq %d after %d", *p.Seq, last)
		}
		last = *p.Seq
	}
	list := document(t, "run", "ls", "--json")["runs"].([]any)
	if got := list[0].(map[string]any)["last_seq"]; got != float64(last) {
		t.Errorf("last_seq %v, but the last line said %d", got, last)
	}
}

func TestBadInputEndsWithOneLineAndTheRightCode(t *testing.T) {
	home(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long := fmt.Sprintf(`{"prefix":[0],"chunks":[[%s5]],"question":[5]}`, strings.Repeat("5,", 5000))
	cases := []struct {
		name string
		code int
		text string // part of the line
		args []string
	}{
		{"unknown command", 2, `"bland" for "assay kv"; did you mean assay kv blend?`, []string{"kv", "bland"}},
		{"swapped letters", 2, "did you mean assay run?", []string{"rnu", "ls"}},
		{"nothing near", 2, "see assay kv --help", []string{"kv", "zzzzzz"}},
		{"unknown flag", 2, "--ratioo; did you mean --ratio?", []string{"kv", "blend", "--ratioo", "1"}},
		{"no flag near", 2, "see assay run ls --help", []string{"run", "ls", "--xyzzy"}},
		{"ratio out of range", 2, "from 0 to 1", []string{"kv", "blend", "--demo", "--ratio", "1.5"}},
		{"ratio not a number", 2, "--ratio", []string{"kv", "blend", "--demo", "--ratio", "nan"}},
		{"unknown mode", 2, "promptcache", []string{"kv", "blend", "--demo", "--modes", "full,magic"}},
		{"unknown progress", 2, "jsonl", []string{"kv", "blend", "--demo", "--progress", "loud"}},
		{"no such prompt", 1, "absent.json", []string{"kv", "blend", "--prompt", filepath.Join(dir, "absent.json")}},
		{"prompt not JSON", 1, "cut.json", []string{"kv", "blend", "--prompt", file("cut.json", `{"prefix":`)}},
		{"prompt with an unknown key", 1, "chunkz", []string{"kv", "blend", "--prompt", file("key.json", `{"prefix":"","chunkz":[],"question":"x"}`)}},
		{"id outside the vocabulary", 1, "99999", []string{"kv", "blend", "--prompt", file("id.json", `{"prefix":[0],"chunks":[[99999]],"question":[5]}`), "--progress", "none"}},
		{"longer than the context", 1, "4096", []string{"kv", "blend", "--prompt", file("long.json", long), "--progress", "none"}},
		{"no such model", 4, "absent", []string{"model", "inspect", filepath.Join(dir, "absent")}},
		{"model without files", 4, "config.json", []string{"model", "inspect", dir}},
		{"ids not numbers", 2, "--ids", []string{"model", "logits", "--ids", "1,x"}},
		{"id not in the model", 1, "4096", []string{"model", "logits", "--ids", "4096"}},
		{"no such run", 1, "01ARZ3", []string{"run", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV"}},
		{"no CUDA", 4, "cuda", []string{"kv", "check", "--device", "cuda:0"}},
		{"screen without a terminal", 2, "terminal", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := assay(t, c.args...)
			if code != c.code {
				t.Errorf("exit %d, want %d", code, c.code)
			}
			if out != "" {
				t.Errorf("printed %q", out)
			}
			if !strings.Contains(errs, c.text) || strings.Count(errs, "\n") != 1 {
				t.Errorf("want one line with %q, got\n%s", c.text, errs)
			}
		})
	}
}

func TestLogitsAreThoseOfTheWholeVocabulary(t *testing.T) {
	d := document(t, "model", "logits", "--ids", "0,5,9", "--json")
	if n := len(d["logits"].([]any)); n != 4096 {
		t.Errorf("%d logits, want one a token of the vocabulary", n)
	}
}

func TestGatePassesOnTheShippedModel(t *testing.T) {
	d := document(t, "kv", "check", "--json")
	if d["pass"] != true || d["r1_bit_equal"] != true || d["layer0_max_deviation"] != 0.0 || d["prefix_max_deviation"] != 0.0 {
		t.Errorf("gate: %v", d)
	}
}

func TestParametersRoundTripThroughTOML(t *testing.T) {
	home(t)
	code, text, errs := assay(t, "kv", "blend", "--demo", "--seed", "9", "--modes", "full,blend", "--rule", "k", "--dump-params")
	if code != 0 {
		t.Fatal(errs)
	}
	path := filepath.Join(t.TempDir(), "p.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, again, _ := assay(t, "kv", "blend", "--params", path, "--dump-params")
	if again != text {
		t.Errorf("read back as\n%s\nwritten as\n%s", again, text)
	}
	_, other, _ := assay(t, "kv", "blend", "--params", path, "--seed", "10", "--dump-params")
	if !strings.Contains(other, "seed = 10") || !strings.Contains(other, "rule = 'k'") {
		t.Errorf("a flag beside the file:\n%s", other)
	}
}
