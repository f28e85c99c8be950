package kv_test

import (
	"errors"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

func TestPromptFileReadsTextsAndIDs(t *testing.T) {
	got, err := kv.ParsePrompt([]byte(` {"question": "Who?", "chunks": ["a\n", [5, 0, 2147483647], []], "prefix": [1, 2]} `))
	if err != nil {
		t.Fatal(err)
	}
	want := kv.Prompt{Prefix: kv.IDPart([]int32{1, 2}), Question: kv.TextPart("Who?"),
		Chunks: []kv.Part{kv.TextPart("a\n"), kv.IDPart([]int32{5, 0, 2147483647}), kv.IDPart([]int32{})}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	again, err := kv.ParsePrompt([]byte(got.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, again); d != "" {
		t.Errorf("written and read again: %s", d)
	}
}

func TestPromptFileErrorsNameTheKey(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"empty file", ``, "not JSON"},
		{"not JSON", `hello`, "not JSON"},
		{"cut off", `{"prefix": "a", "chunks": ["b"`, "ends inside chunks"},
		{"not an object", `["a"]`, "got a list"},
		{"unknown key", `{"prefix": "", "chunk": []}`, `unknown key "chunk"`},
		{"repeated key", `{"prefix": "", "prefix": ""}`, `"prefix" is given twice`},
		{"chunks not a list", `{"chunks": "a"}`, `chunks: got the text "a"`},
		{"null part", `{"prefix": null}`, "prefix: got null"},
		{"object part", `{"chunks": ["a", {"text": "b"}]}`, "chunks[1]: got an object"},
		{"boolean part", `{"question": true}`, "question: got true"},
		{"fraction", `{"prefix": [1, 2.5]}`, "prefix[1]: got 2.5"},
		{"fraction that is whole", `{"prefix": [2.0]}`, "prefix[0]: got 2.0"},
		{"exponent", `{"chunks": [[1e3]]}`, "chunks[0][0]: got 1e3"},
		{"negative id", `{"question": [-1]}`, "question[0]: got -1"},
		{"huge id", `{"question": [4294967296]}`, "question[0]: got 4294967296"},
		{"text among ids", `{"question": [1, "2"]}`, `question[1]: got the text "2"`},
		{"list among ids", `{"question": [[1]]}`, "question[0]: got a list"},
		{"trailing value", `{"prefix": ""} {}`, "follows"},
		{"trailing bracket", `{"prefix": ""}]`, "follows"},
		{"not UTF-8", "{\"prefix\": \"\xff\"}", "not UTF-8"},
		{"long junk is clipped", `{"` + strings.Repeat("k", 500) + `": 1}`, "kkk..."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := kv.ParsePrompt([]byte(c.file))
			if run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want E-INPUT with %q", err, c.want)
			}
			if line := err.Error(); strings.Contains(line, "\n") || len(line) > 300 {
				t.Errorf("not one short line: %q", line)
			}
		})
	}
}

func FuzzParsePrompt(f *testing.F) {
	f.Add([]byte(`{"prefix":"p","chunks":["a",[1,2]],"question":[3]}`))
	f.Add([]byte(`{"chunks":[[1.5]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := kv.ParsePrompt(data)
		if err != nil {
			var e *run.Error
			if !errors.As(err, &e) || e.Code != run.EInput || strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one line of E-INPUT: %q", err)
			}
			return
		}
		again, err := kv.ParsePrompt([]byte(p.JSON()))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if again.JSON() != p.JSON() {
			t.Fatalf("%s became %s", p.JSON(), again.JSON())
		}
		v := kv.Vocabulary{Size: 100, BOS: 0, Positions: 64, Encode: func(s string) []int32 {
			ids := make([]int32, len(s))
			for i := range ids {
				ids[i] = int32(s[i]) % 100
			}
			return ids
		}}
		a, err := kv.Assemble(p, v)
		if err != nil {
			return
		}
		at := 0
		for _, s := range a.Segments {
			if s.Start != at || s.End <= s.Start {
				t.Fatalf("segments leave a gap: %+v", a.Segments)
			}
			at = s.End
		}
		if at != len(a.IDs) || at > v.Positions {
			t.Fatalf("%d tokens in segments that end at %d", len(a.IDs), at)
		}
	})
}
