// Package gpuview is the screen of the machine: its NVIDIA cards with what they
// do, the processors and memory of the host, the processes that use them, and ten
// minutes of history.
//
// It measures nothing. A Source hands out samples once a second, which a child
// process takes (telemetry.Feed); the screen asks for the next one only as long as
// it is drawn, so that no child runs while nobody looks. The shell draws the
// screen in front after every message and no other: a screen that was not drawn
// between two samples is not in front, and stops asking until it gets the focus.
//
// Without a library of the driver the host half works as ever, and the half of the
// cards says why it is empty. A figure that is missing is a dash, never 0; the
// lines under the cards say why it is missing.
//
// Numbers stand right-aligned in fields of fixed width, and charts are drawn over
// windows of time that jump and do not slide: a new sample changes few cells.
package gpuview
