// Package wire is the line protocol between the engine and the processes of a
// library, and the loop of a worker that is written in Go.
//
// One JSON object a line, UTF-8, at most 16 MiB; standard input carries requests,
// standard output events. A worker must see to it that nothing else reaches its
// standard output: it duplicates descriptor 1 for the protocol and points 1 at 2.
//
// # What a worker does
//
//	worker ->  {"ev":"hello","protocol":1,"lib":"torch","version":"1.13.1","build":"...","caps":["rev","fwd","second","vmap","jit"],"pid":7}
//	-> worker  {"op":"enum","id":1,"set":""}          the APIs; set "planted" asks for those of the self-test
//	worker ->  {"ev":"api","id":1,"api":API} ...  {"ev":"done","id":1}
//	-> worker  {"op":"observe","id":2,"case":CASE,"ask":ASK}
//	worker ->  {"ev":"stage","id":2,"stage":"rev"} before every stage, flushed: the last one names where a crash happened
//	worker ->  {"ev":"result","id":2,"obs":OBSERVATION}
//	-> worker  {"op":"ping","id":3}   worker -> {"ev":"done","id":3}
//	-> worker  {"op":"quit"}
//
// Hello comes first, unasked. A failure of a request as a whole (an API that does
// not exist) is {"ev":"error","id":2,"text":"..."}. End of input ends the worker.
//
// # Observation
//
// A worker only evaluates; it compares nothing and knows no tolerance. F is the
// function of a case: its differentiable tensors (Tensor.Diff), each passed through
// its Via step, then the API with all other arguments frozen, then the Post step,
// then the outputs of floating or complex type in order. Complex tensors count as
// pairs of reals (real, imaginary), at the inputs and at the outputs, so that every
// Jacobian is real. Input tensors flattened and put behind one another are the n
// columns, outputs likewise the m rows. Of these the worker takes at most
// ASK.Cols and ASK.Rows: all where there are no more, else the indices
// floor(i*n/Cols), i = 0 .. Cols-1; every block of an observation has the same ones.
// Before each evaluation the library's generator is seeded with Case.Seed.
//
// The stages, of which Ask.Want lists those to run; order is the order of Stages:
//
//	direct  F without tracking, Repeat times: values, and whether they were equal
//	        bit for bit. Where the first fails nothing else runs.
//	rev     F with reverse tracking: values; Jacobian by one-hot cotangents at the
//	        dtype of the case; per input whether there is a gradient, its dtype, shape
//	fwd     F on duals: values; Jacobian by one-hot tangents
//	rev64   the reverse Jacobian with floating inputs cast to f64, complex to c128
//	fwd64   the forward one
//	nd      F at the cast inputs, and at x +- h e_j for h = Eps and 4 Eps, every
//	        selected column: values only, selected rows
//	vmap    both Jacobians by the library's vectorised path, at the dtype of the case
//	jit     the reverse Jacobian of the compiled function, at the dtype of the case
//	leak    resident memory over rounds of equal calls: direct, backward, on duals
//
// Second order is of G(x) = sum_i c_i dF_i/dx with the cotangents Cotangent(i), i
// counting the selected rows, in f64. H is its derivative, a square of the
// selected columns taken by Ask.Second instead of Ask.Cols:
//
//	rr ww wr rw   H by reverse over reverse, forward over forward, forward over
//	              reverse, reverse over forward
//	ndg           G at the cast inputs and at x +- h e_j, h = Eps and 4 Eps: as many
//	              rows as columns
//
// With Ask.Ones the cotangents are one. With Ask.Order 3 all of this is done to the
// scalar sum_j c_j G_j, j counting the selected columns, in place of sum_i c_i F_i.
//
// A stage that the library cannot do at all is Skipped; one that fails has a Fault
// with the type of the error ("NotImplementedError") and its text. A stage that
// fails does not keep later ones from running.
//
// # Numbers
//
// Blocks of numbers are float64, little-endian, row-major, in base64: 8 bytes a
// number, NaN and infinities included. In G's blocks and in nd a row of Plus and
// Minus is one perturbed column: shape [columns, rows].
package wire
