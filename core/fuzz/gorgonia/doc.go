// Package gorgonia is the Gorgonia target of the Fuzz bench: the worker that
// evaluates its APIs, the table of those APIs, the planted functions of the
// self-test, and reproducers in Go.
//
// Gorgonia v0.9.18 has two differentiators with rules of their own, and no
// forward mode: the symbolic gradient on the tape machine is "reverse", the
// LispMachine, which differentiates while it runs, takes the place of "forward".
// Each evaluation has a fresh graph and reads through Read nodes, as registers of
// the tape machine are used again and bound gradients add up over runs (issues 576
// and 543 of the library). The package is only loaded by the process of a worker
// and by the engine that writes reproducers, never by a screen.
//
// A panic inside a machine happens in a goroutine of the library and ends the
// process by SIGABRT; the harness above takes it as a crash of the stage.
package gorgonia
