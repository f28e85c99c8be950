package conform

import (
	"fmt"
	"math"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

// strictF32 is the bound of f32 operations that do not sum.
var strictF32 = bound{nmse: 1e-12, floor: 0x1p-140}

func cnnCases(full bool) []Case {
	var cases []Case
	shapes := [][3]int{{4, 3, 49}, {7, 16, 64}, {9, 5, 1}, {2, 1, 1000}}
	if full {
		for hw := 1; hw < 40; hw++ {
			shapes = append(shapes, [3]int{1 + hw%5, 1 + hw%7, hw})
		}
	}
	for _, s := range shapes {
		for _, c := range []class{normal, heavy} {
			cases = append(cases, normCase(s[0], s[1], s[2], c))
		}
	}
	for _, w := range []ref.Window{
		{N: 3, C: 5, H: 24, W: 24, KH: 2, KW: 2, Stride: 2}, {N: 2, C: 3, H: 7, W: 9, KH: 2, KW: 2, Stride: 2},
		{N: 2, C: 2, H: 8, W: 8, KH: 3, KW: 3, Stride: 2, Pad: 1}, {N: 2, C: 2, H: 6, W: 6, KH: 3, KW: 3, Stride: 1}, {N: 4, C: 6, H: 8, W: 8, KH: 8, KW: 8, Stride: 1},
	} {
		for _, c := range []class{normal, constant, special} {
			cases = append(cases, poolCase(w.Sized(), c))
		}
	}
	for _, s := range []mnk{{1, 2, 0}, {33, 10, 0}, {5, 100, 0}} {
		cases = append(cases, entropyCase(s.m, s.n))
	}
	for i := range 4 {
		cases = append(cases, descendCase(i&1 == 1, i&2 == 2))
	}
	return cases
}

func normCase(n, c, hw int, cl class) Case {
	return Case{Op: "BatchNorm", DType: "f32", Shape: fmt.Sprintf("%dx%dx%d", n, c, hw), Class: string(cl), work: int64(n * c * hw), create: func(r *rand.Rand) instance {
		x, dy := draw(r, cl, gpu.F32, n, c*hw), draw(r, normal, gpu.F32, n, c*hw)
		gamma, beta := draw(r, normal, gpu.F32, 1, c), draw(r, normal, gpu.F32, 1, c)
		run := func(g *rig, _ []int) {
			tx, td := g.block("x", x, n, c, hw), g.block("dy", dy, n, c, hw)
			o := gpu.Norm{Gamma: g.block("gamma", gamma, c), Beta: g.block("beta", beta, c), Eps: 1e-5, Momentum: 0.1}
			y := g.blank("y", n, c, hw)
			o.Mean, o.Inv = g.blank("mean", c), g.blank("inv", c)
			dx, dg, db := g.blank("dx", n, c, hw), g.blank("dgamma", c), g.blank("dbeta", c)
			if g.err == nil {
				g.fail(g.s.BatchNorm(y, tx, o))
				g.fail(g.s.BatchNormBack(dx, gpu.Tensor{}, dg, db, tx, gpu.Tensor{}, td, o))
			}
		}
		return instance{run: run, want: func() []want {
			y, mean, inv := ref.BatchNorm(x, gamma, beta, n, c, hw, float64(float32(1e-5)))
			dx, dg, db := ref.BatchNormBack(x, dy, gamma, mean, inv, n, c, hw)
			loose := bound{nmse: 1e-11, floor: 1e-5} // differences of values that may be close
			return []want{{values: y, bound: loose}, {values: mean, bound: loose}, {values: inv, bound: strictF32}, {values: dx, bound: loose}, {values: dg, bound: loose}, {values: db, bound: loose}}
		}}
	}}
}

func poolCase(w ref.Window, cl class) Case {
	return Case{Op: "Pool", DType: "f32", Shape: fmt.Sprintf("%dx%dx%dx%d,%d/%d+%d", w.N, w.C, w.H, w.W, w.KH, w.Stride, w.Pad), Class: string(cl), work: int64(w.N * w.C * w.H * w.W),
		create: func(r *rand.Rand) instance {
			x, dy := draw(r, cl, gpu.F32, w.N, w.C*w.H*w.W), draw(r, normal, gpu.F32, w.N, w.C*w.OH*w.OW)
			run := func(g *rig, rows []int) {
				n := w.N
				if rows != nil {
					n = len(rows)
				}
				win := gpu.Window{KH: w.KH, KW: w.KW, Stride: w.Stride, Padding: w.Pad}
				tx, td := g.block("x", take(x, w.C*w.H*w.W, rows), n, w.C, w.H, w.W), g.block("dy", take(dy, w.C*w.OH*w.OW, rows), n, w.C, w.OH, w.OW)
				at, err := g.dev.New(gpu.I32, n, w.C, w.OH, w.OW)
				g.fail(err)
				top, picked, mean := g.blank("max", n, w.C, w.OH, w.OW), g.blank("picked", n, w.C, w.OH, w.OW), g.blank("mean", n, w.C, w.OH, w.OW)
				dmax, dmean := g.blank("dmax", n, w.C, w.H, w.W), g.blank("dmean", n, w.C, w.H, w.W)
				if g.err == nil {
					g.fail(g.s.MaxPool(top, at, tx, win))
					g.fail(g.s.MaxPoolPick(picked, at, tx, win))
					g.fail(g.s.MaxPoolBack(dmax, td, at, win))
					g.fail(g.s.AvgPool(mean, tx, win))
					g.fail(g.s.AvgPoolBack(dmean, td, win))
				}
			}
			return instance{run: run, rows: w.N, want: func() []want {
				top, at, mean := ref.Pool(w, x)
				back, spread := make([]float64, len(x)), make([]float64, len(x))
				for i, j := range at {
					plane := i / (w.OH * w.OW) * w.H * w.W
					back[plane+int(j)] += float64(dy[i])
					for k := range w.KH * w.KW {
						sy, sx := i/w.OW%w.OH*w.Stride+k/w.KW-w.Pad, i%w.OW*w.Stride+k%w.KW-w.Pad
						if sy >= 0 && sy < w.H && sx >= 0 && sx < w.W {
							spread[plane+sy*w.W+sx] += float64(dy[i]) / float64(w.KH*w.KW)
						}
					}
				}
				near := bound{nmse: 1e-12, floor: 1e-6}
				return []want{{values: top, bound: strictF32}, {values: top, bound: strictF32}, {values: mean, bound: near}, {values: back, bound: near}, {values: spread, bound: near}}
			}}
		}}
}

func entropyCase(n, c int) Case {
	return Case{Op: "CrossEntropy", DType: "f32", Shape: fmt.Sprintf("%dx%d", n, c), Class: string(normal), work: int64(n * c), create: func(r *rand.Rand) instance {
		x := draw(r, normal, gpu.F32, n, c)
		labels := make([]int32, n)
		for i := range labels {
			labels[i] = int32(r.IntN(c))
		}
		run := func(g *rig, rows []int) {
			m := n
			if rows != nil {
				m = len(rows)
			}
			tx := g.block("x", take(x, c, rows), m, c)
			loss, probs, dx := g.blank("loss", m), g.blank("probs", m, c), g.blank("dx", m, c)
			if g.err == nil {
				g.fail(g.s.CrossEntropy(loss, probs, dx, tx, takeInts(labels, rows), 0.5, 0.25))
			}
		}
		return instance{run: run, rows: n, want: func() []want {
			loss, probs, dx := ref.CrossEntropy(x, labels, c, 0.5, 0.25)
			near := bound{nmse: 1e-12, floor: 1e-6}
			return []want{{values: loss, bound: near}, {values: probs, bound: near}, {values: dx, bound: near}}
		}}
	}}
}

func descendCase(nesterov, masked bool) Case {
	const n = 20_001
	return Case{Op: "Descend", DType: "f32", Shape: fmt.Sprintf("%d,%v,%v", n, nesterov, masked), Class: string(normal), work: n, create: func(r *rand.Rand) instance {
		w, v, d := draw(r, normal, gpu.F32, 1, n), draw(r, normal, gpu.F32, 1, n), draw(r, normal, gpu.F32, 1, n)
		var mask []float32
		if masked {
			mask = make([]float32, n)
			for i := range mask {
				mask[i] = float32(r.IntN(2))
				if mask[i] == 0 && i%7 == 0 {
					w[i] = float32(math.Inf(1)) // what is masked never shows
				}
			}
		}
		run := func(g *rig, _ []int) {
			tw, tv, td := g.inout("w", gpu.F32, w, n), g.inout("v", gpu.F32, v, n), g.block("g", d, n)
			var tm gpu.Tensor
			if masked {
				tm = g.block("mask", mask, n)
			}
			if g.err == nil {
				g.fail(g.s.Descend(tw, tv, td, tm, gpu.Descent{Rate: 0.1, Momentum: 0.9, Decay: 0.01, Nesterov: nesterov}))
			}
		}
		return instance{run: run, want: func() []want {
			nw, nv := ref.Descend(w, v, d, mask, float64(float32(0.1)), float64(float32(0.9)), float64(float32(0.01)), nesterov)
			return []want{{values: nw, bound: strictF32}, {values: nv, bound: strictF32}}
		}}
	}}
}
