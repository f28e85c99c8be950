// Package linear is the front end for screen readers, dumb terminals and pipes:
// typed commands in, lines of text out. It uses no alternate screen, no borders and
// no cursor addressing; what was said stays in the scrollback.
//
// It drives the same app.Model as the screens do and does actions by their IDs:
// every action has a command, its ID as words (see Words), so that nothing is
// written twice and nothing is missing. After a command the lines that have changed
// are printed; news comes as one line each. Where the model asks something (a
// confirmation, a menu, a form), the next line of input is the answer.
//
// A Session is driven by the goroutine that calls Run. Commands of the model run
// beside it, one goroutine each, and are waited for before the next line is read;
// those that sleep are not waited for, which is known from Deps.Sleep.
package linear
