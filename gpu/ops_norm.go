package gpu

import "fmt"

// RMSNorm stores dst = x / sqrt(mean(x^2) + eps) * w over the last dimension.
// The mean is accumulated in float64 in a fixed order. With addUnit the factor
// is 1 + w, as Gemma stores it. x and dst are f32 of equal shape, at most three
// dimensions, rows may be strided; w is f32 [D]; dst may be x.
func (s *Stream) RMSNorm(dst, x, w Tensor, eps float32, addUnit bool) error {
	const op = "RMSNorm"
	if err := s.check(op, "x", x, onlyF32, 1, 3); err != nil {
		return err
	}
	if err := s.check(op, "dst", dst, onlyF32, 1, 3); err != nil {
		return err
	}
	if err := same(op, operand{"x", x}, operand{"dst", dst}); err != nil {
		return err
	}
	if err := s.check(op, "w", w, onlyF32, 1, 1); err != nil {
		return err
	}
	if w.dims[0] != x.dims[x.rank-1] {
		return &Error{Op: op, Arg: "w", Expected: fmt.Sprintf("[%d]", x.dims[x.rank-1]), Got: w.String(), Err: ErrShape}
	}
	if err := apart(op, operand{"dst", dst}, operand{"x", x}, true); err != nil {
		return err
	}
	if err := apart(op, operand{"dst", dst}, operand{"w", w}, false); err != nil {
		return err
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.RMSNorm(s.flag(), x.rows(), dst.mat(), x.mat(), w.ptr, eps, addUnit))
}

// Softmax stores exp(x - max) / sum over the last dimension. x and dst are f32
// of equal shape, at most three dimensions, rows may be strided; dst may be x.
// A row that holds NaN or +Inf, or nothing but -Inf, gives NaN.
func (s *Stream) Softmax(dst, x Tensor) error {
	return s.softmax("Softmax", false, operand{"dst", dst}, operand{"x", x})
}

// LogSoftmax stores x - max - log(sum(exp(x - max))) over the last dimension,
// under the conditions of Softmax.
func (s *Stream) LogSoftmax(dst, x Tensor) error {
	return s.softmax("LogSoftmax", true, operand{"dst", dst}, operand{"x", x})
}
