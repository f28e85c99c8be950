// Package codec turns the KV cache of a chunk into bytes and back: CacheGen (arXiv
// 2310.07240) as its paper and as its released code have it, ours, and the plain
// quantisers beside them.
//
// # Profiles
//
//	paper   anchors of 8 bits every ten tokens, the others as differences to them;
//	        compact tables unless those of the model are asked for, as in the paper
//	paper_step  the same with deltas in steps of one size a tensor, and an escape
//	ref     the released code (UChi-JCL/CacheGen, LMCache): vectorwise quantisation,
//	        tables of the chunk itself of 33 entries a channel, one stream of
//	        torchac's arithmetic coder a channel and 256 tokens, lengths of 32 bits
//	exact   the same symbols under tables of two bytes a channel, rows that repeat
//	        coded once, 32 channels a stream of rANS or of the arithmetic coder
//	q8      8 bits a value and a scale a token
//	q8_0, q4_0, q4_0_h  ggml's blocks of 32, the last behind a Hadamard rotation
//	f16     half precision
//
// The released code has 33 table entries whatever the bins are, and so has ref: at
// 256 tokens they cost 2.06 bits a value, more than half of what the symbols do.
//
// # What exact does about it
//
//   - Tables are a shape, a centre and a width (shape.go), 0.06 bits a value.
//   - In layer 0 rows are a function of the token while K is before RoPE: what
//     repeats in the text is coded once (fold.go).
//   - A stream serves 32 channels, so its length and end are shared (rans.go).
//
// Tables may be had in other ways too (tables.go, shared.go, adaptive.go): in full,
// calibrated once for a model, or learnt by both sides.
//
// Both coders reproduce the symbols bit for bit, so error and loss are those of the
// quantiser, the same as ref's at equal bins.
//
// # Invariants
//
//   - A container holds everything that its reader needs; sizes count all of it.
//   - Nothing is believed: lengths are checked against what is there before memory
//     is taken, sections and the whole file have a CRC-32C, and so have the decoded
//     symbols of every tensor, which also catches tables that came out otherwise on
//     another machine. What fails is ErrDamaged or ErrForeign, never numbers.
//   - Bytes do not depend on the instruction set.
//   - NaN and Inf are refused by name before anything is coded.
//
// A Codec is safe for concurrent use, a Chunk is not.
package codec
