// Package prunebench is the screen of the pruning bench. Each kind of run has a
// page: a sweep its curves of accuracy against compression as they fill, with a
// cross-hair, the weights that each layer keeps, the trials behind the curve and
// how the selected one trained; a trial on a checkpoint its figures before and
// after; a sensitivity map its layers by compressions; a training of a network, or
// of the agent, its epochs.
//
// The screen reads records alone, as they are committed, and so shows a run that
// goes on, one that ended, and one that was killed in the same way. It lives on the
// event loop; reading happens in commands, see package runview.
package prunebench
