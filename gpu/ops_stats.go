package gpu

import "fmt"

// RowDist2 stores dst[i] = sum over j of (a[i,j] - b[i,j])^2. Differences,
// squares and the sum are float64 in a fixed order, rounded once to f32. a and
// b are f32 [M, D] with rows that may be strided, dst is f32 [M].
func (s *Stream) RowDist2(dst, a, b Tensor) error {
	const op = "RowDist2"
	if err := s.check(op, "a", a, onlyF32, 2, 2); err != nil {
		return err
	}
	if err := s.check(op, "b", b, onlyF32, 2, 2); err != nil {
		return err
	}
	if err := s.check(op, "dst", dst, onlyF32, 1, 1); err != nil {
		return err
	}
	if err := same(op, operand{"a", a}, operand{"b", b}); err != nil {
		return err
	}
	if dst.dims[0] != a.dims[0] {
		return &Error{Op: op, Arg: "dst", Expected: fmt.Sprintf("[%d]", a.dims[0]), Got: dst.String(), Err: ErrShape}
	}
	for _, in := range [...]operand{{"a", a}, {"b", b}} {
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
	return s.outcome(op, s.dev.cpu.RowDist2(s.flag(), a.rows(), dst.mat(), a.mat(), b.mat()))
}

// RowStats returns the indices of the rows of x that hold any NaN or Inf, in
// ascending order, nil if there are none. x is f32, f16 or bf16 of two or three
// dimensions; a row is all of x[i].
func (s *Stream) RowStats(x Tensor) (bad []int32, err error) {
	const op = "RowStats"
	if err := s.check(op, "x", x, anyFloat, 2, 3); err != nil {
		return nil, err
	}
	if err := s.ready(op); err != nil {
		return nil, err
	}
	if x.Len() == 0 {
		return nil, nil
	}
	counts := make([]int32, x.dims[0])
	if err := s.outcome(op, s.dev.cpu.RowBad(s.flag(), x.rows(), x.mat(), counts)); err != nil {
		return nil, err
	}
	for i, n := range counts {
		if n > 0 {
			bad = append(bad, int32(i))
		}
	}
	return bad, nil
}
