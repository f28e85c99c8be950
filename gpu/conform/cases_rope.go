package conform

import (
	"fmt"
	"math"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

type ropeShape struct {
	tokens, heads, d, n int
	magnitude           float64
	style               gpu.RoPEStyle
	delta               bool // ReRoPE
}

func ropeCases(full bool) []Case {
	var cases []Case
	for _, d := range []int{2, 32, 40, 64, 80, 128} {
		for _, n := range []int{d / 2, d / 4} {
			if n == 0 {
				continue
			}
			for _, style := range []gpu.RoPEStyle{gpu.HalfSplit, gpu.Interleaved} {
				cases = append(cases,
					rope(ropeShape{9, 3, d, n, 1, style, false}, uniform),
					rope(ropeShape{9, 3, d, n, 1, style, true}, uniform))
			}
		}
	}
	cases = append(cases,
		rope(ropeShape{300, 4, 64, 32, 1.2, gpu.HalfSplit, false}, normal),
		rope(ropeShape{5, 2, 64, 32, 1.2, gpu.HalfSplit, true}, normal),
		rope(ropeShape{0, 2, 64, 32, 1, gpu.HalfSplit, false}, normal))
	if full {
		for _, c := range classes {
			if c != special && c != huge {
				cases = append(cases, rope(ropeShape{9, 2, 64, 32, 1, gpu.HalfSplit, false}, c))
			}
		}
	}
	return cases
}

func rope(s ropeShape, c class) Case {
	op := "RoPE"
	if s.delta {
		op = "ReRoPE"
	}
	return Case{Op: op, DType: "f32", Class: string(c), work: int64(s.tokens * s.heads * s.d * 4),
		Shape:  fmt.Sprintf("%dx%dx%d,pairs=%d,style=%d,magnitude=%g", s.tokens, s.heads, s.d, s.n, s.style, s.magnitude),
		create: func(r *rand.Rand) instance { return ropeData(r, s, c) }}
}

func ropeData(r *rand.Rand, s ropeShape, c class) instance {
	const maxPos = 600
	x := draw(r, c, gpu.F32, s.tokens, s.heads*s.d)
	freq := make([]float64, s.n)
	for i := range freq {
		freq[i] = math.Pow(10000, -float64(i)/float64(s.n))
	}
	pos := make([]int32, s.tokens)
	for i := range pos {
		pos[i] = int32(r.IntN(maxPos))
		if s.delta && i%2 == 1 {
			pos[i] = -pos[i]
		}
		if i == 2 {
			pos[i] = 0
		}
	}
	call := func(g *rig, dst, tx gpu.Tensor, pos []int32) {
		table, err := g.dev.NewRoPETable(freq, maxPos, s.magnitude)
		g.fail(err)
		switch {
		case g.err != nil:
		case s.delta:
			g.fail(g.s.ReRoPE(dst, tx, pos, table, s.style))
		default:
			g.fail(g.s.RoPE(dst, tx, pos, table, s.style))
		}
	}
	in := instance{rows: s.tokens}
	in.run = func(g *rig, rows []int) {
		v, p := take(x, s.heads*s.d, rows), takeInts(pos, rows)
		call(g, g.out("dst", len(p), s.heads, s.d), g.in("x", gpu.F32, v, len(p), s.heads, s.d), p)
	}
	in.routes = map[string]func(*rig){"in place": func(g *rig) {
		t := g.inout("x", gpu.F32, x, s.tokens, s.heads, s.d)
		call(g, t, t, pos)
	}}
	in.want = func() []want {
		magnitude := s.magnitude
		if s.delta {
			magnitude = 1
		}
		values := ref.RoPE(x, s.heads, s.d, pos, freq, magnitude, s.style == gpu.Interleaved)
		out := want{values: values, bound: bound{nmse: 1e-12, floor: 0x1p-140}, exact: map[int]float32{}}
		if s.tokens > 2 && magnitude == 1 {
			for i := 2 * s.heads * s.d; i < 3*s.heads*s.d; i++ {
				out.exact[i] = x[i] // position 0 copies
			}
		}
		return []want{out}
	}
	return in
}
