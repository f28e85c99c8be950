package gpu_test

import (
	"errors"
	"testing"

	"assay/gpu"
)

// TestOperationsRefuseWhatDoesNotFit names the operation and the argument of
// every refusal.
func TestOperationsRefuseWhatDoesNotFit(t *testing.T) {
	d := open(t, gpu.Options{Threads: 1})
	other := open(t, gpu.Options{Threads: 1})
	s := d.Default()
	f := func(dims ...int) gpu.Tensor { return tensor(t, d, gpu.F32, dims...) }
	h := func(dims ...int) gpu.Tensor { return tensor(t, d, gpu.F16, dims...) }
	must := func(x gpu.Tensor, err error) gpu.Tensor {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	w, err := d.Pack(f(5, 3))
	if err != nil {
		t.Fatal(err)
	}
	table, err := d.NewRoPETable([]float64{1, .5}, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	mm := f(4, 8)
	left, right := must(mm.Slice(1, 0, 5)), must(mm.Slice(1, 4, 7))
	q, k := f(2, 4, 8), f(6, 2, 8)
	pos := []int32{0, 1}
	for _, c := range []struct {
		name string
		err  error
		op   string
		arg  string
		why  error
	}{
		{"absent", s.Add(gpu.Tensor{}, f(2), f(2)), "Add", "dst", gpu.ErrShape},
		{"other device", s.Add(f(2), tensor(t, other, gpu.F32, 2), f(2)), "Add", "a", gpu.ErrUnsupported},
		{"type", s.Add(f(2), f(2), h(2)), "Add", "b", gpu.ErrDType},
		{"shape", s.Add(f(2), f(2), f(3)), "Add", "b", gpu.ErrShape},
		{"rank", s.Softmax(f(1, 1, 1, 2), f(1, 1, 1, 2)), "Softmax", "dst", gpu.ErrShape},
		{"partial overlap", s.Add(must(f(9).Slice(0, 0, 4)), f(4), f(5)), "Add", "b", gpu.ErrShape},
		{"shifted", overlapping(t, d, s), "Add", "dst", gpu.ErrAlias},
		{"matmul inner", s.MatMul(f(4, 5), f(4, 4), w, gpu.MatMulOpt{}), "MatMul", "a", gpu.ErrShape},
		{"matmul outer", s.MatMul(f(4, 4), f(4, 3), w, gpu.MatMulOpt{}), "MatMul", "dst", gpu.ErrShape},
		{"matmul overlap", s.MatMul(left, right, w, gpu.MatMulOpt{}), "MatMul", "dst", gpu.ErrAlias},
		{"matmul bias", s.MatMul(f(4, 5), f(4, 3), w, gpu.MatMulOpt{Bias: f(4)}), "MatMul", "bias", gpu.ErrShape},
		{"matmul weight", s.MatMul(f(4, 5), f(4, 3), nil, gpu.MatMulOpt{}), "MatMul", "w", gpu.ErrShape},
		{"pack type", second(d.Pack(tensor(t, d, gpu.I32, 2, 2))), "Pack", "w", gpu.ErrDType},
		{"upload length", s.Upload(f(3), make([]float32, 2)), "Upload", "src", gpu.ErrShape},
		{"upload to integers", s.Upload(tensor(t, d, gpu.I32, 2), make([]float32, 2)), "Upload", "dst", gpu.ErrDType},
		{"cast of integers", s.Copy(f(2), tensor(t, d, gpu.I32, 2)), "Copy", "dst", gpu.ErrDType},
		{"gather row", s.Gather(f(1, 3), f(4, 3), []int32{4}), "Gather", "rows[0]", gpu.ErrRange},
		{"gather count", s.Gather(f(2, 3), f(4, 3), []int32{1}), "Gather", "dst", gpu.ErrShape},
		{"scatter row", s.Scatter(f(4, 3), f(2, 3), []int32{0, -1}), "Scatter", "rows[1]", gpu.ErrRange},
		{"norm weight", s.RMSNorm(f(2, 3), f(2, 3), f(2), 0, false), "RMSNorm", "w", gpu.ErrShape},
		{"rope position", s.RoPE(f(1, 1, 4), f(1, 1, 4), []int32{10}, table, gpu.HalfSplit), "RoPE", "pos[0]", gpu.ErrRange},
		{"rope head", s.RoPE(f(1, 1, 3), f(1, 1, 3), []int32{1}, table, gpu.HalfSplit), "RoPE", "x", gpu.ErrShape},
		{"rope style", s.RoPE(f(1, 1, 4), f(1, 1, 4), []int32{1}, table, 7), "RoPE", "style", gpu.ErrRange},
		{"rerope difference", s.ReRoPE(f(1, 1, 4), f(1, 1, 4), []int32{-10}, table, gpu.HalfSplit), "ReRoPE", "delta[0]", gpu.ErrRange},
		{"rope table", second(d.NewRoPETable(nil, 10, 1)), "NewRoPETable", "invFreq, maxPos", gpu.ErrShape},
		{"attention heads", s.Attention(f(2, 3, 8), f(2, 3, 8), k, k, gpu.AttentionOpt{QPos: pos}), "Attention", "k", gpu.ErrShape},
		{"attention positions", s.Attention(f(2, 4, 8), q, k, k, gpu.AttentionOpt{}), "Attention", "QPos", gpu.ErrShape},
		{"attention key positions", s.Attention(f(2, 4, 8), q, k, k, gpu.AttentionOpt{QPos: pos, KPos: pos}), "Attention", "KPos", gpu.ErrShape},
		{"attention types", s.Attention(f(2, 4, 8), q, k, h(6, 2, 8), gpu.AttentionOpt{QPos: pos}), "Attention", "v", gpu.ErrDType},
		{"attention in place", s.Attention(q, q, k, k, gpu.AttentionOpt{QPos: pos}), "Attention", "dst", gpu.ErrAlias},
		{"attention window", s.Attention(f(2, 4, 8), q, k, k, gpu.AttentionOpt{QPos: pos, Window: -1}), "Attention", "Window", gpu.ErrRange},
		{"attention full window", s.Attention(f(2, 4, 8), q, k, k, gpu.AttentionOpt{Mask: gpu.Full, Window: 1}), "Attention", "Window", gpu.ErrRange},
		{"attention mask", s.Attention(f(2, 4, 8), q, k, k, gpu.AttentionOpt{Mask: 9}), "Attention", "Mask", gpu.ErrRange},
		{"attention lse", s.Attention(f(2, 4, 8), q, k, k, gpu.AttentionOpt{QPos: pos, LSE: f(4, 2)}), "Attention", "lse", gpu.ErrShape},
		{"probs shape", s.AttentionProbs(f(4, 2, 5), q, k, gpu.AttentionOpt{QPos: pos}), "AttentionProbs", "dst", gpu.ErrShape},
		{"topk lengths", s.TopK(make([]float32, 2), make([]int32, 1), f(4)), "TopK", "values, index", gpu.ErrShape},
		{"topk too many", s.TopK(make([]float32, 5), make([]int32, 5), f(4)), "TopK", "values, index", gpu.ErrShape},
	} {
		var e *gpu.Error
		if !errors.As(c.err, &e) || e.Op != c.op || e.Arg != c.arg || !errors.Is(c.err, c.why) {
			t.Errorf("%s: got %v, expected %s, %s: %v", c.name, c.err, c.op, c.arg, c.why)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// overlapping adds into the same buffer one element further on.
func overlapping(t *testing.T, d *gpu.Device, s *gpu.Stream) error {
	t.Helper()
	x := tensor(t, d, gpu.F32, 9)
	a, err := x.Slice(0, 0, 8)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x.Slice(0, 1, 9)
	if err != nil {
		t.Fatal(err)
	}
	return s.Add(b, a, a)
}

// TestColumnsOfOneBufferMayBeCombined: projections computed together lie side
// by side.
func TestColumnsOfOneBufferMayBeCombined(t *testing.T) {
	d := open(t, gpu.Options{Threads: 1})
	x := tensor(t, d, gpu.F32, 3, 8)
	if err := d.Default().Upload(x, []float32{
		1, 2, 10, 20, 0, 0, 9, 9,
		3, 4, 30, 40, 0, 0, 9, 9,
		5, 6, 50, 60, 0, 0, 9, 9}); err != nil {
		t.Fatal(err)
	}
	part := func(lo, hi int) gpu.Tensor {
		p, err := x.Slice(1, lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if err := d.Default().Add(part(4, 6), part(0, 2), part(2, 4)); err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 6)
	if err := d.Default().Download(got, part(4, 6)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{11, 22, 33, 44, 55, 66} {
		if got[i] != want {
			t.Fatalf("got %v", got)
		}
	}
	if err := d.Default().Add(part(1, 3), part(0, 2), part(2, 4)); !errors.Is(err, gpu.ErrAlias) {
		t.Errorf("overlapping columns: %v", err)
	}
}
