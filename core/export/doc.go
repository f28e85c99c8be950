// Package export writes runs for other places and other programs, and reads
// them back.
//
// A Document is a run with everything that it recorded. It is written as JSON,
// one document with the schema assay.export/1; as JSONL, the same rows one a
// line; as CSV, tables of one observation a row; and as a report, Markdown with
// pictures. JSON and JSONL hold everything and are what Read takes back.
// docs/reference/export.md describes the formats.
//
// # Bytes
//
// One run gives the same bytes each time: the keys of objects are sorted,
// records, arrays, metrics and events have one order, floating point numbers are
// written with the fewest digits that read back as the same number, and no time
// of writing is noted. JSON and JSONL end with a SHA-256 over what comes before.
// A run that was read back and stored gives the bytes of the file it came from:
// where it came from is kept in Origin, which Collect leaves out.
//
// # What comes from outside
//
// Read trusts nothing: sizes are bounded, unknown fields refused, hashes
// checked, and every text that may become a part of a path, a key of the storage
// or a line on a terminal is restricted (see check.go). Its errors are *run.Error
// values of code E-INPUT, one line that names the file and what is wrong.
//
// The package knows no bench: a Teller says what the tables and the report of a
// kind of run hold. Its functions keep no state and are safe for concurrent use;
// a Document is a plain value.
package export
