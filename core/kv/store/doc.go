// Package store keeps the KV caches of chunks on disk, keyed by what they were
// computed from.
//
// # What an entry holds
//
// An entry is one segment under one model: K and V of every layer and token in
// f32, exactly as they were computed. K is usually stored before RoPE, because it
// can then be placed at any position with one rounding (arXiv 2405.16444, section
// 4.3); the state of RoPE says so, or for which positions it was rotated. Its key is
// everything that decides the numbers: model fingerprint, type and numerics of the
// computation, tokenizer, the policy that says what stood before the segment, the
// state of RoPE, and the token ids.
//
// Beside the entries lie blobs: containers of a codec, which checks their bytes
// itself. They are kept, evicted and quarantined alike.
//
// # What can go wrong
//
// Nothing that goes wrong in the store ends a run. A lookup answers with an
// entry or with the reason why there is none: never stored, evicted, corrupt,
// or which field of the key differs from an entry of the same tokens. Every byte
// of a file is under a CRC-32C, the header's when it is opened and a section's
// when it is read; a file that fails is moved to the folder quarantine, with a text
// beside it that says why, and counts as a miss. A disk that is full or read-only
// makes Put return an error, which callers note and go on without. So does one with
// less than 256 MiB free: a cache does not take the room that others need.
//
// # Size and sharing
//
// Entries are evicted by age of last use until the store is back under its
// limit. Eviction leaves a tombstone of no bytes, so that a later miss can say
// why; tombstones and quarantined files are bounded too.
//
// Several processes may share a folder: files appear by rename and are never
// changed afterwards, an open entry stays readable after it was evicted, and
// there is no index that could disagree with the files. The limit may be
// overshot for a moment by as much as the processes write at once.
//
// A Store is safe for concurrent use; an Entry is not.
package store
