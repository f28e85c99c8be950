package kv_test

import (
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

func TestFrontIsWhatTheChunkingSays(t *testing.T) {
	none := letters
	none.BOS = -1
	for _, c := range []struct {
		name   string
		c      kv.Chunking
		v      kv.Vocabulary
		prefix kv.Part
		want   []int32
	}{
		{"default", kv.Chunking{}, letters, kv.TextPart("ab"), []int32{0}},
		{"auto", kv.Chunking{BOS: kv.LeadAuto}, letters, kv.TextPart("ab"), []int32{0}},
		{"BOS", kv.Chunking{BOS: kv.LeadBOS}, letters, kv.IDPart([]int32{5}), []int32{0}},
		{"no BOS", kv.Chunking{BOS: kv.LeadNone}, letters, kv.TextPart("ab"), nil},
		{"a model without BOS", kv.Chunking{}, none, kv.TextPart("ab"), nil},
		{"prefix", kv.Chunking{Prefix: true}, letters, kv.TextPart("ab"), []int32{0, 1, 2}},
		{"empty prefix", kv.Chunking{Prefix: true, BOS: kv.LeadAuto}, letters, kv.TextPart(""), []int32{0}},
		{"prefix as given", kv.Chunking{Prefix: true}, letters, kv.IDPart([]int32{5, 6}), []int32{5, 6}},
		{"prefix of a model without BOS", kv.Chunking{Prefix: true}, none, kv.TextPart("ab"), []int32{1, 2}},
		{"no prefix and no BOS", kv.Chunking{Prefix: true}, none, kv.TextPart(""), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := text("", "cd", "e")
			p.Prefix = c.prefix
			a, err := c.c.Assemble(p, c.v)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(a.Front, c.want) {
				t.Errorf("in front %v, want %v", a.Front, c.want)
			}
			plain, err := kv.Assemble(p, c.v)
			if err != nil || !slices.Equal(a.IDs, plain.IDs) {
				t.Errorf("the prompt is %v, by default %v: what stands in front is dropped", a.IDs, plain.IDs)
			}
		})
	}
}

func TestSeparatorBelongsToTheChunkBeforeIt(t *testing.T) {
	p := text("a", "b", "", "cc", "q")
	p.Chunks = append(p.Chunks, kv.IDPart([]int32{9}))
	a, err := kv.Chunking{Separator: "xy"}.Assemble(p, letters)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int32{0, 1, 2, 24, 25, 3, 3, 24, 25, 9, 24, 25, 17}; !slices.Equal(a.IDs, want) || a.Context != 12 {
		t.Errorf("got %v, context %d, want %v", a.IDs, a.Context, want)
	}
	want := []kv.SegmentDoc{{Kind: "chunk", Index: 1, Start: 2, End: 5, Text: "bxy"}, {Kind: "chunk", Index: 2, Start: 5, End: 9, Text: "ccxy"},
		{Kind: "chunk", Index: 3, Start: 9, End: 12}}
	if got := a.Chunks(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if len(a.Notes) != 1 || !strings.Contains(a.Notes[0], "chunks[1]") {
		t.Errorf("notes %q, want one for the empty chunk, whose separator goes with it", a.Notes)
	}
	if first := p.Chunks[0]; first.Text != "b" {
		t.Errorf("the prompt was changed: %+v", first)
	}
}

func TestChunkingsThatCannotBeAreUsageErrors(t *testing.T) {
	none, mute := letters, letters
	none.BOS, mute.Encode = -1, nil
	ids := kv.Prompt{Prefix: kv.IDPart([]int32{1}), Chunks: []kv.Part{kv.IDPart([]int32{2})}, Question: kv.IDPart([]int32{3})}
	for _, c := range []struct {
		name string
		c    kv.Chunking
		v    kv.Vocabulary
		want string
	}{
		{"unknown lead", kv.Chunking{BOS: "maybe"}, letters, "expected auto, true, false"},
		{"BOS of a model without", kv.Chunking{BOS: kv.LeadBOS}, none, "no BOS"},
		{"prefix and a lead", kv.Chunking{Prefix: true, BOS: kv.LeadNone}, letters, "leave chunk-bos at auto"},
		{"separator without a tokenizer", kv.Chunking{Separator: "##"}, mute, "no tokenizer"},
	} {
		if _, err := c.c.Assemble(ids, c.v); run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want E-USAGE with %q", c.name, err, c.want)
		}
	}
	long := text(strings.Repeat("p", 8), strings.Repeat("c", 5), "q")
	if _, err := (kv.Chunking{Prefix: true}).Assemble(long, letters); err != nil {
		t.Errorf("9 tokens of prefix and 5 of a chunk fit into 16: %v", err)
	}
	if _, err := (kv.Chunking{Separator: "xyz", Prefix: true}).Assemble(long, letters); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "17 tokens with the 9 tokens in front") {
		t.Errorf("a chunk that does not fit behind the prefix: %v", err)
	}
}
