package blend

import (
	"slices"
	"strings"

	"assay/core/kv"
	"assay/core/kv/qa"
)

// spell sets the greedy answer of a mode and scores it.
func (s *Session) spell(r *Result, spec kv.Spec, ids []int32) {
	d := &r.Doc
	for _, id := range ids {
		d.TextIDs = append(d.TextIDs, int(id))
	}
	d.Text = s.text(ids)
	own, full := s.answered(ids), s.answered(s.base.text)
	if s.e.m.Tokenizer == nil {
		// Without texts the ids themselves are compared, as tokens and as words.
		d.F1Full, d.RougeFull = qa.Overlap(own, full), qa.Subsequence(own, full)
		d.F1WordsFull = d.F1Full
		return
	}
	rule := qa.WholeWord
	if spec.Variant == kv.VariantRef {
		rule = qa.Beginning
	}
	// Both answers are generated, so both are parsed: what is equal scores 1.
	text := []string{s.text(full)}
	parsed := []string{qa.Parse(text[0], rule)}
	d.F1Full, d.F1WordsFull, d.RougeFull = qa.F1(d.Text, parsed, rule, s.e.m.Tokenizer.Encode), qa.WordF1(d.Text, parsed, rule), qa.RougeL(d.Text, text)
	if s.gold == "" {
		return
	}
	d.Gold = s.gold
	gold := []string{s.gold}
	f1, words, rouge := qa.F1(d.Text, gold, rule, s.e.m.Tokenizer.Encode), qa.WordF1(d.Text, gold, rule), qa.RougeL(d.Text, gold)
	d.F1Gold, d.F1WordsGold, d.RougeGold = &f1, &words, &rouge
}

// answered is a greedy answer without the token that ended it.
func (s *Session) answered(ids []int32) []int32 {
	if n := len(ids); n > 0 && s.ends(ids[n-1]) {
		ids = ids[:n-1]
	}
	return slices.Clone(ids)
}

// text is the text of a greedy answer, cut at the first newline; "" without a
// tokenizer.
func (s *Session) text(ids []int32) string {
	if s.e.m.Tokenizer == nil {
		return ""
	}
	text, _, _ := strings.Cut(s.e.m.Tokenizer.Decode(s.answered(ids)), "\n")
	return strings.TrimSpace(text)
}
