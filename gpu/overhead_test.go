package gpu_test

import (
	"testing"

	"assay/gpu"
)

// BenchmarkOverhead times operations whose arithmetic is next to nothing: what
// remains is validation, the call into C and, for MatMul, the lock. The budget
// is one microsecond.
func BenchmarkOverhead(b *testing.B) {
	d := open(b, gpu.Options{})
	s := d.Default()
	x, y := tensor(b, d, gpu.F32, 1, 16), tensor(b, d, gpu.F32, 1, 16)
	w, err := d.Pack(tensor(b, d, gpu.F32, 16, 16))
	if err != nil {
		b.Fatal(err)
	}
	for name, op := range map[string]func() error{
		"Add":    func() error { return s.Add(y, x, y) },
		"MatMul": func() error { return s.MatMul(y, x, w, gpu.MatMulOpt{}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := op(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
