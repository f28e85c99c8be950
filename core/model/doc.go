// Package model loads transformer language models and runs their forward pass on package assay/gpu.
//
// A model is a folder in Hugging Face's layout: config.json, safetensors weights (one file or shards) and, optionally, a
// byte-level BPE tokenizer.json. Load reads it from any fs.FS, LoadDir from a directory or, for "", from the model that
// ships inside the binary; Inspect reads and checks everything without a device.
//
// Nothing is guessed. A field that changes the numbers is either understood or refused by name; a tensor that is missing,
// misshapen or not used by the architecture is named; a NaN or infinite weight is refused with its tensor and index.
// The families that can be loaded are the rows of one table (family.go), which turns a Config into the list of tensors
// that must exist; weights come through the small interface of weights.go, so that another file format is another
// implementation and nothing else.
//
// The forward pass is split at the points where an engine wants to step in:
//
//	Embed            token ids           -> x [T, hidden]
//	QKV              x                   -> q [T, H, d], k and v [T, G, d], all before RoPE
//	Rotate           q or k              -> the same at given positions
//	gpu Attention    q, k, v             -> attn [T, H, d]           (the engine's own call)
//	Finish           x, attn             -> x, after output projection and MLP
//	Logits           x                   -> [T, vocab]
//
// Keys are handed out before RoPE because that is the form in which they can be cached and placed anywhere
// (arXiv 2405.16444, section 4). Every step works on rows independently: under the strict numerics of package gpu a
// row's result has the same bits whichever rows are computed beside it.
//
// A Model is immutable and safe for concurrent use. A Workspace is not: use one per stream. Tensors passed in must be
// f32 and contiguous, except where a method says otherwise; shape errors are *gpu.Error values from the operation that
// found them.
package model
