// Package conform is the suite that every device must pass: a table of
// operation x shape x element type x data class, judged by package ref.
//
// Each case checks that
//
//  1. the error against the float64 reference stays below the bound of its
//     class, and NaN and Inf stand where the reference has them;
//  2. every element of the output is written (it is NaN before);
//  3. guard elements around every buffer, and gaps between strided rows, keep
//     their bits;
//  4. inputs keep their bits;
//  5. a second run gives the same bits;
//  6. a subset of the rows, computed alone, gives the same bits;
//  7. every other device of the list (instruction sets, thread counts) gives the
//     same bits as the first.
//
// Bounds: an error is the normalised mean square sum (a-b)^2 / sum b^2. One FMA
// chain over K terms measures 3.4e-16 K for random signs; the bound leaves a
// factor of four. Attention measures below 1e-12 and is held to three times
// that; other f32 operations are held to 1e-12.
//
// Run may be called from one goroutine at a time for the same devices.
package conform
