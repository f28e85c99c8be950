package gpu_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"assay/gpu"
)

func TestCancelStopsARunningProduct(t *testing.T) {
	d := open(t, gpu.Options{Threads: 2})
	s := d.NewStream()
	const m, n, k = 2048, 2048, 2048
	a, c := tensor(t, d, gpu.F32, m, k), tensor(t, d, gpu.F32, m, n)
	w, err := d.Pack(tensor(t, d, gpu.F32, n, k))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, s.Cancel)
	defer stop()
	// The product is repeated until the cancellation, which comes from another
	// goroutine at an arbitrary moment, has been seen.
	go cancel()
	deadline := time.Now().Add(20 * time.Second)
	for err = nil; err == nil; err = s.MatMul(c, a, w, gpu.MatMulOpt{}) {
		if time.Now().After(deadline) {
			t.Fatal("not canceled")
		}
	}
	if !errors.Is(err, gpu.ErrCanceled) {
		t.Fatalf("got %v", err)
	}
	if err := s.Add(c, c, c); !errors.Is(err, gpu.ErrCanceled) {
		t.Errorf("later operation: %v", err)
	}
	if err := d.Default().Err(); err != nil {
		t.Errorf("another stream: %v", err)
	}
	s.Reset()
	if err := errors.Join(s.Err(), s.Sync(context.Background())); err != nil {
		t.Errorf("after Reset: %v", err)
	}
	if err := s.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Sync with an ended context: %v", err)
	}
}

func TestStreamsRunAtTheSameTime(t *testing.T) {
	d := open(t, gpu.Options{Threads: 3})
	const m, n, k = 70, 200, 300
	a, wt := tensor(t, d, gpu.F32, m, k), tensor(t, d, gpu.F32, n, k)
	values := make([]float32, n*k)
	for i := range values {
		values[i] = float32(i%13) - 6.5
	}
	if err := errors.Join(d.Default().Upload(a, values[:m*k]), d.Default().Upload(wt, values)); err != nil {
		t.Fatal(err)
	}
	w, err := d.Pack(wt)
	if err != nil {
		t.Fatal(err)
	}
	results := make([][]float32, 4)
	var group sync.WaitGroup
	for i := range results {
		c := tensor(t, d, gpu.F32, m, n)
		results[i] = make([]float32, m*n)
		group.Go(func() {
			s := d.NewStream()
			for range 50 {
				if err := errors.Join(s.MatMul(c, a, w, gpu.MatMulOpt{}), s.Softmax(c, c), s.Download(results[i], c)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	for i := range results {
		if !slices.Equal(results[i], results[0]) {
			t.Errorf("stream %d differs", i)
		}
	}
}

// TestOperationsDoNotAllocate: decoding calls thousands of operations a second.
func TestOperationsDoNotAllocate(t *testing.T) {
	d := open(t, gpu.Options{Threads: 2})
	s := d.Default()
	const m, dim = 3, 64
	x, y := tensor(t, d, gpu.F32, m, dim), tensor(t, d, gpu.F32, m, dim)
	norm := tensor(t, d, gpu.F32, dim)
	w, err := d.Pack(tensor(t, d, gpu.BF16, dim, dim))
	if err != nil {
		t.Fatal(err)
	}
	table, err := d.NewRoPETable([]float64{1, .1}, 8, 1)
	if err != nil {
		t.Fatal(err)
	}
	q, o, kv := tensor(t, d, gpu.F32, m, 2, 32), tensor(t, d, gpu.F32, m, 2, 32), tensor(t, d, gpu.F16, 9, 1, 32)
	pos, rows := []int32{5, 6, 7}, []int32{2, 0, 1}
	values, index := make([]float32, 4), make([]int32, 4)
	logits := tensor(t, d, gpu.F32, 50)
	for name, op := range map[string]func() error{
		"MatMul":    func() error { return s.MatMul(y, x, w, gpu.MatMulOpt{}) },
		"RMSNorm":   func() error { return s.RMSNorm(y, x, norm, 1e-5, false) },
		"Add":       func() error { return s.Add(y, x, y) },
		"SwiGLU":    func() error { return s.SwiGLU(y, x, y) },
		"RoPE":      func() error { return s.RoPE(q, q, pos, table, gpu.HalfSplit) },
		"Attention": func() error { return s.Attention(o, q, kv, kv, gpu.AttentionOpt{QPos: pos}) },
		"Gather":    func() error { return s.Gather(y, x, rows) },
		"Scatter":   func() error { return s.Scatter(y, x, rows) },
		"Softmax":   func() error { return s.Softmax(y, x) },
		"TopK":      func() error { return s.TopK(values, index, logits) },
	} {
		if n := testing.AllocsPerRun(20, func() {
			if err := op(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
