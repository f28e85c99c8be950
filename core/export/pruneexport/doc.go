// Package pruneexport tells what the runs of the pruning bench found: their tables
// for CSV, and the words, tables and pictures of their reports.
//
// Every sentence is computed from recorded numbers and says nothing that they do
// not: a method without a filled cell has no point, one seed has no interval.
// Cells come in the order of the parameters, whatever order they were filled in, so
// that a run that was resumed gives the bytes of one that was not. Functions keep no
// state and are safe for concurrent use.
package pruneexport
