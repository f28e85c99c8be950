package tokenizer_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"assay/core/model/demo"
	"assay/core/model/tokenizer"
)

// golden is one line of a golden file: a text and the ids that Hugging Face's tokenizers 0.23.3 gives for it, without
// special tokens around it.
type golden struct {
	Text string  `json:"text"`
	IDs  []int32 `json:"ids"`
}

func readGolden(t *testing.T, path string) []golden {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []golden
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	if len(list) == 0 || lines.Err() != nil {
		t.Fatalf("%s: %d lines, %v", path, len(list), lines.Err())
	}
	return list
}

func load(t testing.TB, name string) *tokenizer.Tokenizer {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if name == "demo" {
		text, err = fs.ReadFile(demo.FS(), "tokenizer.json")
	}
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestEncodeMatchesReference compares with the reference library on every pre-tokeniser. ASSAY_TEST_TOKENS names a folder
// of further files, NAME.big.jsonl, to compare with.
func TestEncodeMatchesReference(t *testing.T) {
	for _, name := range []string{"gpt2", "smollm", "llama3", "qwen2", "demo"} {
		t.Run(name, func(t *testing.T) {
			tok := load(t, name)
			list := readGolden(t, filepath.Join("testdata", name+".golden.jsonl"))
			if dir := os.Getenv("ASSAY_TEST_TOKENS"); dir != "" {
				list = append(list, readGolden(t, filepath.Join(dir, "tok-"+name+".big.jsonl"))...)
			}
			bad := 0
			for _, g := range list {
				if got := tok.Encode(g.Text); !slices.Equal(got, g.IDs) {
					if bad++; bad <= 5 {
						t.Errorf("Encode(%q)\n got %v\nwant %v", g.Text, got, g.IDs)
					}
				}
			}
			t.Logf("%d texts, %d differ", len(list), bad)
		})
	}
}
