// Package runview holds what the screens of all benches share: following one run
// as it grows, saying how it ended, typing a line, and the actions that any run has.
//
// A Follower reads in commands and lives on the event loop with the screen that
// owns it. Its replies carry the generation of what they were asked for, so that an
// answer about a run that was left is dropped; at most one reading is under way,
// and what is committed meanwhile is read after it.
package runview
