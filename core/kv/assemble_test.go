package kv_test

import (
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

// letters is a vocabulary of BOS 0 and one id a lower-case letter, from 1.
var letters = kv.Vocabulary{Size: 27, BOS: 0, Positions: 16, Encode: func(s string) []int32 {
	var ids []int32
	for _, r := range s {
		ids = append(ids, r-'a'+1)
	}
	return ids
}}

func text(words ...string) kv.Prompt {
	p := kv.Prompt{Prefix: kv.TextPart(words[0]), Question: kv.TextPart(words[len(words)-1])}
	for _, w := range words[1 : len(words)-1] {
		p.Chunks = append(p.Chunks, kv.TextPart(w))
	}
	return p
}

func TestBOSStandsInFrontOfTheWholePromptAlone(t *testing.T) {
	none := letters
	none.BOS = -1
	ids := func(x ...int32) kv.Part { return kv.IDPart(x) }
	for _, c := range []struct {
		name   string
		p      kv.Prompt
		v      kv.Vocabulary
		want   []int32
		prefix int
	}{
		{"text prefix", text("ab", "c", "d"), letters, []int32{0, 1, 2, 3, 4}, 3},
		{"empty prefix", text("", "c", "d"), letters, []int32{0, 3, 4}, 1},
		{"ids are taken as given", kv.Prompt{Prefix: ids(5, 6), Chunks: []kv.Part{ids(7)}, Question: ids(8)}, letters, []int32{5, 6, 7, 8}, 2},
		{"no ids are an empty prefix", kv.Prompt{Prefix: ids(), Question: ids(8)}, letters, []int32{0, 8}, 1},
		{"no chunks", text("ab", "d"), letters, []int32{0, 1, 2, 4}, 3},
		{"model without BOS", text("ab", "c", "d"), none, []int32{1, 2, 3, 4}, 2},
		{"model without BOS, empty prefix", text("", "c", "d"), none, []int32{3, 4}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := kv.Assemble(c.p, c.v)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(a.IDs, c.want) || a.Prefix() != c.prefix {
				t.Errorf("got %v with a prefix of %d, want %v with %d", a.IDs, a.Prefix(), c.want, c.prefix)
			}
		})
	}
}

func TestEmptyChunkGivesThePromptWithoutIt(t *testing.T) {
	with, err := kv.Assemble(text("a", "b", "", "c", "q"), letters)
	if err != nil {
		t.Fatal(err)
	}
	without, err := kv.Assemble(text("a", "b", "c", "q"), letters)
	if err != nil {
		t.Fatal(err)
	}
	if len(with.Notes) != 1 || !strings.Contains(with.Notes[0], "chunks[1]") {
		t.Errorf("notes %q, want one that names chunks[1]", with.Notes)
	}
	if !slices.Equal(with.IDs, without.IDs) || !slices.Equal(with.Segments, without.Segments) || with.Context != without.Context {
		t.Errorf("got %+v, without the chunk %+v", with, without)
	}
}

func TestSegmentsCountThePrefixAsZero(t *testing.T) {
	a, err := kv.Assemble(text("a", "bb", "c", "dd"), letters)
	if err != nil {
		t.Fatal(err)
	}
	want := []kv.SegmentDoc{{Kind: "prefix", Index: 0, Start: 0, End: 2, Text: "a"}, {Kind: "chunk", Index: 1, Start: 2, End: 4, Text: "bb"},
		{Kind: "chunk", Index: 2, Start: 4, End: 5, Text: "c"}, {Kind: "question", Index: 3, Start: 5, End: 7, Text: "dd"}}
	if !slices.Equal(a.Segments, want) || a.Context != 5 {
		t.Errorf("got %+v, context %d", a.Segments, a.Context)
	}
}

func TestPromptsThatCannotBeServedAreRefused(t *testing.T) {
	mute := letters
	mute.Encode = nil
	long := strings.Repeat("x", 16)
	for _, c := range []struct {
		name string
		p    kv.Prompt
		v    kv.Vocabulary
		want []string
	}{
		{"id outside the vocabulary", kv.Prompt{Chunks: []kv.Part{kv.IDPart([]int32{1, 27})}, Question: kv.TextPart("q")}, letters, []string{"chunks[0][1]", "27", "vocabulary of 27"}},
		{"text without a tokenizer", text("", "c", "q"), mute, []string{"chunks[0]", "no tokenizer"}},
		{"empty question", text("", "c", ""), letters, []string{"question"}},
		{"chunk longer than the context", text("", long, "q"), letters, []string{"chunks[0]", "17 tokens", "context of 16"}},
		{"context longer", text("", long[:10], long[:10], "q"), letters, []string{"21 tokens", "context of 16"}},
		{"prompt longer", text("", long[:10], long[:6]), letters, []string{"17 tokens", "context of 16"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := kv.Assemble(c.p, c.v)
			if run.CodeOf(err) != run.EInput {
				t.Fatalf("got %v, want E-INPUT", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
}
