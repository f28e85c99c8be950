package gpu

import (
	"fmt"
	"math"
)

// TopK stores the len(values) largest elements of x [D] in descending order and
// their indices. Ties go to the lowest index, -0 equals +0, and NaN is larger
// than anything. x is contiguous f32; len(index) = len(values) <= D.
func (s *Stream) TopK(values []float32, index []int32, x Tensor) error {
	const op = "TopK"
	if err := s.check(op, "x", x, onlyF32, 1, 1); err != nil {
		return err
	}
	if len(index) != len(values) || len(values) > x.dims[0] || x.dims[0] > math.MaxInt32 {
		return &Error{Op: op, Arg: "values, index", Expected: fmt.Sprintf("equal lengths of at most %d", x.dims[0]),
			Got: fmt.Sprintf("%d, %d", len(values), len(index)), Err: ErrShape}
	}
	if err := s.ready(op); err != nil {
		return err
	}
	k := len(values)
	if k == 0 {
		return nil
	}
	v := x.f32s()
	// index is a binary heap with the weakest candidate at its root.
	for i := range v {
		if i < k {
			index[i] = int32(i)
			if i == k-1 {
				for j := k/2 - 1; j >= 0; j-- {
					sink(index, j, v)
				}
			}
			continue
		}
		if before(v, int32(i), index[0]) {
			index[0] = int32(i)
			sink(index, 0, v)
		}
	}
	for n := k - 1; n > 0; n-- {
		index[0], index[n] = index[n], index[0]
		sink(index[:n], 0, v)
	}
	for i, j := range index {
		values[i] = v[j]
	}
	return nil
}

// before reports whether element i of v ranks ahead of element j.
func before(v []float32, i, j int32) bool {
	a, b := v[i], v[j]
	switch {
	case a > b:
		return true
	case a < b:
		return false
	case a == b:
		return i < j
	}
	an, bn := a != a, b != b
	if an != bn {
		return an
	}
	return i < j
}

// sink restores the heap below position p: a parent ranks behind its children.
func sink(heap []int32, p int, v []float32) {
	for {
		c := 2*p + 1
		if c >= len(heap) {
			return
		}
		if c+1 < len(heap) && before(v, heap[c], heap[c+1]) {
			c++
		}
		if before(v, heap[c], heap[p]) {
			return
		}
		heap[p], heap[c] = heap[c], heap[p]
		p = c
	}
}
