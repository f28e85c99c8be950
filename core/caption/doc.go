// Package caption holds the nouns of the caption bench: objects, scenes, pairs
// of pictures, mentions in captions, verdicts, issues, and the documents of a
// campaign. It knows no captioner and no pixel, so that screens may use it.
//
// The method is metamorphic testing (MetaIC, arXiv 2206.06550; ROME, arXiv
// 2306.02228). An object is inserted into a background, or removed from a
// scene; the captioner under test describes both pictures; the oracle, package
// oracle, compares only the two captions. A pair that breaks a relation is an
// issue: at least one of its captions is wrong. Where the scenes were composed
// here the truth is known, and every issue is labelled by it.
//
// Invariants: every field but those ending in _ms is the same whenever a
// campaign is repeated with the same parameters and a captioner that answers
// alike. Spans are byte offsets into the caption as it is recorded. Types hold
// plain data; reading them concurrently is safe.
package caption
