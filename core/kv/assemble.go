package kv

import "fmt"

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

// Assemble tokenises a prompt part by part, never the joined text. A text prefix
// gets BOS in front, an empty prefix is [BOS] (nothing where the model has no
// BOS); lists of ids are taken as given. A chunk without tokens is left out and
// noted. The error is an *run.Error of code E-INPUT that names the key, the id
// or both lengths.
func Assemble(p Prompt, v Vocabulary) (Assembly, error) {
	a, err := AssembleContext(p, v)
	if err != nil {
		return Assembly{}, err
	}
	ids, err := v.encode("question", p.Question)
	if err != nil {
		return Assembly{}, err
	}
	if len(ids) == 0 {
		return Assembly{}, input("prompt: question: it has no tokens, expected at least one: the answer is computed from its last")
	}
	index := len(a.Chunks()) + 1
	a.add(SegmentDoc{Kind: SegmentQuestion, Index: index, Text: p.Question.Text}, ids)
	if len(a.IDs) > v.Positions {
		return Assembly{}, input("prompt: %d tokens (%d of them context), longer than the model's context of %d", len(a.IDs), a.Context, v.Positions)
	}
	return a, nil
}

// AssembleContext is Assemble without the question.
func AssembleContext(p Prompt, v Vocabulary) (Assembly, error) {
	var a Assembly
	ids, err := v.encode("prefix", p.Prefix)
	if err != nil {
		return Assembly{}, err
	}
	if v.BOS >= 0 && (len(ids) == 0 || !p.Prefix.HasIDs) {
		ids = append([]int32{int32(v.BOS)}, ids...)
	}
	if len(ids) > 0 {
		a.add(SegmentDoc{Kind: SegmentPrefix, Text: p.Prefix.Text}, ids)
	}
	index := 0
	for i, c := range p.Chunks {
		at := fmt.Sprintf("chunks[%d]", i)
		ids, err := v.encode(at, c)
		if err != nil {
			return Assembly{}, err
		}
		if len(ids) == 0 {
			a.Notes = append(a.Notes, at+" has no tokens and was left out")
			continue
		}
		behind := 0
		if v.BOS >= 0 {
			behind = 1
		}
		if n := len(ids) + behind; n > v.Positions {
			return Assembly{}, input("prompt: %s: %d tokens with the BOS in front of it, longer than the model's context of %d", at, n, v.Positions)
		}
		index++
		a.add(SegmentDoc{Kind: SegmentChunk, Index: index, Text: c.Text}, ids)
	}
	a.Context = len(a.IDs)
	if a.Context > v.Positions {
		return Assembly{}, input("prompt: %d tokens of prefix and chunks, longer than the model's context of %d", a.Context, v.Positions)
	}
	return a, nil
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
