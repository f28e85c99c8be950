// Package config says where things lie (the database, the caches, the state of
// live runs) and holds the settings of the person.
//
// Without ASSAY_HOME the XDG base directories are used, each with a folder
// assay below it. ASSAY_HOME moves everything under one directory:
//
//	data/    assay.db, artifacts/ (files by hash), backups/
//	cache/   caches keyed by content; may be emptied at any time
//	state/   runs/ (lock, socket and log of each run), leases/, screens/, logs/
//	config/  config.toml, keys.toml, themes/
//
// Locks and SQLite's write-ahead log want a local disk. Where the data
// directory lies on a network file system the default home moves to
// /var/tmp/assay-UID, and Paths.Notice says so; an ASSAY_HOME set by hand is
// obeyed, and the database then works without a write-ahead log.
//
// # Settings
//
// A setting is one of the table in setting.go; nothing else is read. Its value
// comes from, each before the ones behind it: a flag of the command, a variable
// ASSAY_SECTION_KEY, the file .assay.toml of the project (the nearest folder above
// that has one, up to the root of a repository), config.toml, the default. Load
// never fails: what cannot be used keeps its default and is a Fault with file, line
// and column. Set and Unset change config.toml and leave its comments alone; Bind
// and Unbind do the same with keys.toml.
//
// Paths is a plain value, safe for concurrent use. Locate only looks; Create
// makes the directories, with mode 0700.
package config
