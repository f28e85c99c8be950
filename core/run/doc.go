// Package run holds the nouns that every bench, the storage, the workers and
// the faces share: a run, its states, and what a run records.
//
// A run is one recorded execution with parameters and a seed. It is written by
// exactly one process, its worker, through a Recorder; anybody may read it
// through a Reader. What is not committed has not happened: every number that a
// screen or a command shows comes out of a Reader.
//
// # What a run records
//
// Records are the results: small JSON documents with a kind and a key, unique
// within the run ("kv.mode", "blend"). Writing a record again replaces it, so a
// resumed job may repeat its last step. Arrays are the bulk behind them
// (deviations by layer and token). Metrics are numbers over steps, events are
// lines of the run's log. Each row carries a sequence number that only grows
// within the run; Run.LastSeq is the highest one committed, so a reader asks
// for the rows after the last one it has seen.
//
// The package imports the standard library alone. Its types are plain values;
// implementations of Recorder and Reader state their own rules for concurrent
// use.
package run
