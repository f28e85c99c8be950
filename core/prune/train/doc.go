// Package train fits networks of package prune/net to image sets of package
// prune/data, dense or under a mask.
//
// What is masked is exactly zero after every step, weight and velocity alike.
// The order of images and their augmentation come from streams named by the
// epoch, so a training that goes on from the State after an epoch computes the
// same bits as one that was never stopped. A loss that is no longer a number ends
// it with *Diverged.
//
// A Trainer uses its model alone; it is not safe for concurrent use.
package train
