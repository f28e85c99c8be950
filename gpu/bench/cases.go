package bench

import (
	"fmt"
	"math"
	"math/rand/v2"

	"assay/gpu"
)

// cases is the table, in the order of the report.
var cases = []func(*gpu.Device) (timed, error){
	matmul(1024, 1024, 1024, gpu.F32),
	matmul(512, 4096, 4096, gpu.F32),
	matmul(512, 4096, 4096, gpu.F16),
	matmul(512, 4096, 4096, gpu.BF16),
	matmul(2048, 768, 256, gpu.F32),
	matmul(1, 4096, 8192, gpu.F32),
	matmul(1, 4096, 8192, gpu.F16),
	matmul(1, 4096, 8192, gpu.BF16),
	matmul(4, 4096, 8192, gpu.BF16),
	matmul(8, 4096, 8192, gpu.F32),
	matmul(8, 4096, 8192, gpu.BF16),
	attention(2048, 2048, 4, 2, 64, gpu.F32),
	attention(512, 8192, 8, 2, 64, gpu.F16),
	attention(2048, 2048, 8, 2, 128, gpu.F32),
	attention(1, 16384, 32, 8, 128, gpu.F16),
	rows("RMSNorm", 4096, 4096),
	rows("Softmax", 4096, 4096),
	rows("LogSoftmax", 512, 32000),
	rows("SwiGLU", 4096, 4096),
	rows("Add", 4096, 4096),
	rows("RoPE", 4096, 4096),
	rows("Copy to bf16", 4096, 4096),
	rows("RowDist2", 4096, 4096),
	gather(32000, 4096, 4096),
	topK(128000, 50),
}

// builder makes tensors of random values; the first error sticks.
type builder struct {
	dev *gpu.Device
	rng *rand.Rand
	err error
}

func newBuilder(d *gpu.Device) *builder {
	return &builder{dev: d, rng: rand.New(rand.NewPCG(7, 7))}
}

func (b *builder) note(err error) {
	if b.err == nil {
		b.err = err
	}
}

// block is how many values are drawn; larger tensors repeat them.
const block = 1 << 18

func (b *builder) random(dt gpu.DType, dims ...int) gpu.Tensor {
	t, err := b.dev.New(dt, dims...)
	b.note(err)
	if b.err != nil {
		return t
	}
	flat, err := t.View(t.Len())
	b.note(err)
	values := make([]float32, min(block, t.Len()))
	for i := range values {
		values[i] = b.rng.Float32()*2 - 1
	}
	for lo := 0; lo < t.Len(); lo += block {
		hi := min(lo+block, t.Len())
		part, err := flat.Slice(0, lo, hi)
		b.note(err)
		b.note(b.dev.Default().Upload(part, values[:hi-lo]))
	}
	return t
}

func (b *builder) weight(dt gpu.DType, n, k int) *gpu.Weight {
	t := b.random(dt, n, k)
	if b.err != nil {
		return nil
	}
	w, err := b.dev.Pack(t)
	b.note(err)
	return w
}

func matmul(m, n, k int, dt gpu.DType) func(*gpu.Device) (timed, error) {
	return func(d *gpu.Device) (timed, error) {
		b := newBuilder(d)
		a, w, c := b.random(gpu.F32, m, k), b.weight(dt, n, k), b.random(gpu.F32, m, n)
		return timed{op: "MatMul", shape: fmt.Sprintf("%dx%dx%d", m, n, k), dtype: dt.String(),
			flops: 2 * float64(m) * float64(n) * float64(k), bytes: float64(n*k*dt.Size() + 4*m*(n+k)),
			run: func() error { return d.Default().MatMul(c, a, w, gpu.MatMulOpt{}) }}, b.err
	}
}

// attention is causal: the rows are the last of n positions.
func attention(s, n, heads, groups, dim int, dt gpu.DType) func(*gpu.Device) (timed, error) {
	return func(d *gpu.Device) (timed, error) {
		b := newBuilder(d)
		q, out := b.random(gpu.F32, s, heads, dim), b.random(gpu.F32, s, heads, dim)
		k, v := b.random(dt, n, groups, dim), b.random(dt, n, groups, dim)
		pos := make([]int32, s)
		pairs := 0.0
		for i := range pos {
			pos[i] = int32(n - s + i)
			pairs += float64(n - s + i + 1)
		}
		return timed{op: "Attention", shape: fmt.Sprintf("%dx%d,heads=%d/%d,d=%d", s, n, heads, groups, dim), dtype: dt.String(),
			flops: 4 * pairs * float64(heads*dim), bytes: float64(2*n*groups*dim*dt.Size() + 2*s*heads*dim*4),
			run: func() error { return d.Default().Attention(out, q, k, v, gpu.AttentionOpt{QPos: pos}) }}, b.err
	}
}

// rows are operations on [m, d] that are bound by memory. flops counts what an
// element costs besides exponentials.
func rows(op string, m, d int) func(*gpu.Device) (timed, error) {
	return func(dev *gpu.Device) (timed, error) {
		b := newBuilder(dev)
		s := dev.Default()
		x, y := b.random(gpu.F32, m, d), b.random(gpu.F32, m, d)
		n := float64(m * d)
		t := timed{op: op, shape: fmt.Sprintf("%dx%d", m, d), dtype: "f32", flops: 4 * n, bytes: 8 * n}
		switch op {
		case "RMSNorm":
			w := b.random(gpu.F32, d)
			t.run = func() error { return s.RMSNorm(y, x, w, 1e-5, false) }
		case "Softmax":
			t.run = func() error { return s.Softmax(y, x) }
		case "LogSoftmax":
			t.run = func() error { return s.LogSoftmax(y, x) }
		case "SwiGLU", "Add":
			z := b.random(gpu.F32, m, d)
			t.bytes, t.flops = 12*n, n
			t.run = func() error { return s.Add(z, x, y) }
			if op == "SwiGLU" {
				t.flops = 3 * n
				t.run = func() error { return s.SwiGLU(z, x, y) }
			}
		case "RoPE":
			const head = 128
			freq := make([]float64, head/2)
			for i := range freq {
				freq[i] = math.Pow(10000, -2*float64(i)/head)
			}
			table, err := dev.NewRoPETable(freq, m, 1)
			b.note(err)
			pos := make([]int32, m)
			for i := range pos {
				pos[i] = int32(i)
			}
			t.flops = 3 * n
			x3, err := x.View(m, d/head, head)
			b.note(err)
			y3, err := y.View(m, d/head, head)
			b.note(err)
			t.run = func() error { return s.RoPE(y3, x3, pos, table, gpu.HalfSplit) }
		case "Copy to bf16":
			h := b.random(gpu.BF16, m, d)
			t.flops, t.bytes, t.dtype = 0, 6*n, "bf16"
			t.run = func() error { return s.Copy(h, x) }
		case "RowDist2":
			dist := b.random(gpu.F32, m)
			t.flops = 3 * n
			t.run = func() error { return s.RowDist2(dist, x, y) }
		}
		return t, b.err
	}
}

// gather reads n rows of a bf16 table of size rows.
func gather(size, n, d int) func(*gpu.Device) (timed, error) {
	return func(dev *gpu.Device) (timed, error) {
		b := newBuilder(dev)
		src, dst := b.random(gpu.BF16, size, d), b.random(gpu.F32, n, d)
		index := make([]int32, n)
		for i := range index {
			index[i] = int32(b.rng.IntN(size))
		}
		return timed{op: "Gather", shape: fmt.Sprintf("%d of %dx%d", n, size, d), dtype: "bf16", bytes: float64(6 * n * d),
			run: func() error { return dev.Default().Gather(dst, src, index) }}, b.err
	}
}

func topK(d, k int) func(*gpu.Device) (timed, error) {
	return func(dev *gpu.Device) (timed, error) {
		b := newBuilder(dev)
		x := b.random(gpu.F32, d)
		values, index := make([]float32, k), make([]int32, k)
		return timed{op: "TopK", shape: fmt.Sprintf("%d of %d", k, d), dtype: "f32", flops: float64(d), bytes: float64(4 * d),
			run: func() error { return dev.Default().TopK(values, index, x) }}, b.err
	}
}
