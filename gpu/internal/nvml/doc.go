// Package nvml reads NVIDIA's management library, which is found at run time.
//
// The library is opened with dlopen and never closed. Names are looked up one by
// one, the newest version suffix first; a name that is missing disables its own
// figure and nothing else. The types of the library are declared here again
// (table.h), as far as they are used, so that building needs no toolkit.
//
// Every figure is optional: it carries a value or the reason why there is none,
// and 0 is a value like any other.
//
// # Signals
//
// Driver libraries may install signal handlers that do not run on the
// alternate stack, and the Go runtime ends the process at the next signal. The
// handlers are noted before the library is loaded and put back after it was
// initialised and after the first card was read.
//
// # Concurrency
//
// A call may block for as long as the driver likes, and cannot be interrupted.
// A Library is for one goroutine, one that nobody needs to wait for.
package nvml
