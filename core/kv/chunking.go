package kv

import (
	"slices"
	"strings"
)

// Lead says whether a BOS stands in front of a chunk while its cache is computed.
type Lead string

// The choices of a lead.
const (
	LeadAuto Lead = "auto"  // a BOS where the model has one
	LeadBOS  Lead = "true"  // a BOS; a model without one is refused
	LeadNone Lead = "false" // nothing: the chunk's own first tokens become its attention sink
)

// Leads returns every choice of a lead.
func Leads() []string { return []string{string(LeadAuto), string(LeadBOS), string(LeadNone)} }

// RoPEState says in which form K of a chunk is cached.
type RoPEState string

// The states. Moving RoPEPre to a position is as exact as computing it there;
// RoPEPost, the form of other systems, rounds once more.
const (
	RoPEPre  RoPEState = "pre"  // before rotary embedding
	RoPEPost RoPEState = "post" // rotated for the positions at which the chunk was computed
)

// RoPEStates returns every state.
func RoPEStates() []string { return []string{string(RoPEPre), string(RoPEPost)} }

// Chunking says how chunks are put into a prompt and what stands in front of one
// while its cache is computed. The zero value is the default: one BOS in front,
// no separator. A Chunking is a value and safe for concurrent use.
type Chunking struct {
	// BOS is the lead; "" is LeadAuto.
	BOS Lead
	// Prefix puts the prompt's own prefix in front of every chunk instead, as it
	// stands in the prompt: rows as good as the model can make them without the
	// other chunks, of use only while the prefix stays the same.
	Prefix bool
	// Separator is a text put behind every chunk. Its tokens belong to that chunk,
	// so a chunk is the same wherever it stands. "" is none.
	Separator string
}

// Assemble tokenises a prompt part by part, never the joined text. A text prefix
// gets BOS in front, an empty prefix is [BOS] (nothing where the model has no
// BOS); lists of ids are taken as given. A chunk without tokens is left out, its
// separator too, and noted. The error is an *run.Error of code E-INPUT that names
// the key, the id or both lengths, or of E-USAGE where the chunking cannot be.
func (c Chunking) Assemble(p Prompt, v Vocabulary) (Assembly, error) {
	a, err := c.AssembleContext(p, v)
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
func (c Chunking) AssembleContext(p Prompt, v Vocabulary) (Assembly, error) {
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
	if a.Front, err = c.front(ids, v.BOS); err != nil {
		return Assembly{}, err
	}
	separator, err := c.separator(v)
	if err != nil {
		return Assembly{}, err
	}
	for i, part := range p.Chunks {
		if err := a.chunk(i, part, v, c.Separator, separator); err != nil {
			return Assembly{}, err
		}
	}
	a.Context = len(a.IDs)
	if a.Context > v.Positions {
		return Assembly{}, input("prompt: %d tokens of prefix and chunks, longer than the model's context of %d", a.Context, v.Positions)
	}
	return a, nil
}

// Check refuses, as E-USAGE, what no model and no prompt can have.
func (c Chunking) Check() error {
	if c.BOS != "" && !slices.Contains(Leads(), string(c.BOS)) {
		return usage("unknown chunk-bos %q: expected %s", c.BOS, strings.Join(Leads(), ", "))
	}
	if c.Prefix && c.BOS != "" && c.BOS != LeadAuto {
		return usage("chunk-bos %s beside chunk-prefix: the prompt's prefix stands in front of every chunk as it is, with its BOS or without; leave chunk-bos at auto", c.BOS)
	}
	return nil
}

// front returns what stands in front of a chunk, given the ids of the prefix.
func (c Chunking) front(prefix []int32, bos int) ([]int32, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	switch {
	case c.Prefix:
		return prefix, nil
	case c.BOS == LeadBOS && bos < 0:
		return nil, usage("chunk-bos true: the model has no BOS token; leave it at auto")
	case c.BOS == LeadNone || bos < 0:
		return nil, nil
	}
	return []int32{int32(bos)}, nil
}

func (c Chunking) separator(v Vocabulary) ([]int32, error) {
	if c.Separator == "" {
		return nil, nil
	}
	if v.Encode == nil {
		return nil, usage("separator %s: it is a text, but the model has no tokenizer", quote(c.Separator))
	}
	return v.encode("separator", TextPart(c.Separator))
}
