// Package storage keeps runs in one SQLite database: assay.db in the data
// directory, with large arrays beside it as files named by their SHA-256.
//
// # Connections
//
// A Store has up to four reading connections (mode=ro), opened at once, and one
// writing connection, opened when something is first written. So a screen that
// only looks never holds a writing connection, and a directory that cannot be
// written still shows its history. The database works in WAL mode: readers and
// the writers of several processes do not wait for one another, except writers
// for the milliseconds of each other's transactions. On a network file system
// the journal is a plain file (Options.Network), because the log of WAL lives
// in shared memory.
//
// # Rules
//
// Each run has one writer, its worker, whose Recorder commits batches of 250 ms
// or 1,000 rows; run.last_seq advances in the transaction that adds the rows,
// so a reader asks only for news. Every time in the database comes from Go
// (Tx.Now) and is Unix milliseconds, UTC. Statements stand beside the typed
// functions that use them.
//
// # Versions
//
// Every Store holds assay.lock shared; a migration takes it exclusively, copies
// the database into backups/ and applies the numbered files of migrations/.
// They only go forward. A database from a newer version opens for reading, and
// everything that would write returns an *run.Error of code E-DB-NEWER.
//
// # Upkeep
//
// Examine checks everything, Verify only the structure, once a week and after a
// worker has died; what it finds damaged can then be read only. Expired and
// DropStrays say what may go and let go of files that nobody owns, Backup
// copies while others write, Salvage makes a new database out of what can be
// read of a damaged one. What needs to be alone holds assay.lock exclusively
// (Alone). Nothing of it happens by itself except Verify; Due tells a program when
// a collection or a copy is due, and tells one of several.
//
// # Errors
//
// What SQLite reports becomes an *run.Error: E-DISK-FULL where there is no
// space or no right to write, E-DB otherwise. A Recorder may wait for space. A Store and everything it hands
// out are safe for concurrent use.
package storage
