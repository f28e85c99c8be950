// Package fuzzexport tells what the runs of the Fuzz bench found: their tables for
// CSV, and the words, tables, pictures and programs of their reports.
//
// Everything is computed from stored records; programs that reproduce a finding are
// written anew from its record, so that a report needs no file of the machine that
// fuzzed. Functions keep no state and are safe for concurrent use.
package fuzzexport
