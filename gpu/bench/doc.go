// Package bench times the operations of package gpu and relates each to what
// the machine could do at most.
//
// The floor of an operation is max(flops / FMA rate, bytes / read bandwidth),
// with both rates measured on the same device just before; roofline_share is
// floor / time, so 1 is perfect. bytes counts each operand once: what a write
// costs beyond a read is part of the distance to 1. Attention under a causal mask
// counts visible pairs only, and no operation counts exponentials.
//
// The time of a case is the best of its runs, because other work on the machine
// only ever adds; the median tells how steady it was. Inputs are random and
// larger than the caches where an operation is bound by memory.
//
// Run uses the device's default stream; it must not be used elsewhere meanwhile.
package bench
