// Package findings is the screen of what the benches have found: one list of the
// findings of all runs, those of the newest run first, with what is known about
// the one under the cursor below it.
//
// The list is read in windows by position through run.FindingReader, so that a
// million findings take no longer than a hundred. It keeps the cursor by run and
// finding, so that new findings never move it. What a person says of a finding
// goes out as ui.LabelFinding.
package findings
