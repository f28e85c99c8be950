// Package oracle decides from two captions alone whether a captioner kept the
// relation between two pictures: what it should name, and how many of each.
//
// Variant exact reads mentions out of English captions with a closed lexicon:
// synonyms, compounds, plurals, numerals and quantifiers, negation, loose words.
// There is no tagger and no stemming: every plural is made when the lexicon is
// built, so nothing is guessed while a caption is read. Variant ref decides as
// the released script of MetaIC does (RobustNLP/TestIC), with a word matcher
// that stands for its tagger.
//
// Sources: MetaIC, arXiv 2206.06550, section 3.4; ROME, arXiv 2306.02228; the
// released captions. Rules of our own are marked so beside the code.
//
// What it cannot do: coreference beyond "the", distributive readings ("each man
// holds a dog"), pictures within pictures ("a painting of a dog" counts), other
// languages than English. Attributes, actions and relations are not checked.
//
// Invariants: no input panics; verdicts do not depend on case, final
// punctuation or extra spaces. An Oracle is immutable and safe for concurrent use.
package oracle
