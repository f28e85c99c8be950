package gpu

import (
	"fmt"
	"unsafe"

	"assay/gpu/internal/cpu"
)

// operand is one tensor argument of an operation under validation.
type operand struct {
	arg string
	t   Tensor
}

// dtypeSet is a set of types that a validation accepts, one bit each.
type dtypeSet uint8

func setOf(ts ...DType) dtypeSet {
	var s dtypeSet
	for _, t := range ts {
		s |= 1 << t
	}
	return s
}

// Sets that operations use.
const (
	onlyF32  dtypeSet = 1 << F32
	anyFloat dtypeSet = 1<<F32 | 1<<F16 | 1<<BF16
	anyDType dtypeSet = anyFloat | 1<<I32
)

func (s dtypeSet) String() string {
	text := ""
	for t := F32; t <= I32; t++ {
		if s&(1<<t) != 0 {
			if text != "" {
				text += ", "
			}
			text += t.String()
		}
	}
	return text
}

// check refuses an operand that is absent, of another device, of the wrong
// type, or of a rank outside lo..hi. The last dimension never has gaps: no view
// can give it any.
func (s *Stream) check(op, arg string, t Tensor, types dtypeSet, lo, hi int) error {
	switch {
	case !t.Defined():
		return &Error{Op: op, Arg: arg, Expected: "a tensor", Got: "none", Err: ErrShape}
	case t.dev != s.dev:
		return &Error{Op: op, Arg: arg, Expected: "a tensor of the stream's device", Got: "one of another device", Err: ErrUnsupported}
	case types&(1<<t.dtype) == 0:
		return &Error{Op: op, Arg: arg, Expected: types.String(), Got: t.dtype.String(), Err: ErrDType}
	case int(t.rank) < lo || int(t.rank) > hi:
		return &Error{Op: op, Arg: arg, Expected: rankText(lo, hi), Got: t.String(), Err: ErrShape}
	}
	return nil
}

func rankText(lo, hi int) string {
	if lo == hi {
		return fmt.Sprintf("%d dimensions", lo)
	}
	return fmt.Sprintf("%d to %d dimensions", lo, hi)
}

// same refuses an operand whose dimensions differ from those of the first.
func same(op string, first, other operand) error {
	if first.t.rank == other.t.rank && first.t.dims == other.t.dims {
		return nil
	}
	return &Error{Op: op, Arg: other.arg, Expected: dimText(first.t.Dims()) + " as " + first.arg,
		Got: dimText(other.t.Dims()), Err: ErrShape}
}

// apart refuses dst overlapping in. With inPlace the very same elements in the
// same order are accepted.
func apart(op string, dst, in operand, inPlace bool) error {
	if !dst.t.overlaps(in.t) {
		return nil
	}
	if inPlace && dst.t.ptr == in.t.ptr && dst.t.dims == in.t.dims && dst.t.strides == in.t.strides && dst.t.dtype == in.t.dtype {
		return nil
	}
	expected := "memory apart from " + in.arg
	if inPlace {
		expected += ", or exactly the same"
	}
	return &Error{Op: op, Arg: dst.arg, Expected: expected, Got: "a partial overlap", Err: ErrAlias}
}

// span returns the address range [lo, hi) that t's elements lie in.
func (t *Tensor) span() (lo, hi uintptr) {
	last := 0
	for i, x := range t.dims[:t.rank] {
		if x == 0 {
			return 0, 0
		}
		last += (x - 1) * t.strides[i]
	}
	lo = uintptr(t.ptr)
	return lo, lo + uintptr((last+1)*t.dtype.Size())
}

// overlaps reports whether t and u may share an element. Two column ranges of
// one row-major buffer do not; for stranger layouts the answer is yes as soon
// as the address ranges meet.
func (t *Tensor) overlaps(u Tensor) bool {
	tlo, thi := t.span()
	ulo, uhi := u.span()
	if thi <= ulo || uhi <= tlo {
		return false
	}
	if t.rank < 2 || u.rank < 2 {
		return true
	}
	pitch := t.strides[0] * t.dtype.Size()
	if pitch != u.strides[0]*u.dtype.Size() || pitch == 0 {
		return true
	}
	tw, uw := t.rowSpan(), u.rowSpan()
	if tw > pitch || uw > pitch {
		return true
	}
	delta := int(int64(ulo)-int64(tlo)) % pitch
	if delta < 0 {
		delta += pitch
	}
	return delta < tw || delta+uw > pitch
}

// rowSpan returns the bytes from the first to the last element of t[0].
func (t *Tensor) rowSpan() int {
	last := 0
	for i := 1; i < int(t.rank); i++ {
		last += (t.dims[i] - 1) * t.strides[i]
	}
	return (last + 1) * t.dtype.Size()
}

// rows describes t of at most three dimensions as n0 x n1 rows of d elements.
func (t *Tensor) rows() cpu.Rows {
	r := cpu.Rows{N0: 1, N1: 1, D: int64(t.dims[t.rank-1])}
	switch t.rank {
	case 2:
		r.N0 = int64(t.dims[0])
	case 3:
		r.N0, r.N1 = int64(t.dims[0]), int64(t.dims[1])
	}
	return r
}

// mat returns pointer, row strides and type of t of at most three dimensions.
func (t *Tensor) mat() cpu.Mat {
	m := cpu.Mat{P: t.ptr, T: int32(t.dtype)}
	switch t.rank {
	case 2:
		m.S0 = int64(t.strides[0])
	case 3:
		m.S0, m.S1 = int64(t.strides[0]), int64(t.strides[1])
	}
	return m
}

// slicePtr returns the address of a slice's elements, nil when it is empty.
func slicePtr[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
