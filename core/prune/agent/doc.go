// Package agent is Panning by reinforcement learning (arXiv 2209.13378, section
// 7 of the method's description and its released code): an environment whose
// episode is one pruning run, and a TD3 agent (arXiv 1802.09477) that weights the
// indices of SynFlow, SNIP and GraSP at every step.
//
// The state is architecture-free: normalised loss and gradient norm, how far the
// mask moves both, effective and nominal sparsity, and progress. So an agent
// trained on a small network prunes another.
//
// Gradients of actor and critics come from Gorgonia, one Grad a graph, over
// tensors that the machines share; values alone (acting, targets) are computed by
// plain loops over the same tensors. SNIP and GraSP depend on weights and batch
// alone and are computed once for a bank of batches, which steps draw from.
//
// Every random choice of an episode follows from the seed and the episode's
// number, so that a training which goes on from what was saved behind an episode
// ends with the same bits.
package agent
