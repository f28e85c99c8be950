// Package runtest offers a store of runs in memory for tests of whatever reads
// runs through a run.Reader: screens, documents, reports.
//
// The store is as honest as it is small: rows get growing sequence numbers, a
// record written again replaces the earlier one, unknown runs are E-NO-RUN, and
// what a caller receives is a copy. Its filter knows words, state, bench, kind,
// name, tag and id; a database knows more.
package runtest
