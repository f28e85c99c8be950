package gpu

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// maxRank is the largest number of dimensions of a tensor.
const maxRank = 5

// alignment of fresh tensors in bytes: a cache line and an AVX-512 vector.
const alignment = 64

// Tensor describes row-major memory of a device. It is a small value: copies
// and views share the memory. The zero Tensor is absent (Defined is false).
// Dimensions may be zero; operations on such tensors do nothing.
type Tensor struct {
	dev     *Device
	ptr     unsafe.Pointer // first element
	dims    [maxRank]int
	strides [maxRank]int // in elements
	rank    uint8
	dtype   DType
}

// New allocates a zeroed tensor. It fails with ErrShape for a bad dimension and
// with ErrOOM for more than the machine's memory.
func (d *Device) New(dt DType, dims ...int) (Tensor, error) {
	if dt.Size() == 0 {
		return Tensor{}, &Error{Op: "New", Arg: "dtype", Expected: "f32, f16, bf16 or i32", Got: dt.String(), Err: ErrDType}
	}
	if d.closed.Load() {
		return Tensor{}, &Error{Op: "New", Err: ErrClosed}
	}
	n, err := product("New", dims)
	if err != nil {
		return Tensor{}, err
	}
	t := Tensor{dev: d, dtype: dt, rank: uint8(len(dims))}
	copy(t.dims[:], dims)
	t.contiguousStrides()
	t.ptr, err = d.alloc("New", n, dt.Size())
	return t, err
}

// alloc returns 64-byte aligned zeroed memory for n elements of size bytes.
func (d *Device) alloc(op string, n, size int) (unsafe.Pointer, error) {
	limit := uint64(math.MaxInt64)
	if d.info.MemoryBytes > 0 {
		limit = d.info.MemoryBytes
	}
	if uint64(n) > (limit-alignment)/uint64(size) {
		return nil, &Error{Op: op, Arg: "size", Err: ErrOOM,
			Expected: fmt.Sprintf("at most the machine's memory, %d bytes", limit),
			Got:      fmt.Sprintf("%d elements of %d bytes", n, size)}
	}
	buf := make([]byte, n*size+alignment)
	p := unsafe.Pointer(unsafe.SliceData(buf))
	return unsafe.Add(p, (alignment-int(uintptr(p)%alignment))%alignment), nil
}

// product multiplies dims and refuses negative ones and overflow.
func product(op string, dims []int) (int, error) {
	if len(dims) < 1 || len(dims) > maxRank {
		return 0, &Error{Op: op, Arg: "dims", Expected: fmt.Sprintf("1 to %d dimensions", maxRank), Got: fmt.Sprint(len(dims)), Err: ErrShape}
	}
	n := 1
	for _, x := range dims {
		if x < 0 {
			return 0, &Error{Op: op, Arg: "dims", Expected: "no negative dimension", Got: dimText(dims), Err: ErrShape}
		}
		if x > 0 && n > math.MaxInt/8/x {
			return 0, &Error{Op: op, Arg: "dims", Expected: "a size that fits in 63 bits", Got: dimText(dims), Err: ErrShape}
		}
		n *= x
	}
	return n, nil
}

func (t *Tensor) contiguousStrides() {
	s := 1
	for i := int(t.rank) - 1; i >= 0; i-- {
		t.strides[i] = s
		s *= max(t.dims[i], 1)
	}
}

// Defined reports whether t describes memory; the zero Tensor does not.
func (t Tensor) Defined() bool { return t.dev != nil }

// Dims returns a copy of the dimensions.
func (t Tensor) Dims() []int { return append([]int(nil), t.dims[:t.rank]...) }

// Rank returns the number of dimensions.
func (t Tensor) Rank() int { return int(t.rank) }

// Dim returns dimension i, counted from 0; it panics if there is none, as
// indexing a slice does.
func (t Tensor) Dim(i int) int { return t.dims[:t.rank][i] }

// DType returns the element type.
func (t Tensor) DType() DType { return t.dtype }

// Len returns the number of elements.
func (t Tensor) Len() int {
	if t.rank == 0 {
		return 0
	}
	n := 1
	for _, x := range t.dims[:t.rank] {
		n *= x
	}
	return n
}

// Contiguous reports whether the elements lie without gaps in row-major order.
func (t Tensor) Contiguous() bool {
	s := 1
	for i := int(t.rank) - 1; i >= 0; i-- {
		if t.dims[i] == 0 {
			return true
		}
		if t.dims[i] != 1 && t.strides[i] != s {
			return false
		}
		s *= t.dims[i]
	}
	return true
}

// View returns the same memory with other dimensions of the same product. t
// must be contiguous.
func (t Tensor) View(dims ...int) (Tensor, error) {
	n, err := product("View", dims)
	if err != nil {
		return Tensor{}, err
	}
	if !t.Defined() || n != t.Len() {
		return Tensor{}, &Error{Op: "View", Arg: "dims", Expected: fmt.Sprintf("%d elements as in %s", t.Len(), t), Got: dimText(dims), Err: ErrShape}
	}
	if !t.Contiguous() {
		return Tensor{}, &Error{Op: "View", Arg: "t", Expected: "contiguous memory", Got: t.String(), Hint: "Copy it to a new tensor first", Err: ErrShape}
	}
	v := Tensor{dev: t.dev, ptr: t.ptr, dtype: t.dtype, rank: uint8(len(dims))}
	copy(v.dims[:], dims)
	v.contiguousStrides()
	return v, nil
}

// Slice returns the part lo <= index < hi of dimension dim. It shares memory.
func (t Tensor) Slice(dim, lo, hi int) (Tensor, error) {
	if dim < 0 || dim >= int(t.rank) {
		return Tensor{}, &Error{Op: "Slice", Arg: "dim", Expected: fmt.Sprintf("0 <= dim < %d", t.rank), Got: fmt.Sprint(dim), Err: ErrShape}
	}
	if lo < 0 || hi < lo || hi > t.dims[dim] {
		return Tensor{}, &Error{Op: "Slice", Arg: "lo, hi", Expected: fmt.Sprintf("0 <= lo <= hi <= %d", t.dims[dim]), Got: fmt.Sprintf("%d, %d", lo, hi), Err: ErrShape}
	}
	v := t
	v.dims[dim] = hi - lo
	if v.Len() > 0 {
		v.ptr = unsafe.Add(t.ptr, lo*t.strides[dim]*t.dtype.Size())
	}
	return v, nil
}

// String returns type and dimensions, such as "f32[4 64]".
func (t Tensor) String() string {
	if !t.Defined() {
		return "absent"
	}
	return t.dtype.String() + dimText(t.Dims())
}

func dimText(dims []int) string {
	return "[" + strings.Trim(fmt.Sprint(dims), "[]") + "]"
}

// Split returns the same memory with dimension dim, of a*b elements, as two
// dimensions a and b. Unlike View it accepts strided outer dimensions, such as
// the columns of one projection out of several: [M, H*d] becomes [M, H, d].
func (t Tensor) Split(dim, a, b int) (Tensor, error) {
	if dim < 0 || dim >= int(t.rank) || t.rank == maxRank {
		return Tensor{}, &Error{Op: "Split", Arg: "dim", Expected: fmt.Sprintf("0 <= dim < %d, and at most %d dimensions", t.rank, maxRank-1), Got: fmt.Sprint(dim), Err: ErrShape}
	}
	if n, err := product("Split", []int{a, b}); err != nil || n != t.dims[dim] {
		return Tensor{}, &Error{Op: "Split", Arg: "a, b", Expected: fmt.Sprintf("a product of %d", t.dims[dim]), Got: fmt.Sprintf("%d, %d", a, b), Err: ErrShape}
	}
	v := t
	copy(v.dims[dim+2:], t.dims[dim+1:])
	copy(v.strides[dim+2:], t.strides[dim+1:])
	v.dims[dim], v.dims[dim+1] = a, b
	v.strides[dim], v.strides[dim+1] = b*t.strides[dim], t.strides[dim]
	v.rank++
	return v, nil
}
