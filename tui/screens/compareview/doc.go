// Package compareview is the screen that sets two to eight runs against each
// other: the parameters that differ, every number with its interval, what some runs
// have found and others have not, and the number under the cursor as a chart of all
// runs on one axis. It works for every kind of run; see package compare.
//
// Live runs are read again when they commit. The screen reads through a
// compare.Source inside commands, and draws from what was read.
package compareview
