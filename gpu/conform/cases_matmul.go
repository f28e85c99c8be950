package conform

import (
	"fmt"
	"math"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

var storage = []gpu.DType{gpu.F32, gpu.F16, gpu.BF16}

type mnk struct{ m, n, k int }

func matmulCases(full bool) []Case {
	// Around the tiles: rows 4, 6, 12; columns 16, 32; steps of k 256.
	shapes := []mnk{
		{1, 1, 1}, {1, 33, 31}, {1, 257, 1000}, {2, 31, 33}, {3, 100, 64}, {4, 64, 257}, {5, 7, 255}, {6, 32, 256},
		{7, 129, 32}, {8, 96, 513}, {9, 17, 100}, {12, 65, 300}, {13, 31, 257}, {17, 130, 512}, {25, 33, 1}, {65, 70, 129},
		{0, 5, 7}, {3, 0, 4}, {4, 9, 0}, {15, 40, 0},
	}
	if full {
		for _, m := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 64, 65} {
			for _, n := range []int{1, 2, 7, 31, 32, 33, 63, 64, 65, 127, 129, 257} {
				for _, k := range []int{1, 31, 32, 33, 255, 256, 257, 4096} {
					shapes = append(shapes, mnk{m, n, k})
				}
			}
		}
		shapes = append(shapes, mnk{3, 33, 14336}, mnk{65, 1000, 4097}, mnk{200, 130, 700})
	}
	var cases []Case
	seen := map[mnk]bool{}
	for i, s := range shapes {
		if seen[s] {
			continue
		}
		seen[s] = true
		for j, dt := range storage {
			if i < 20 || (i+j)%3 == 0 { // the long list of the full table takes types in turn
				cases = append(cases, matmul(s, dt, uniform, (i+j)%2 == 0, i%3 == 0))
			}
		}
	}
	for _, c := range append([]class{special}, tame...) {
		for _, s := range []mnk{{3, 34, 61}, {14, 37, 290}} {
			for _, dt := range storage {
				cases = append(cases, matmul(s, dt, c, false, false))
			}
		}
	}
	return cases
}

func matmul(s mnk, dt gpu.DType, c class, bias, accumulate bool) Case {
	shape := fmt.Sprintf("%dx%dx%d", s.m, s.n, s.k)
	if bias {
		shape += ",bias"
	}
	if accumulate {
		shape += ",accumulate"
	}
	return Case{Op: "MatMul", DType: dt.String(), Shape: shape, Class: string(c), work: int64(s.m) * int64(s.n) * int64(s.k),
		create: func(r *rand.Rand) instance { return matmulData(r, s, dt, c, bias, accumulate) }}
}

func matmulData(r *rand.Rand, s mnk, dt gpu.DType, c class, bias, accumulate bool) instance {
	a, w := draw(r, c, gpu.F32, s.m, s.k), draw(r, uniform, dt, s.n, s.k)
	var b, start []float32
	if c != special && c != denormal {
		w = draw(r, c, dt, s.n, s.k)
	}
	if bias {
		b = draw(r, uniform, gpu.F32, 1, s.n)
	}
	if accumulate {
		start = draw(r, c, gpu.F32, s.m, s.n)
	}
	run := func(g *rig, rows []int) {
		m := s.m
		if rows != nil {
			m = len(rows)
		}
		ta := g.in("a", gpu.F32, take(a, s.k, rows), m, s.k)
		weight, err := g.dev.Pack(g.in("w", dt, w, s.n, s.k))
		g.fail(err)
		var o gpu.MatMulOpt
		if bias {
			o.Bias = g.in("bias", gpu.F32, b, s.n)
		}
		var dst gpu.Tensor
		if accumulate {
			o.Accumulate = true
			dst = g.inout("dst", gpu.F32, take(start, s.n, rows), m, s.n)
		} else {
			dst = g.out("dst", m, s.n)
		}
		if g.err == nil {
			g.fail(g.s.MatMul(dst, ta, weight, o))
		}
	}
	return instance{run: run, rows: s.m, want: func() []want {
		out := want{values: ref.MatMul(a, w, b, start, s.m, s.n, s.k),
			bound: bound{nmse: max(1e-13, 1.5e-15*float64(s.k+2)), floor: float64(s.k+2) * 0x1p-149}, exact: map[int]float32{}}
		if s.m*s.n < 32 {
			// A mean over few outputs may meet a reference near zero.
			out.bound.nmse *= 16
		}
		chain(out.exact, r, a, w, b, start, s)
		switch c {
		case special, alternating:
			// What cancels has no relative error to speak of; the chain decides.
			out.bound.nmse = 1
		case constant:
			// Equal terms round in the same direction: k half units at worst.
			out.bound.nmse = math.Pow(float64(s.k)*0x1p-25, 2)
		}
		return []want{out}
	}}
}

// chain adds the defined bits of all outputs, or of a sample of large products.
func chain(exact map[int]float32, r *rand.Rand, a, w, bias, start []float32, s mnk) {
	total := s.m * s.n
	few := min(total, max(64, 2<<20/max(s.k, 1)))
	for i := range few {
		at := i
		if few < total {
			at = r.IntN(total)
		}
		row, col := at/s.n, at%s.n
		var b, c []float32
		if bias != nil {
			b = bias[col : col+1]
		}
		if start != nil {
			c = start[at : at+1]
		}
		exact[at] = ref.Chain(a[row*s.k:(row+1)*s.k], w[col*s.k:(col+1)*s.k], b, c, 1, 1, s.k)[0]
	}
}
