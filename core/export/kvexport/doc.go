// Package kvexport tells what the runs of the KV bench found: their tables for
// CSV, and the words, tables and pictures of their reports.
//
// Every sentence is computed from stored numbers, and says nothing that they do
// not: where a mode is missing, so is the comparison with it. Charts come from
// package kvscene, which the screens share. Functions keep no state and are safe
// for concurrent use.
package kvexport
