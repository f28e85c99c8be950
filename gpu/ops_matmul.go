package gpu

import (
	"fmt"
	"unsafe"
)

// Weight is a matrix [N, K] packed for MatMul. It keeps the element type that
// it was made from, is immutable and safe for concurrent use.
type Weight struct {
	dev   *Device
	ptr   unsafe.Pointer
	n, k  int
	bytes int
	dtype DType
}

// Pack copies w, a matrix [N, K] of f32, f16 or bf16, into the layout that the
// device multiplies with. Rows of w may be strided. Values are kept exactly.
func (d *Device) Pack(w Tensor) (*Weight, error) {
	if err := d.def.check("Pack", "w", w, anyFloat, 2, 2); err != nil {
		return nil, err
	}
	if d.closed.Load() {
		return nil, &Error{Op: "Pack", Err: ErrClosed}
	}
	n, k := w.dims[0], w.dims[1]
	elements, err := product("Pack", []int{(n + d.cpu.PanelWidth() - 1) / d.cpu.PanelWidth(), k, d.cpu.PanelWidth()})
	if err != nil {
		return nil, err
	}
	p := &Weight{dev: d, n: n, k: k, dtype: w.dtype, bytes: elements * w.dtype.Size()}
	if p.ptr, err = d.alloc("Pack", elements, w.dtype.Size()); err != nil {
		return nil, err
	}
	if elements > 0 {
		// Loading has a stream of its own in spirit: cancelling another stream
		// must not leave a weight half packed.
		s := d.NewStream()
		if err := s.outcome("Pack", d.cpu.Pack(s.flag(), p.ptr, w.mat(), n, k)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Dims returns the rows N (outputs) and columns K (inputs) of the matrix.
func (w *Weight) Dims() (n, k int) { return w.n, w.k }

// DType returns the element type of the stored values.
func (w *Weight) DType() DType { return w.dtype }

// Bytes returns the size of the packed matrix in memory; N is padded to whole
// panels.
func (w *Weight) Bytes() int { return w.bytes }

// MatMulOpt are the options of MatMul.
type MatMulOpt struct {
	// Bias [N] f32 is added to every row after the products; absent for none.
	Bias Tensor
	// Accumulate starts the chain of multiply-adds from dst instead of zero:
	// dst += a w^T.
	Accumulate bool
}

// MatMul stores dst [M, N] = a [M, K] * w^T, plus the options. a and dst are
// f32 and may have strided rows; dst must not overlap a. Every output is one
// chain of fused multiply-adds in ascending k.
func (s *Stream) MatMul(dst, a Tensor, w *Weight, o MatMulOpt) error {
	const op = "MatMul"
	if err := s.check(op, "a", a, onlyF32, 2, 2); err != nil {
		return err
	}
	if err := s.check(op, "dst", dst, onlyF32, 2, 2); err != nil {
		return err
	}
	if w == nil || w.dev != s.dev {
		return &Error{Op: op, Arg: "w", Expected: "a weight packed on the stream's device", Got: "none or another's", Err: ErrShape}
	}
	if a.dims[1] != w.k {
		return &Error{Op: op, Arg: "a", Expected: fmt.Sprintf("[M %d] for w [%d %d]", w.k, w.n, w.k), Got: a.String(), Err: ErrShape}
	}
	if dst.dims[0] != a.dims[0] || dst.dims[1] != w.n {
		return &Error{Op: op, Arg: "dst", Expected: fmt.Sprintf("[%d %d]", a.dims[0], w.n), Got: dst.String(), Err: ErrShape}
	}
	if err := apart(op, operand{"dst", dst}, operand{"a", a}, false); err != nil {
		return err
	}
	var bias unsafe.Pointer
	if o.Bias.Defined() {
		if err := s.check(op, "bias", o.Bias, onlyF32, 1, 1); err != nil {
			return err
		}
		if o.Bias.dims[0] != w.n {
			return &Error{Op: op, Arg: "bias", Expected: fmt.Sprintf("[%d]", w.n), Got: o.Bias.String(), Err: ErrShape}
		}
		if err := apart(op, operand{"dst", dst}, operand{"bias", o.Bias}, false); err != nil {
			return err
		}
		bias = o.Bias.ptr
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Gemm(s.flag(), dst.mat(), a.mat(), w.ptr, int32(w.dtype), bias, a.dims[0], w.n, w.k, o.Accumulate))
}
