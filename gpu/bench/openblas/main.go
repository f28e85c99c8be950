// Command openblas compares the f32 matrix product of package gpu with OpenBLAS
// on the same inputs, both with the same number of threads, in alternating runs,
// and prints the best of each as a table. Without the library it says in one
// line which package to install and succeeds.
//
// OPENBLAS_CORETYPE, when set, overrides the kernels that OpenBLAS would choose;
// the table names what it runs and says so.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"assay/gpu"
	"assay/gpu/internal/blas"
)

type shape struct{ m, n, k int }

// The shapes that the project's speed requirement names, and two that stand for
// a small model's layers and a wide one's.
var shapes = []shape{{1024, 1024, 1024}, {512, 4096, 4096}, {2048, 2048, 2048}, {2048, 768, 256}, {512, 14336, 4096}}

func main() {
	rounds := flag.Int("rounds", 5, "turns of each side at each shape, three products a turn")
	minimum := flag.Float64("min", 0, "exit with 3 if a ratio of the first two shapes is below this")
	flag.Parse()
	code, err := compare(os.Stdout, *rounds, *minimum)
	if err != nil {
		fmt.Fprintln(os.Stderr, "openblas:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func compare(w io.Writer, rounds int, minimum float64) (int, error) {
	d, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		return 0, err
	}
	defer d.Close()
	info := d.Info()
	lib, err := blas.Open(info.Threads)
	if errors.Is(err, blas.ErrAbsent) {
		fmt.Fprintf(w, "not compared: %v\n", err)
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(w, "%s, %d threads\n", info.Name, info.Threads)
	fmt.Fprintf(w, "ours: %s kernels\n", info.ISA)
	fmt.Fprintf(w, "%s: %s kernels%s\n", lib.Version(), lib.Core(), forced())
	fmt.Fprintf(w, "\n%-18s %14s %18s %7s %12s\n", "shape MxNxK", "ours GFLOP/s", "OpenBLAS GFLOP/s", "ratio", "difference")
	code := 0
	for i, s := range shapes {
		r, err := race(d, lib, s, rounds)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(w, "%-18s %14.1f %18.1f %7.2f %12.1e\n", fmt.Sprintf("%dx%dx%d", s.m, s.n, s.k), r.ours, r.theirs, r.ours/r.theirs, r.difference)
		if i < 2 && r.ours < minimum*r.theirs {
			code = 3
		}
	}
	return code, nil
}

func forced() string {
	if v := os.Getenv("OPENBLAS_CORETYPE"); v != "" {
		return " (forced by OPENBLAS_CORETYPE=" + v + ")"
	}
	return " (its own choice)"
}

type outcome struct {
	ours, theirs float64 // GFLOP/s of the best run
	difference   float64 // largest absolute difference of the results
}

// settle is how long the threads of OpenBLAS spin after a call (2^26 cycles by
// default); measuring ours meanwhile would measure them.
const settle = 50 * time.Millisecond

// race runs both in turn, so that other load on the machine meets both.
func race(d *gpu.Device, lib *blas.Library, s shape, rounds int) (outcome, error) {
	rng := rand.New(rand.NewPCG(1, uint64(s.m*s.n)))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = rng.Float32()*2 - 1
		}
		return v
	}
	a, w := random(s.m*s.k), random(s.n*s.k)
	theirs, ours := make([]float32, s.m*s.n), make([]float32, s.m*s.n)
	stream := d.Default()
	ta, err := upload(d, a, s.m, s.k)
	if err != nil {
		return outcome{}, err
	}
	tw, err := upload(d, w, s.n, s.k)
	if err != nil {
		return outcome{}, err
	}
	packed, err := d.Pack(tw)
	if err != nil {
		return outcome{}, err
	}
	tc, err := d.New(gpu.F32, s.m, s.n)
	if err != nil {
		return outcome{}, err
	}
	bestOurs, bestTheirs := math.Inf(1), math.Inf(1)
	for range rounds {
		time.Sleep(settle)
		for range 3 {
			start := time.Now()
			if err := stream.MatMul(tc, ta, packed, gpu.MatMulOpt{}); err != nil {
				return outcome{}, err
			}
			bestOurs = min(bestOurs, time.Since(start).Seconds())
		}
		for range 3 {
			start := time.Now()
			lib.SGEMM(theirs, a, w, s.m, s.n, s.k)
			bestTheirs = min(bestTheirs, time.Since(start).Seconds())
		}
	}
	if err := stream.Download(ours, tc); err != nil {
		return outcome{}, err
	}
	flops := 2 * float64(s.m) * float64(s.n) * float64(s.k) / 1e9
	r := outcome{ours: flops / bestOurs, theirs: flops / bestTheirs}
	for i := range ours {
		r.difference = max(r.difference, math.Abs(float64(ours[i])-float64(theirs[i])))
	}
	return r, nil
}

func upload(d *gpu.Device, v []float32, dims ...int) (gpu.Tensor, error) {
	t, err := d.New(gpu.F32, dims...)
	if err != nil {
		return t, err
	}
	return t, d.Default().Upload(t, v)
}
