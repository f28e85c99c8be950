// Package harness runs the processes of a library under test: it starts them with
// limits, speaks the protocol of package wire, and says how one died and at which
// stage. A process serves many cases; one that crashed, hung or ate its memory
// costs the case it was at, and a warm spare takes its place.
//
// Each process has a group of its own, which is killed as one, a bare environment,
// a temporary folder that goes with it, bounded address space and no core file. It
// ends with this process, however that dies.
package harness
