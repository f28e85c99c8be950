package gpu

import (
	"fmt"
	"math"
	"unsafe"

	"assay/gpu/internal/cpu"
)

// Mask says which keys a query row sees.
type Mask uint8

// Kinds of mask. r is the row, j the key index, S and N the numbers of rows and
// keys.
const (
	// ByPos: kpos[j] <= qpos[r], and with a window kpos[j] > qpos[r] - Window.
	ByPos Mask = iota
	// BottomRight: j <= N-S+r, and with a window j > N-S+r - Window, whatever
	// positions the rows have. It depends on S, so rows are not invariant.
	BottomRight
	// Full: every key.
	Full
)

// AttentionOpt are the options of Attention and AttentionProbs.
type AttentionOpt struct {
	Mask Mask
	// QPos holds the position of each query row; ByPos needs it. Order is free
	// and duplicates are fine.
	QPos []int32
	// KPos holds the position of each key for ByPos; nil means 0..N-1.
	KPos []int32
	// Window, when positive, is how many positions back a row sees, itself
	// included. 0 is unlimited.
	Window int
	// Scale multiplies q·k; 0 means 1/sqrt(d).
	Scale float32
	// SoftCap, when positive, turns a scaled score s into cap*tanh(s/cap).
	SoftCap float32
	// LSE [S, H] f32 receives log(sum(exp(score))) over the visible keys; absent
	// for none. Attention only.
	LSE Tensor
}

// Attention stores softmax(mask(scale * q k^T)) v. q and dst are f32 [S, H, d],
// k and v [N, G, d] of f32, f16 or bf16 (both the same), H a multiple of G;
// query head h reads key head h*G/H. Rows may be strided. dst must not overlap
// an input. A row that sees no key gives zeros, and -Inf in LSE. Keys that no
// row sees may hold anything.
func (s *Stream) Attention(dst, q, k, v Tensor, o AttentionOpt) error {
	const op = "Attention"
	a, err := s.checkAttention(op, q, k, o)
	if err != nil {
		return err
	}
	if err := s.check(op, "v", v, setOf(k.dtype), 3, 3); err != nil {
		return err
	}
	if err := same(op, operand{"k", k}, operand{"v", v}); err != nil {
		return err
	}
	if err := s.check(op, "dst", dst, onlyF32, 3, 3); err != nil {
		return err
	}
	if err := same(op, operand{"q", q}, operand{"dst", dst}); err != nil {
		return err
	}
	for _, in := range [...]operand{{"q", q}, {"k", k}, {"v", v}} {
		if err := apart(op, operand{"dst", dst}, in, false); err != nil {
			return err
		}
	}
	var lse unsafe.Pointer
	var lseStride int64
	if o.LSE.Defined() {
		if err := s.check(op, "lse", o.LSE, onlyF32, 2, 2); err != nil {
			return err
		}
		if o.LSE.dims[0] != q.dims[0] || o.LSE.dims[1] != q.dims[1] {
			return &Error{Op: op, Arg: "lse", Expected: fmt.Sprintf("[%d %d]", q.dims[0], q.dims[1]), Got: o.LSE.String(), Err: ErrShape}
		}
		for _, other := range [...]operand{{"q", q}, {"k", k}, {"v", v}, {"dst", dst}} {
			if err := apart(op, operand{"lse", o.LSE}, other, false); err != nil {
				return err
			}
		}
		lse, lseStride = o.LSE.ptr, int64(o.LSE.strides[0])
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Attention(s.flag(), a, dst.mat(), q.mat(), k.mat(), v.mat(), lse, lseStride, o.QPos, o.KPos))
}

// AttentionProbs stores the weights that Attention would use in dst [H, S, N]
// f32: the softmax over the keys that a row sees, and 0 elsewhere. dst must not
// overlap an input. Other conditions as Attention; o.LSE is ignored.
func (s *Stream) AttentionProbs(dst, q, k Tensor, o AttentionOpt) error {
	const op = "AttentionProbs"
	a, err := s.checkAttention(op, q, k, o)
	if err != nil {
		return err
	}
	if err := s.check(op, "dst", dst, onlyF32, 3, 3); err != nil {
		return err
	}
	if dst.dims[0] != q.dims[1] || dst.dims[1] != q.dims[0] || dst.dims[2] != k.dims[0] {
		return &Error{Op: op, Arg: "dst", Expected: fmt.Sprintf("[%d %d %d]", q.dims[1], q.dims[0], k.dims[0]), Got: dst.String(), Err: ErrShape}
	}
	for _, in := range [...]operand{{"q", q}, {"k", k}} {
		if err := apart(op, operand{"dst", dst}, in, false); err != nil {
			return err
		}
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.AttentionProbs(s.flag(), a, dst.mat(), q.mat(), k.mat(), o.QPos, o.KPos))
}

// checkAttention validates q, k and the options, and returns what kernels need
// besides the tensors.
func (s *Stream) checkAttention(op string, q, k Tensor, o AttentionOpt) (cpu.AttentionShape, error) {
	var a cpu.AttentionShape
	if err := s.check(op, "q", q, onlyF32, 3, 3); err != nil {
		return a, err
	}
	if err := s.check(op, "k", k, anyFloat, 3, 3); err != nil {
		return a, err
	}
	rows, heads, d := q.dims[0], q.dims[1], q.dims[2]
	n, groups := k.dims[0], k.dims[1]
	if k.dims[2] != d || d == 0 {
		return a, &Error{Op: op, Arg: "k", Expected: fmt.Sprintf("heads of %d > 0 elements as q", d), Got: k.String(), Err: ErrShape}
	}
	if groups == 0 || heads%groups != 0 {
		return a, &Error{Op: op, Arg: "k", Expected: fmt.Sprintf("a number of heads that divides q's %d", heads), Got: fmt.Sprint(groups), Err: ErrShape}
	}
	if n > math.MaxInt32 || rows > math.MaxInt32 {
		return a, &Error{Op: op, Arg: "q, k", Expected: "fewer than 2^31 rows", Got: fmt.Sprintf("%d and %d", rows, n), Err: ErrShape}
	}
	if o.Window < 0 {
		return a, &Error{Op: op, Arg: "Window", Expected: "0 or more", Got: fmt.Sprint(o.Window), Err: ErrRange}
	}
	switch o.Mask {
	case ByPos:
		if err := s.length(op, "QPos", len(o.QPos), rows); err != nil {
			return a, err
		}
		if o.KPos != nil {
			if err := s.length(op, "KPos", len(o.KPos), n); err != nil {
				return a, err
			}
		}
	case BottomRight:
	case Full:
		if o.Window != 0 {
			return a, &Error{Op: op, Arg: "Window", Expected: "0 with the Full mask", Got: fmt.Sprint(o.Window), Err: ErrRange}
		}
	default:
		return a, &Error{Op: op, Arg: "Mask", Expected: "ByPos, BottomRight or Full", Got: fmt.Sprint(uint8(o.Mask)), Err: ErrRange}
	}
	scale := o.Scale
	if scale == 0 {
		scale = float32(1 / math.Sqrt(float64(d)))
	}
	return cpu.AttentionShape{S: int64(rows), H: int64(heads), N: int64(n), G: int64(groups), D: int64(d),
		Mask: int32(o.Mask), Window: int64(o.Window), Scale: scale, SoftCap: o.SoftCap}, nil
}
