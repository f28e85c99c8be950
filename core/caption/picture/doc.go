// Package picture decodes pictures of unknown origin and resamples them with the
// same bytes on every machine.
//
// Decoding sniffs the content, never the name; reads the header before the
// pixels, so that a small file cannot ask for gigabytes; takes the first frame
// of an animation; turns what it gets into straight 8-bit RGBA, upright.
//
// Resampling is the two-pass convolution of Pillow in fixed point (22 bits,
// libImaging/Resample.c), because the built-in captioner was trained behind it
// and because integers leave no room for a processor's rounding.
//
// Functions are pure and safe for concurrent use.
package picture
