// Package kvdata holds what the KV screen knows of a run: the stored documents,
// and the arrays as matrices of layers times context tokens.
//
// Read runs inside a command and fetches what was committed since the last
// reading, already decoded; Apply takes that over on the event loop. A document
// replaces the earlier one of the same key, so reading a row twice is harmless
// and a resumed run shows its newest numbers. Nothing is computed that the run
// did not store, apart from ratios, roots and ranks of stored numbers.
//
// A Run belongs to the event loop and is not safe for concurrent use; Read is
// given a Mark and touches no Run.
package kvdata
