// Package compare sets two to eight runs against each other: the parameters that
// differ, every number of their documents and metrics beside each other, and the
// findings that some have and others have not.
//
// # Numbers
//
// It knows no bench. The numbers are the leaves of the documents that the kinds of
// runs make (bench.Kind.Document), named by their path. Entries of a list are told
// apart by what names them: a key, a name or an ID, or else their short words and
// coordinates, such as the mode, the rule and the ratio of a cell of a sweep.
// Entries that have the same name in one run are repetitions (the prompts of a
// sweep) and become one number: their mean, with Student's 95 % interval of the
// mean, or Wilson's where they are true or false. Where a document states an interval itself, as NAME_ci95 beside NAME, that
// one is taken.
//
// # Words
//
// A word is said where both sides have an interval: better or worse (higher or
// lower, where it is not known which is better) where the intervals do not
// overlap, same where they do. That errs on the side of same: two intervals that
// do not overlap differ at the 1 % level rather than at 5 %. Numbers that are equal
// to the last bit are equal, with or without an interval.
//
// # Charts
//
// A number whose entry has a coordinate (ratio, layer, step) belongs to a family,
// the same number at the other coordinates; Lines gives it as one line a run over a
// common axis, Bars gives one number as one bar a run.
//
// Everything here is pure and deterministic but Read, which only reads.
package compare
