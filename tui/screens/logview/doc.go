// Package logview is the screen of the logs: what runs have written down about
// themselves, what the worker of a run has said on its error output, and what this
// screen has.
//
// Events come through a run.Reader, those after the last one seen; logs in files
// are read from their end, where the news is. Lines of files are taken as slog's
// text handler writes them; anything else, such as the last words of a crash, is
// shown as it is.
package logview
