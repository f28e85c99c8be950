package cpu

// #cgo noescape assay_convert
// #cgo nocallback assay_convert
// #cgo noescape assay_move
// #cgo nocallback assay_move
// #cgo noescape assay_pack
// #cgo nocallback assay_pack
// #cgo noescape assay_gemm
// #cgo nocallback assay_gemm
// #cgo noescape assay_binary
// #cgo nocallback assay_binary
// #cgo noescape assay_rmsnorm
// #cgo nocallback assay_rmsnorm
// #cgo noescape assay_softmax
// #cgo nocallback assay_softmax
// #cgo noescape assay_rope
// #cgo nocallback assay_rope
// #cgo noescape assay_rowdist2
// #cgo nocallback assay_rowdist2
// #cgo noescape assay_rowbad
// #cgo nocallback assay_rowbad
// #cgo noescape assay_attention
// #cgo nocallback assay_attention
// #cgo noescape assay_probs
// #cgo nocallback assay_probs
// #cgo noescape assay_rans_encode
// #cgo nocallback assay_rans_encode
// #cgo noescape assay_rans_decode
// #cgo nocallback assay_rans_decode
// #cgo noescape assay_peak
// #cgo nocallback assay_peak
// #include "table.h"
import "C"

import "unsafe"

func (r Rows) c() C.assay_rows {
	return C.assay_rows{n0: C.int64_t(r.N0), n1: C.int64_t(r.N1), d: C.int64_t(r.D)}
}

// at returns a matrix's layout; its pointer travels as an argument of its own,
// because cgo pins only pointers that are arguments.
func (m Mat) at() C.assay_lay {
	return C.assay_lay{s0: C.int64_t(m.S0), s1: C.int64_t(m.S1), t: C.int32_t(m.T)}
}

func flag(p unsafe.Pointer) *C.uint32_t { return (*C.uint32_t)(p) }
func floats(p unsafe.Pointer) *C.float  { return (*C.float)(p) }
func ints(s []int32) *C.int32_t         { return (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(s))) }

func boolean(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// Convert copies src to dst and casts between f32, f16 and bf16.
func (d *Device) Convert(stop unsafe.Pointer, r Rows, dst, src Mat) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_convert(h, flag(stop), r.c(), dst.P, dst.at(), src.P, src.at()))
}

// Move copies rows between dense [len(index), ...] and the rows of table that
// index names: from the table with gather, into it otherwise.
func (d *Device) Move(stop unsafe.Pointer, r Rows, dense, table Mat, index []int32, gather bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_move(h, flag(stop), r.c(), dense.P, dense.at(), table.P, table.at(), ints(index), boolean(gather)))
}

// Pack stores w [n, k] as panels of PanelWidth columns in dst.
func (d *Device) Pack(stop, dst unsafe.Pointer, w Mat, n, k int) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_pack(h, flag(stop), dst, w.P, w.at(), C.int64_t(n), C.int64_t(k)))
}

// Gemm stores dst [m, n] = a [m, k] * w^T with w packed, elements of type t,
// plus bias [n] unless nil; with accumulate the chains start from dst.
func (d *Device) Gemm(stop unsafe.Pointer, dst, a Mat, w unsafe.Pointer, t int32, bias unsafe.Pointer, m, n, k int, accumulate bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_gemm(h, flag(stop), floats(dst.P), C.int64_t(dst.S0), floats(a.P), C.int64_t(a.S0),
		w, C.int32_t(t), floats(bias), C.int64_t(m), C.int64_t(n), C.int64_t(k), boolean(accumulate)))
}

// Binary is an elementwise operation on two operands.
type Binary int

// Elementwise operations.
const (
	Add    Binary = C.ASSAY_ADD    // a + b
	SwiGLU Binary = C.ASSAY_SWIGLU // silu(a) * b
)

// Elementwise stores dst = f(a, b).
func (d *Device) Elementwise(stop unsafe.Pointer, f Binary, r Rows, dst, a, b Mat) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_binary(h, flag(stop), C.int(f), r.c(), floats(dst.P), dst.at(), floats(a.P), a.at(), floats(b.P), b.at()))
}

// RMSNorm stores dst = x / sqrt(mean(x^2) + eps) * (w or 1+w), row by row.
func (d *Device) RMSNorm(stop unsafe.Pointer, r Rows, dst, x Mat, w unsafe.Pointer, eps float32, addUnit bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_rmsnorm(h, flag(stop), r.c(), floats(dst.P), dst.at(), floats(x.P), x.at(), floats(w), C.float(eps), boolean(addUnit)))
}

// Softmax stores the softmax of every row, or its logarithm.
func (d *Device) Softmax(stop unsafe.Pointer, r Rows, dst, x Mat, log bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_softmax(h, flag(stop), r.c(), floats(dst.P), dst.at(), floats(x.P), x.at(), boolean(log)))
}

// RoPE rotates the first 2n elements of each row by the angles of its token:
// row p of cos and sin, each [.., n], for pos = p; the sine is negated for a
// negative pos. With unit, pos 0 copies.
func (d *Device) RoPE(stop unsafe.Pointer, r Rows, dst, x Mat, pos []int32, cos, sin unsafe.Pointer, n int, interleaved, unit bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_rope(h, flag(stop), r.c(), floats(dst.P), dst.at(), floats(x.P), x.at(), ints(pos),
		floats(cos), floats(sin), C.int64_t(n), boolean(interleaved), boolean(unit)))
}

// RowDist2 stores the squared distance of the rows of a and b.
func (d *Device) RowDist2(stop unsafe.Pointer, r Rows, dst, a, b Mat) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_rowdist2(h, flag(stop), r.c(), floats(dst.P), floats(a.P), a.at(), floats(b.P), b.at()))
}

// RowBad counts the NaN and Inf elements of x[i] in counts[i].
func (d *Device) RowBad(stop unsafe.Pointer, r Rows, x Mat, counts []int32) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_rowbad(h, flag(stop), r.c(), x.P, x.at(), ints(counts)))
}

// AttentionShape is what Attention needs besides the tensors. Mask is 0 by
// position, 1 bottom-right, 2 full.
type AttentionShape struct {
	S, H, N, G, D  int64
	Mask           int32
	Window         int64
	Scale, SoftCap float32
}

func (a AttentionShape) c() C.assay_attn {
	return C.assay_attn{s: C.int64_t(a.S), h: C.int64_t(a.H), n: C.int64_t(a.N), g: C.int64_t(a.G), d: C.int64_t(a.D),
		mask: C.int32_t(a.Mask), window: C.int64_t(a.Window), scale: C.float(a.Scale), softcap: C.float(a.SoftCap)}
}

// Attention stores dst [S, H, D], and lse [S, H] unless nil.
func (d *Device) Attention(stop unsafe.Pointer, a AttentionShape, dst, q, k, v Mat, lse unsafe.Pointer, lseStride int64, qpos, kpos []int32) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_attention(h, flag(stop), a.c(), floats(dst.P), dst.at(), floats(q.P), q.at(), k.P, k.at(), v.P, v.at(),
		floats(lse), C.int64_t(lseStride), ints(qpos), ints(kpos)))
}

// AttentionProbs stores the weights [H, S, N].
func (d *Device) AttentionProbs(stop unsafe.Pointer, a AttentionShape, dst, q, k Mat, qpos, kpos []int32) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_probs(h, flag(stop), a.c(), floats(dst.P), dst.at(), floats(q.P), q.at(), k.P, k.at(), ints(qpos), ints(kpos)))
}

// Probes of Peak.
const (
	PeakFMA  = 0 // count rounds of PeakRound multiply-adds per thread, buf unused
	PeakRead = 1 // read buf of count bytes once, split over the threads
)

// Peak runs a probe on every thread of the pool. For PeakFMA it returns the
// number of floating-point operations done, for PeakRead the bytes read.
func (d *Device) Peak(probe int, buf unsafe.Pointer, count int64) (int64, error) {
	h, err := d.enter()
	if err != nil {
		return 0, err
	}
	defer d.leave()
	return int64(C.assay_peak(h, C.int(probe), buf, C.int64_t(count))), nil
}
