// Package term knows the terminal that the interface runs in: whether the link to
// it is remote, how many colours and which glyphs it takes, how fast it swallows
// what is written, and how to keep other writers off it.
package term
