// Package prunebench is the screen of the pruning bench: the curve of accuracy
// against compression as a sweep fills it, with a cross-hair; the weights that
// each layer keeps; the trials behind the curve; and how the selected one
// trained.
//
// The screen reads records alone, as they are committed, and so shows a sweep
// that goes on, one that ended, and one that was killed in the same way. It lives
// on the event loop; reading happens in commands, one at a time, and replies of
// an earlier run are dropped.
package prunebench
