// Package score ranks the weights of a network and says which ones stay: the
// methods that prune before training, and what their masks are worth.
//
// A method sees a network through Net: gradients at given weights, a Hessian
// product, and the flow of SynFlow. It never trains and never changes the dense
// weights. Scores are float64 and larger means keep.
//
// Sources: SNIP (arXiv 1810.02340), GraSP (2002.07376), SynFlow (2006.05467),
// FORCE and iterative SNIP (2006.09081), Panning (2209.13378, in panning.go), ERK
// (1911.11134), LAMP (2010.07611), the controls of Frankle et al. (2009.08576)
// and Su et al. (2009.11094).
//
// Invariants:
//
//   - Exactly Kept(n, e) weights stay, ties decided by layer and then by index. A
//     threshold with >= keeps more on ties, and SynFlow has many exact zeros.
//   - Methods without return (SynFlow, iterative SNIP) rank only what is kept;
//     methods with return (FORCE, Panning) rank everything at every step.
//   - The same net, batch, options and seed give the same bits.
//
// Functions are safe for concurrent use; a Net is used by one caller at a time.
package score
