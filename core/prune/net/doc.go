// Package net runs the networks of package prune on a device of package gpu:
// forward, backward, and the derivative of the gradient along a direction.
//
// # What it computes
//
// The loss is the mean cross-entropy of the logits, which may be divided by a
// temperature first. In training mode a batch norm uses the statistics of the
// batch, and the gradient flows through them. Gradients exist for every
// parameter, at zero weights too: masking a gradient is its caller's business.
//
// HVP gives H v exactly: tangents are pushed through forward and backward
// (Pearlmutter 1994), with second derivatives zero where a ReLU or a maximum has
// its edge, as every framework takes them. Tests hold it to central differences
// and to a float64 oracle.
//
// Flow is the data-free pass of SynFlow (arXiv 2006.05467): |weights|, no
// biases, batch norms as positive scales |gamma|/sqrt(var+eps) without shift, an
// input of ones, and R, the sum of the logits.
//
// # Numbers
//
// Values are f32, statistics float64, everything bit-equal for any number of
// threads and any instruction set (see package gpu). Batch norms have eps 1e-5
// and momentum 0.1.
//
// A Model holds parameters, activations and a stream; it is not safe for
// concurrent use.
package net
