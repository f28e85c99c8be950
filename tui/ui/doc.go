// Package ui holds the contract between the shell of the terminal interface and
// its screens, and the widgets that know nothing of any bench.
//
// Values flow down, intents flow up. The shell (tui/app) owns the program, the
// size, the theme and the run of the event loop; a Screen owns its panes. A
// screen reads through a run.Reader inside commands, never in Update or View,
// and asks for everything that is not its own business by returning an Intent.
// Nothing here is safe for concurrent use: all of it lives on the event loop.
package ui
