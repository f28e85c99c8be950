package conform

import (
	"fmt"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

// block is in for a contiguous tensor of any rank.
func (g *rig) block(name string, values []float32, dims ...int) gpu.Tensor {
	return g.shaped(g.in(name, gpu.F32, values, len(values)), dims)
}

// blank is out for a contiguous tensor of any rank.
func (g *rig) blank(name string, dims ...int) gpu.Tensor {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return g.shaped(g.out(name, n), dims)
}

func (g *rig) shaped(t gpu.Tensor, dims []int) gpu.Tensor {
	v, err := t.View(dims...)
	g.fail(err)
	return v
}

func convCases(full bool) []Case {
	shapes := []ref.Window{
		{N: 3, C: 1, H: 28, W: 28, M: 20, KH: 5, KW: 5, Stride: 1},
		{N: 4, C: 3, H: 8, W: 8, M: 16, KH: 3, KW: 3, Stride: 1, Pad: 1},
		{N: 2, C: 16, H: 9, W: 7, M: 5, KH: 3, KW: 3, Stride: 2, Pad: 1},
		{N: 5, C: 4, H: 4, W: 4, M: 33, KH: 1, KW: 1, Stride: 2},
		{N: 37, C: 17, H: 2, W: 2, M: 70, KH: 3, KW: 3, Stride: 1, Pad: 1},
		{N: 1, C: 2, H: 5, W: 6, M: 3, KH: 2, KW: 4, Stride: 3, Pad: 2},
		{N: 2, C: 40, H: 6, W: 6, M: 13, KH: 3, KW: 3, Stride: 1, Pad: 1},
		// Rows of whole runs of 16, whose weight gradient needs no copies: several images
		// at a time and a last block that is not full; without padding; one image at a time.
		{N: 9, C: 13, H: 16, W: 16, M: 6, KH: 3, KW: 3, Stride: 1, Pad: 1},
		{N: 5, C: 11, H: 7, W: 20, M: 9, KH: 5, KW: 5, Stride: 1},
		{N: 2, C: 3, H: 32, W: 32, M: 8, KH: 3, KW: 3, Stride: 1, Pad: 1},
	}
	if full {
		for _, k := range []int{1, 2, 3, 5} {
			for _, s := range []int{1, 2, 3} {
				for _, p := range []int{0, 1, 2} {
					for i, hw := range []int{5, 12, 16, 17, 31} {
						shapes = append(shapes, ref.Window{N: 1 + (k*s+p+i)%4, C: 1 + (i+k)%6, H: hw, W: hw + s - 1, M: 1 + 11*((s+i)%4), KH: k, KW: k, Stride: s, Pad: p})
					}
				}
			}
		}
	}
	var cases []Case
	for i, g := range shapes {
		g = g.Sized()
		for _, acc := range []bool{false, true} {
			cases = append(cases, convCase("Conv", g, uniform, acc, i%2 == 0), convCase("ConvBackData", g, uniform, acc, false), convCase("ConvBackWeight", g, uniform, acc, false))
		}
	}
	for _, c := range []class{normal, heavy, outlier, zeroRows, denormal} {
		g := shapes[1].Sized()
		cases = append(cases, convCase("Conv", g, c, false, true), convCase("ConvBackData", g, c, false, false), convCase("ConvBackWeight", g, c, false, false))
	}
	for i, s := range []mnk{{1, 1, 1}, {128, 10, 500}, {33, 65, 300}, {7, 129, 31}, {13, 32, 257}} {
		for t := range 4 {
			cases = append(cases, productCase(s, t&1 == 1, t&2 == 2, i%2 == 0))
		}
	}
	return cases
}

// convCase is one of the three operations of a convolution.
func convCase(op string, w ref.Window, c class, accumulate, bias bool) Case {
	shape := fmt.Sprintf("%dx%dx%dx%d-%d,%dx%d/%d+%d", w.N, w.C, w.H, w.W, w.M, w.KH, w.KW, w.Stride, w.Pad)
	if accumulate {
		shape += ",accumulate"
	}
	if bias {
		shape += ",bias"
	}
	taps := w.C * w.KH * w.KW
	work := int64(w.N*w.M*w.OH*w.OW) * int64(taps)
	return Case{Op: op, DType: "f32", Shape: shape, Class: string(c), work: work, create: func(r *rand.Rand) instance {
		x, k, y := draw(r, c, gpu.F32, w.N, w.C*w.H*w.W), draw(r, uniform, gpu.F32, w.M, taps), draw(r, c, gpu.F32, w.N, w.M*w.OH*w.OW)
		var b []float32
		if bias {
			b = draw(r, uniform, gpu.F32, 1, w.M)
		}
		sizes := map[string]int{"Conv": len(y), "ConvBackData": len(x), "ConvBackWeight": len(k)}
		start := draw(r, uniform, gpu.F32, 1, sizes[op])
		in := instance{rows: w.N}
		if op == "ConvBackWeight" {
			in.rows = 0 // sums over images
		}
		in.run = func(g *rig, rows []int) {
			n := w.N
			if rows != nil {
				n = len(rows)
			}
			win := gpu.Window{KH: w.KH, KW: w.KW, Stride: w.Stride, Padding: w.Pad}
			dst := func(per int, dims ...int) gpu.Tensor {
				if !accumulate {
					return g.blank("dst", dims...)
				}
				v := take(start, per, rows)
				return g.shaped(g.inout("dst", gpu.F32, v, len(v)), dims)
			}
			tx := func() gpu.Tensor { return g.block("x", take(x, w.C*w.H*w.W, rows), n, w.C, w.H, w.W) }
			ty := func() gpu.Tensor { return g.block("dy", take(y, w.M*w.OH*w.OW, rows), n, w.M, w.OH, w.OW) }
			tw := func() gpu.Tensor { return g.block("w", k, w.M, w.C, w.KH, w.KW) }
			switch op {
			case "Conv":
				var tb gpu.Tensor
				if bias {
					tb = g.block("bias", b, w.M)
				}
				a, k, d := tx(), tw(), dst(w.M*w.OH*w.OW, n, w.M, w.OH, w.OW)
				if g.err == nil {
					g.fail(g.s.Conv(d, a, k, tb, win, accumulate))
				}
			case "ConvBackData":
				a, k, d := ty(), tw(), dst(w.C*w.H*w.W, n, w.C, w.H, w.W)
				if g.err == nil {
					g.fail(g.s.ConvBackData(d, a, k, win, accumulate))
				}
			default:
				a, e, d := tx(), ty(), dst(1, w.M, w.C, w.KH, w.KW)
				if g.err == nil {
					g.fail(g.s.ConvBackWeight(d, a, e, win, accumulate))
				}
			}
		}
		in.want = func() []want {
			out := want{}
			terms := taps
			switch op {
			case "Conv":
				out.values = ref.Conv(w, x, k, b)
				if !accumulate {
					out.exact = map[int]float32{}
					for range 64 {
						at := r.IntN(len(out.values))
						out.exact[at] = ref.ConvChain(w, x, k, b, at)
					}
				}
			case "ConvBackData":
				out.values, terms = ref.ConvBackData(w, y, k), w.M*w.KH*w.KW
			default:
				out.values, terms = ref.ConvBackWeight(w, x, y), w.N*w.OH*w.OW
			}
			if accumulate {
				for i := range out.values {
					out.values[i] += float64(start[i])
				}
			}
			// The bound of a chain, and room for a mean over few outputs.
			out.bound = bound{nmse: 16 * max(1e-13, 1.5e-15*float64(terms+2)), floor: float64(terms+2) * 0x1p-149}
			return []want{out}
		}
		return in
	}}
}

func productCase(s mnk, ta, tb, bias bool) Case {
	return Case{Op: "Product", DType: "f32", Shape: fmt.Sprintf("%dx%dx%d,%v,%v,%v", s.m, s.n, s.k, ta, tb, bias), Class: string(normal), work: int64(s.m * s.n * s.k),
		create: func(r *rand.Rand) instance {
			a, b := draw(r, normal, gpu.F32, s.m, s.k), draw(r, normal, gpu.F32, s.n, s.k)
			var c []float32
			if bias {
				c = draw(r, normal, gpu.F32, 1, s.n)
			}
			run := func(g *rig, _ []int) {
				pair := func(rows, columns int, t bool) []int {
					if t {
						return []int{columns, rows}
					}
					return []int{rows, columns}
				}
				o := gpu.ProductOpt{TransA: ta, TransB: tb}
				if bias {
					o.Bias = g.block("bias", c, s.n)
				}
				x, y, d := g.block("a", a, pair(s.m, s.k, ta)...), g.block("b", b, pair(s.k, s.n, tb)...), g.blank("dst", s.m, s.n)
				if g.err == nil {
					g.fail(g.s.Product(d, x, y, o))
				}
			}
			return instance{run: run, want: func() []want {
				return []want{{values: ref.Product(a, b, c, s.m, s.n, s.k, ta, tb), bound: bound{nmse: 16 * max(1e-13, 1.5e-15*float64(s.k+2))}}}
			}}
		}}
}
