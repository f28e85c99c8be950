package query_test

import (
	"errors"
	"strings"
	"testing"

	"assay/core/query"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	word := func(w string) query.Atom { return query.Atom{Values: []string{w}} }
	tests := []struct {
		name, text string
		want       query.Query
	}{
		{"empty holds always", "  ", nil},
		{"words are joined by and", "kv Blend", query.Query{
			{Any: []query.Atom{word("kv")}, Text: "kv"},
			{Any: []query.Atom{word("Blend")}, Text: "Blend"}}},
		{"key with values", "state:done,lost", query.Query{
			{Any: []query.Atom{{Key: "state", Op: query.Is, Values: []string{"done", "lost"}}}, Text: "state:done,lost"}}},
		{"bound", "seed>=7", query.Query{
			{Any: []query.Atom{{Key: "seed", Op: query.AtLeast, Values: []string{"7"}}}, Text: "seed>=7"}}},
		{"alternatives and not", "!fuzz|bench:prune", query.Query{
			{Not: true, Any: []query.Atom{word("fuzz"), {Key: "bench", Op: query.Is, Values: []string{"prune"}}}, Text: "!fuzz|bench:prune"}}},
		{"quotes keep blanks and signs", `-tag:"a b,c" "x:y"`, query.Query{
			{Not: true, Any: []query.Atom{{Key: "tag", Op: query.Is, Values: []string{"a b,c"}}}, Text: `-tag:"a b,c"`},
			{Any: []query.Atom{word("x:y")}, Text: `"x:y"`}}},
		{"letters in order", `~kvbl -~"a b"|x`, query.Query{
			{Any: []query.Atom{{Op: query.Fuzzy, Values: []string{"kvbl"}}}, Text: "~kvbl"},
			{Not: true, Any: []query.Atom{{Op: query.Fuzzy, Values: []string{"a b"}}, word("x")}, Text: `-~"a b"|x`}}},
		{"regular expressions", `name:/^a b\/c$/|tag:/x/ m:/a/b n:// o:/p`, query.Query{
			{Any: []query.Atom{{Key: "name", Op: query.Match, Values: []string{"^a b/c$"}}, {Key: "tag", Op: query.Match, Values: []string{"x"}}}, Text: `name:/^a b\/c$/|tag:/x/`},
			{Any: []query.Atom{{Key: "m", Op: query.Is, Values: []string{"/a/b"}}}, Text: "m:/a/b"}, // paths are none
			{Any: []query.Atom{{Key: "n", Op: query.Is, Values: []string{"//"}}}, Text: "n://"},
			{Any: []query.Atom{{Key: "o", Op: query.Is, Values: []string{"/p"}}}, Text: "o:/p"}}},
		{"a value may hold a colon", "name:a:b", query.Query{
			{Any: []query.Atom{{Key: "name", Op: query.Is, Values: []string{"a:b"}}}, Text: "name:a:b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := query.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseErrorsNameTheColumn(t *testing.T) {
	for text, want := range map[string]string{
		`name:`:    "column 6: expected a value after name:",
		`a -`:      "column 4: expected a word",
		`a|`:       "column 3: expected a word",
		`:x`:       `column 1: expected a key before ":"`,
		`x "abc`:   "column 3: the quote is not closed",
		`~`:        "column 2: expected a word after ~",
		`state:a,`: "column 9: expected a value after state:",
	} {
		_, err := query.Parse(text)
		var e *query.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestToggleFuzzy(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "blend": "~blend", "~blend": "blend", "a ~b": "~a ~b", "-a state:done": "-~a state:done",
		`"a b" x|y`: `"a b" x|y`, `"a b" c`: `"a b" ~c`, `"open`: `"open`, "state:done": "state:done",
	} {
		if got := query.ToggleFuzzy(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"bench", "kind", "state", "tag", "name", "id"}
	for word, want := range map[string]string{"stat": "state", "kinds": "kind", "bnech": "bench", "tags": "tag"} {
		if got := query.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := query.Nearest("x", nil); got != "" {
		t.Errorf("Nearest among nothing = %q", got)
	}
}

// FuzzParse checks that no text makes the parser panic, and that what a term
// says it was written as reads back to the same term.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a b", `-tag:"x y"|n>3`, "a|b|", "\xff:", "\u2003x", `""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := query.Parse(text)
		if err != nil {
			return
		}
		var parts []string
		for _, term := range q {
			parts = append(parts, term.Text)
		}
		again, err := query.Parse(strings.Join(parts, " "))
		if err != nil {
			t.Fatalf("%q: its own terms do not parse: %v", text, err)
		}
		if d := cmp.Diff(q, again); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	})
}
