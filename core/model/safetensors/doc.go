// Package safetensors reads model weights in the safetensors format: one file, or the shards that an index file lists.
//
// Layout of a file: an unsigned 64-bit little-endian header length, a JSON header, then the data. The header maps a
// tensor's name to its dtype, shape and the half-open byte range it fills, counted from the start of the data.
//
// Nothing in a file is believed before it is checked: the header must fit the file and be at most MaxHeader bytes, every
// dtype must be known, shape times element size must equal the byte range, and the ranges must tile the data without gap,
// overlap or trailing bytes. A file that passes is therefore whole, and no later read can leave it. Errors are one line
// that names the file, the tensor, what was expected and what was found.
//
// Data stays in the file: Set.ReadAt copies the range asked for and nothing else, so a model is never held twice. A Set
// is immutable after Open and safe for concurrent use; the caller closes it.
package safetensors
