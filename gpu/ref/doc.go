// Package ref computes every operation of package gpu in float64, in plain Go
// without cleverness: it is what kernels are judged by.
//
// Inputs are the stored values, after any rounding to a narrow type, as float32.
// Results are float64 and not rounded. FMA32 and Chain are the exception: they
// give the one float32 result that the chain of fused multiply-adds defines.
//
// Everything is a pure function and safe for concurrent use.
package ref
