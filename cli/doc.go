// Package cli is the command line of assay, and the only place that wires
// storage, workers, engines and screens together.
//
// Every bench command is made from a bench.Kind: its flags are the kind's
// parameters, its work is done by a worker process, and what it prints is made
// from the rows that the worker has committed. Results go to stdout, everything
// else to stderr; the exit codes are those of package run.
package cli
