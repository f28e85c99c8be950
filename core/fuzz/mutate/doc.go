// Package mutate makes cases out of the seeds of an API: other values of a kind
// that formulas stumble over, other sizes, types and options (nablaFuzz, FreeFuzz).
//
// Which kind of value a tensor gets is the choice of a bandit: Thompson sampling
// over kind and family of API, rewarded by a signature not seen before. Everything
// is drawn from the generator that is passed in, so that a test is a function of the
// campaign's seed, its number, and the feedback up to then.
package mutate
