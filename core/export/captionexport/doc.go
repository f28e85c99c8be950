// Package captionexport tells what the runs of the Caption bench found: their tables
// for CSV, and the words, tables and pictures of their reports.
//
// Everything is computed from stored records; pictures of scenes are not among them.
// Functions keep no state and are safe for concurrent use.
package captionexport
