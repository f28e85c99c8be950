// Package prune holds the nouns of the pruning bench: the description of a
// network, the layout of its parameters, its exact counts and its initial values.
//
// # Networks
//
// A Spec is a list of layers, each fed by the one before it. Two fields make
// residual networks: From names the layer whose output is read instead, and an
// add layer sums its input and the output that With names. A shortcut layer is
// the parameter-free shortcut of He et al. (arXiv 1512.03385, option A):
// subsampling, and zero channels on both sides in equal parts, as
// akamaster/pytorch_resnet_cifar10 places them.
//
// # Parameters
//
// All parameters of a network lie in one slice of float32. The prunable tensors,
// weights of convolutions and linear layers, come first, in the order of the
// layers, each row-major as PyTorch stores it ([out, in, kh, kw] or [out, in]);
// so an index below Layout.Prunable orders weights by layer, then by place. Then
// come biases and the scales and shifts of batch norms. Running means and
// variances are not parameters; they have a slice of their own.
//
// Counts are those of Neural Network Panning (arXiv 2209.13378) and of the
// papers that it compares with: multiply-adds leave out bias, batch norm,
// activations, pooling and additions.
//
// The package loads no engine and starts nothing; everything in it is a pure
// function of its arguments.
package prune
