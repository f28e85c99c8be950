// Package fuzzbench is the screen of the autodiff half of the Fuzz bench. Of a
// campaign it shows live counters, the findings, and of the one under the cursor
// the case with what each way to differentiate gives; coverage by family of APIs and
// the speed. Two campaigns compare as new, gone and same findings.
//
// The look at one case edits its values, shape or type and runs it again at once:
// the matrices of every mode side by side, the error over the Jacobian as a heat
// map, and the function along one input with the slopes that each mode gives.
//
// Everything comes out of a run.Reader in commands, and grows while the run does.
package fuzzbench
