// Package tensors reads and writes the files of the pruning bench: weights,
// batches and masks as safetensors, and checkpoints under the names of PyTorch's
// state dicts.
//
// A file is read whole; values become float32 or integers, whatever they are
// stored as. A checkpoint must hold every tensor of its network and nothing
// else: what is missing, unexpected or of another shape is listed. Files are
// written beside their place and renamed, so that a full disk leaves none cut.
//
// Functions are safe for concurrent use.
package tensors
