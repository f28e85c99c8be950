// Package runs is the screen of the history: a list of all runs, newest first,
// with what is known about the one under the cursor beside or below it.
//
// The list reads a bounded number of rows through run.Reader.Runs, with the
// filter that the person types, and more when the cursor comes near the end. It
// keeps cursor and marks by run, so that new runs and changes never move them.
package runs
