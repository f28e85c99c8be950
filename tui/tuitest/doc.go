// Package tuitest drives a program or a single screen without a terminal: keys
// and messages go in, plain text comes out.
//
//	tuitest.Screen(t, runs.New).Size(80, 24).Press("/").Type("blend").Press("enter").See("1 of 4").Golden("filtered")
//
// A Driver is the event loop of Bubble Tea in slow motion: it runs every command
// that Update returns, one after the other, and feeds the answers back, until
// nothing is left to do. Commands that wait (Context.Sleep) are parked; Advance
// moves the clock and wakes them. So a test never sleeps and always sees the same.
//
// After each step the driver checks what holds for every frame: exactly as many
// lines as the screen is high, none wider than it.
package tuitest
