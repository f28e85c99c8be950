// Package tinycap runs the captioner that ships with the binary: a small
// convolutional encoder and a transformer decoder of 3 layers, 2.1 million
// parameters, trained on scenes of 90 classes. It is a system under test: its
// errors are real, and its card states them.
//
// Products and attention run on gpu kernels; a 3x3 convolution is a product
// over its unfolded input. Weights are f16, everything is computed in f32, so
// logits differ from those of the reference in the last digits and captions do
// not: a test compares every golden scene.
//
// A Model is used by one goroutine at a time.
package tinycap
