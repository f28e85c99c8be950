package kv

import (
	"slices"

	"fmt"
)

// Vocabulary is what assembling a prompt needs to know of a model.
type Vocabulary struct {
	Size      int // ids are below it
	BOS       int // the token that begins a text, -1 where the model has none
	Positions int // longest context in tokens
	// Encode turns text into ids without adding any; nil where the model has no tokenizer.
	Encode func(text string) []int32
}

// The kinds of segments.
const (
	SegmentPrefix   = "prefix"
	SegmentChunk    = "chunk"
	SegmentQuestion = "question"
)

// Assembly is a tokenised prompt. Segments cover IDs without gaps, in the order
// prefix, chunks, question. A segment's Index counts all segments of the kind of
// a prompt: 0 the prefix (also where it has no tokens and is left out), 1.. the
// chunks, then the question.
type Assembly struct {
	IDs      []int32
	Context  int // n: tokens before the question
	Segments []SegmentDoc
	Notes    []string // what was left out, and why

	// Front are the tokens that stand in front of a chunk while its cache is
	// computed; their rows are dropped.
	Front []int32
}

// Of returns the ids of a segment.
func (a Assembly) Of(s SegmentDoc) []int32 { return a.IDs[s.Start:s.End] }

// Chunks returns the segments that are chunks.
func (a Assembly) Chunks() []SegmentDoc {
	var out []SegmentDoc
	for _, s := range a.Segments {
		if s.Kind == SegmentChunk {
			out = append(out, s)
		}
	}
	return out
}

// Prefix returns the number of tokens of the prefix.
func (a Assembly) Prefix() int {
	if len(a.Segments) > 0 && a.Segments[0].Kind == SegmentPrefix {
		return a.Segments[0].End
	}
	return 0
}

// Assemble is Chunking.Assemble with the default chunking.
func Assemble(p Prompt, v Vocabulary) (Assembly, error) { return Chunking{}.Assemble(p, v) }

// AssembleContext is Assemble without the question.
func AssembleContext(p Prompt, v Vocabulary) (Assembly, error) {
	return Chunking{}.AssembleContext(p, v)
}

// chunk adds the i-th chunk of a prompt, its separator behind it.
func (a *Assembly) chunk(i int, part Part, v Vocabulary, text string, separator []int32) error {
	at := fmt.Sprintf("chunks[%d]", i)
	ids, err := v.encode(at, part)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		a.Notes = append(a.Notes, at+" has no tokens and was left out")
		return nil
	}
	ids = append(slices.Clip(ids), separator...)
	if n := len(ids) + len(a.Front); n > v.Positions {
		what := "the BOS"
		if len(a.Front) != 1 {
			what = fmt.Sprintf("the %d tokens", len(a.Front))
		}
		return input("prompt: %s: %d tokens with %s in front of it, longer than the model's context of %d", at, n, what, v.Positions)
	}
	s := SegmentDoc{Kind: SegmentChunk, Index: len(a.Chunks()) + 1, Text: part.Text}
	if s.Text != "" {
		s.Text += text
	}
	a.add(s, ids)
	return nil
}

func (a *Assembly) add(s SegmentDoc, ids []int32) {
	s.Start = len(a.IDs)
	a.IDs = append(a.IDs, ids...)
	s.End = len(a.IDs)
	a.Segments = append(a.Segments, s)
}

func (v Vocabulary) encode(at string, p Part) ([]int32, error) {
	ids := p.IDs
	if !p.HasIDs {
		if p.Text == "" {
			return nil, nil
		}
		if v.Encode == nil {
			return nil, input("prompt: %s: it is a text, but the model has no tokenizer; give a list of token ids", at)
		}
		ids = v.Encode(p.Text)
	}
	for i, id := range ids {
		if id < 0 || int(id) >= v.Size {
			return nil, input("prompt: %s[%d]: token id %d is outside the vocabulary of %d (0 to %d)", at, i, id, v.Size, v.Size-1)
		}
	}
	return ids, nil
}
