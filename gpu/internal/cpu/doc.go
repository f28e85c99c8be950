// Package cpu is the CPU backend of package gpu: C kernels, a pool of POSIX
// threads, and the choice between instruction sets at run time.
//
// Layers, from the bottom:
//
//   - vec_*.h: 16 float lanes in the terms of one instruction set. Lanes never
//     mix except in reductions of a fixed tree.
//   - kern_*.h: kernels written once on those lanes; k_base.c, k_avx2.c and
//     k_avx512.c compile them once per instruction set and fill a table.h
//     function table. They are headers because the go command rebuilds when a
//     header changes, which it does not for other suffixes.
//   - gemm.c, attn.c, rows.c: split an operation into chunks, run them on the
//     pool and call through the table.
//   - rans.c: entropy coding, on the caller's thread: streams are many and
//     small, so whoever decodes them decides what runs beside what.
//   - pool.c: fork-join with an atomic chunk counter; the caller takes part.
//   - cpu.go, ops.go: the cgo boundary. Arguments were validated by package gpu.
//
// Contraction of a*b+c is off (-std=c11); a fused multiply-add is written where
// it is meant. Together with fixed reduction trees this gives equal bits on
// every instruction set. The MXCSR register is left as found.
package cpu
