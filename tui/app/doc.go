// Package app is the shell of the terminal interface: one tea.Model that owns
// the screens, the chrome around them, overlays, toasts, and the way from a key to
// an action.
//
// # Data
//
// What is shown comes out of a run.Reader. One command, waitChanges, polls
// Reader.Version and reports when it has moved, four times a second while a run is
// live and once a second else, never sooner after the last report than the link
// allows. The model answers by reading its own counts and by handing
// ui.DataChanged to the screen in front; the others reload when they come to the
// front. No other goroutine feeds the program, nothing is queued, and no engine
// runs in this process: runs are started and asked through a Launcher.
//
// # Drawing
//
// View joins what was drawn before: the frame is put together again only after an
// Update that changed something, and screens cache their panes. An idle screen
// writes nothing but its clock, once a minute.
//
// # Leaving
//
// Leaving detaches: runs go on. What was open, focused, filtered and marked is
// saved on every leave, on SIGHUP and every 30 s when it changed, and comes back.
//
// Nothing here is safe for concurrent use; Run alone may be called from anywhere.
package app
