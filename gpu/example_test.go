package gpu_test

import (
	"fmt"

	"assay/gpu"
)

// Two rows through a layer of three outputs, with bfloat16 weights.
func Example() {
	d, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	s := d.Default()

	x, _ := d.New(gpu.F32, 2, 2)
	w, _ := d.New(gpu.BF16, 3, 2)
	y, _ := d.New(gpu.F32, 2, 3)
	_ = s.Upload(x, []float32{1, 2, 3, 4})
	_ = s.Upload(w, []float32{1, 0, 0, 1, 0.5, 0.5})
	layer, err := d.Pack(w)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.MatMul(y, x, layer, gpu.MatMulOpt{}); err != nil {
		fmt.Println(err)
		return
	}
	out := make([]float32, 6)
	_ = s.Download(out, y)
	fmt.Println(out)

	fmt.Println(s.MatMul(x, y, layer, gpu.MatMulOpt{}))
	// Output:
	// [1 2 1.5 3 4 3.5]
	// gpu: MatMul: a: shapes do not fit: expected [M 2] for w [3 2], got f32[2 3]
}
