// Package config says where things lie: the database, the caches, the state of
// live runs.
//
// Without ASSAY_HOME the XDG base directories are used, each with a folder
// assay below it. ASSAY_HOME moves everything under one directory:
//
//	data/    assay.db, artifacts/ (files by hash), backups/
//	cache/   caches keyed by content; may be emptied at any time
//	state/   runs/ (lock, socket and log of each run), leases/, logs/
//	config/  config.toml, themes/
//
// Locks and SQLite's write-ahead log want a local disk. Where the data
// directory lies on a network file system the default home moves to
// /var/tmp/assay-UID, and Paths.Notice says so; an ASSAY_HOME set by hand is
// obeyed, and the database then works without a write-ahead log.
//
// Paths is a plain value, safe for concurrent use. Locate only looks; Create
// makes the directories, with mode 0700.
package config
