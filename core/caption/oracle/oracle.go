package oracle

import (
	"fmt"
	"slices"

	"assay/core/caption"
	"assay/core/query"
	"assay/core/run"
)

// Oracle judges pairs of captions over one list of classes. It is immutable and
// safe for concurrent use.
type Oracle struct {
	variant string
	lex     *lexicon
	ref     *wordList
	also    map[string][]string
}

// Options chooses an oracle.
type Options struct {
	Variant  string              // caption.VariantExact or VariantRef; "" is exact
	Classes  []string            // what the captioner is asked about; others are ignored
	Synonyms []Synonym           // surfaces added by a person
	Also     map[string][]string // classes that a picture of an object shows beside it; exact tolerates them as extras
}

// New makes an oracle.
func New(o Options) (*Oracle, error) {
	if o.Variant == "" {
		o.Variant = caption.VariantExact
	}
	if !slices.Contains(caption.Variants(), o.Variant) {
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("variant %q: expected exact or ref", o.Variant)}
	}
	if len(o.Classes) == 0 {
		return nil, &run.Error{Code: run.EUsage, Text: "an oracle needs at least one class"}
	}
	lex, err := newLexicon(o.Classes, o.Synonyms)
	if err != nil {
		return nil, err
	}
	return &Oracle{variant: o.Variant, lex: lex, ref: newWordList(o.Classes), also: o.Also}, nil
}

// Variant returns which variant judges.
func (o *Oracle) Variant() string { return o.variant }

// Knows reports whether a class is in the oracle's list.
func (o *Oracle) Knows(class string) bool { return o.lex.active[class] }

// Insertion judges a pair whose follow-up picture has one object more.
func (o *Oracle) Insertion(object, before, after string) caption.Judgement {
	return o.judge(caption.Insert, object, false, before, after)
}

// Removal judges a pair whose follow-up picture lacks one object; left says
// that another object of its class remains.
func (o *Oracle) Removal(object string, left bool, before, after string) caption.Judgement {
	return o.judge(caption.Remove, object, left, before, after)
}

// Same judges two captions of equal pictures.
func (o *Oracle) Same(before, after string) caption.Judgement {
	return o.judge(caption.RoundTrip, "", false, before, after)
}

func (o *Oracle) judge(relation, object string, left bool, before, after string) caption.Judgement {
	f := [2]found{o.lex.extract(before), o.lex.extract(after)}
	var j caption.Judgement
	for i, text := range []string{before, after} {
		j.Mentions[i] = slices.Concat([]caption.Mention{}, f[i].mentions)
		j.Found[i] = slices.Concat([]caption.ClassCount{}, f[i].counts)
		if reason := o.lex.unfit(text, f[i]); reason != "" && (o.variant == caption.VariantExact || reason == ReasonEmpty) {
			invalid(&j, i, reason)
			return j
		}
	}
	switch {
	case o.variant == caption.VariantRef && relation == caption.Insert:
		j.Details = o.ref.insertion(object, before, after)
	case o.variant == caption.VariantRef && relation == caption.Remove:
		j.Details = o.ref.removal(object, before, after)
	case relation == caption.Insert:
		j.Details = o.insertion(object, f[0], f[1])
	case relation == caption.Remove:
		j.Details = o.removal(object, left, f[0], f[1])
	default:
		j.Details = same(f[0], f[1])
	}
	for i, v := range j.Details {
		j.Violations = append(j.Violations, v.String())
		j.Details[i].Spans = where(v, f)
	}
	decide(&j)
	return j
}

// Count is what a caption says of a class: ok is false where it names no such
// thing, weakly or not.
func (o *Oracle) Count(text, class string) (caption.ClassCount, bool) {
	for _, c := range o.lex.extract(text).counts {
		if c.Class == class {
			return c, true
		}
	}
	return caption.ClassCount{}, false
}

// Says returns what a caption says, class by class, in the order of the words.
func (o *Oracle) Says(text string) []caption.ClassCount { return o.lex.extract(text).counts }

func nearest(word string, known []string) string {
	if near := query.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
