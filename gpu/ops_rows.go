package gpu

import (
	"unsafe"

	"assay/gpu/internal/cpu"
)

// binary validates and runs dst = f(a, b) on f32 tensors of equal shape.
func (s *Stream) binary(op string, f cpu.Binary, dst, a, b operand) error {
	for _, o := range [...]operand{dst, a, b} {
		if err := s.check(op, o.arg, o.t, onlyF32, 1, 3); err != nil {
			return err
		}
	}
	if err := same(op, a, b); err != nil {
		return err
	}
	if err := same(op, a, dst); err != nil {
		return err
	}
	if err := apart(op, dst, a, true); err != nil {
		return err
	}
	if err := apart(op, dst, b, true); err != nil {
		return err
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.t.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Elementwise(s.flag(), f, dst.t.rows(), dst.t.mat(), a.t.mat(), b.t.mat()))
}

// softmax validates and runs Softmax and LogSoftmax.
func (s *Stream) softmax(op string, log bool, dst, x operand) error {
	for _, o := range [...]operand{dst, x} {
		if err := s.check(op, o.arg, o.t, onlyF32, 1, 3); err != nil {
			return err
		}
	}
	if err := same(op, x, dst); err != nil {
		return err
	}
	if err := apart(op, dst, x, true); err != nil {
		return err
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.t.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Softmax(s.flag(), x.t.rows(), dst.t.mat(), x.t.mat(), log))
}

// f32s returns the elements of a contiguous f32 tensor.
func (t *Tensor) f32s() []float32 {
	if t.Len() == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(t.ptr), t.Len())
}
