// Package job makes the runs of the pruning bench, and the pieces that their
// commands share: opening a network on a device, scoring it, training it.
//
// A sweep is a campaign of cells, a method at an exponent with a seed; each cell
// is recorded and committed as soon as it is filled, which is what screens follow
// and where a resumed run goes on. A cell depends on its method, exponent and
// seed alone, so that a resumed campaign ends with the same curve.
//
// Kinds are values and safe for concurrent use; a job is used by one goroutine.
package job
