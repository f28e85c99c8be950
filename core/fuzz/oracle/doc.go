// Package oracle compares what a worker observed and says who is wrong.
//
// First order takes up to three Jacobians: reverse R, forward W and numerical N
// (central differences in float64 at two steps). Where two of them agree and the
// third does not, the odd one out is wrong. Entries at which the two steps disagree,
// at which the point has no derivative, or whose probes left the domain carry no
// verdict; the filters follow nablaFuzz (arXiv 2302.04351) with the defects of its
// released code repaired, in the order of Filter. Second order compares the four
// compositions with differences of the gradient function.
//
// Functions are pure and safe for concurrent use.
package oracle
