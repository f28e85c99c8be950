package archive_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/kv/archive"
)

func TestDecodeReadsWhatGenerateMakes(t *testing.T) {
	want, err := archive.Generate(4, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, a := range want {
		line, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), "\n\n"...)
	}
	path := filepath.Join(t.TempDir(), "archives.jsonl")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := archive.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDecodeNamesLineAndKey(t *testing.T) {
	const good = `{"notes":["a\n"],"questions":[{"kind":"direct","text":"q","answer":"a"}]}`
	for name, c := range map[string]struct{ text, want string }{
		"not JSON":         {good + "\n{nope", "line 2: invalid character"},
		"cut off":          {good + "\n" + good[:30], "line 2: not valid JSON: it ends too early"},
		"unknown key":      {`{"note":[]}`, `line 1: unknown field "note"`},
		"wrong type":       {`{"notes":"a"}`, "line 1: notes is a JSON string"},
		"not an object":    {`3`, "line 1: it is a JSON number, expected an object"},
		"no notes":         {`{"notes":[],"questions":[]}`, "line 1: notes is missing or empty"},
		"no questions":     {`{"notes":["a"]}`, "line 1: questions is missing or empty"},
		"no answer":        {strings.Replace(good, `"answer":"a"`, `"answer":""`, 1), "line 1: questions[0].answer is missing or empty"},
		"two on a line":    {good + good, "line 1: more than one JSON value"},
		"nothing":          {"\n\n", "no archives"},
		"invalid encoding": {"\xff", "line 1: not valid UTF-8"},
	} {
		_, err := archive.Decode(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
	if _, err := archive.ReadFile(filepath.Join(t.TempDir(), "none.jsonl")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("missing file: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"notes":["a\n","b\n"],"questions":[{"kind":"who","text":"q?","answer":"x"}]}` + "\n")
	f.Add("\n\n{}")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := archive.Decode(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, a := range list {
			if len(a.Notes) == 0 || len(a.Questions) == 0 {
				t.Fatal("an archive without notes or questions was accepted")
			}
		}
	})
}
