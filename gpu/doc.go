// Package gpu gives the engines device-neutral tensors and kernels.
//
// A Device holds memory and a thread pool, a Stream carries operations in
// order, a Tensor is a small value that describes memory, and a Weight is a
// matrix that was packed once for multiplication. Today there is one kind of
// device, the CPU; the names are those that a CUDA device can stand behind.
//
// # Numerics
//
// Every operation computes in float32 and stores with round-to-nearest-even.
// A result depends on nothing but its own inputs: not on the number of rows, on
// the other rows, on the thread count, or on the instruction set (avx512, avx2
// and base give equal bits). Two rules make that hold.
//
//   - An output of MatMul is one chain of fused multiply-adds over k, in
//     ascending order. Blocking over k reloads the chain, it never adds partial
//     sums.
//   - Attention walks key tiles at absolute multiples of 64 and key ranges at
//     absolute multiples of 1024. A tile in which a row sees no key leaves that
//     row untouched, so a row gives the same bits alone or with others, and
//     whether or not invisible keys follow.
//
// NaN in an operand that contributes gives NaN; keys that a row does not see
// never contribute, whatever they hold. NaN payloads are unspecified.
//
// # Memory
//
// Tensor memory of the CPU device is 64-byte aligned Go memory and is collected
// like any other. Views share it. Nothing needs to be freed; Close stops the
// threads.
//
// # Errors
//
// Operations validate types, shapes, strides and aliasing before anything
// runs, and return *Error. A failed validation leaves dst unchanged.
//
// # Concurrency
//
// A Device is safe for concurrent use. A Stream is not, apart from Cancel and
// Err. Different streams may run at the same time; their parallel sections take
// turns on the device's pool.
package gpu
