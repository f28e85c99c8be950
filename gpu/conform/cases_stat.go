package conform

import (
	"fmt"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

func statCases(full bool) []Case {
	var cases []Case
	for _, d := range lengths(full) {
		cases = append(cases, distCase(7, d, normal), topKCase(d, min(d, 5), normal), badCase(gpu.F32, 9, d))
	}
	for _, c := range tame {
		cases = append(cases, distCase(5, 100, c))
	}
	for _, c := range classes {
		cases = append(cases, topKCase(300, 300, c), topKCase(300, 17, c))
	}
	return append(cases, badCase(gpu.F16, 9, 70), badCase(gpu.BF16, 9, 70))
}

func distCase(rows, d int, c class) Case {
	return Case{Op: "RowDist2", DType: "f32", Shape: fmt.Sprintf("%dx%d", rows, d), Class: string(c), work: int64(rows * d),
		create: func(r *rand.Rand) instance {
			a, b := draw(r, c, gpu.F32, rows, d), draw(r, c, gpu.F32, rows, d)
			copy(b[:d], a[:d]) // the distance of a row to itself is exactly 0
			return instance{rows: rows,
				run: func(g *rig, pick []int) {
					x, y := take(a, d, pick), take(b, d, pick)
					ta, tb := g.in("a", gpu.F32, x, len(x)/d, d), g.in("b", gpu.F32, y, len(x)/d, d)
					dst := g.out("dst", len(x)/d)
					if g.err == nil {
						g.fail(g.s.RowDist2(dst, ta, tb))
					}
				},
				want: func() []want {
					return []want{{values: ref.RowDist2(a, b, d), bound: bound{nmse: 1e-14, rel: 1e-7, floor: 0x1p-149}, exact: map[int]float32{0: 0}}}
				}}
		}}
}

// topKCase returns values and, as floats, indices.
func topKCase(d, k int, c class) Case {
	return Case{Op: "TopK", DType: "f32", Shape: fmt.Sprintf("%d of %d", k, d), Class: string(c), work: int64(d * 8),
		create: func(r *rand.Rand) instance {
			x := draw(r, c, gpu.F32, 1, d)
			return instance{
				run: func(g *rig, _ []int) {
					values, index := make([]float32, k, 2*k), make([]int32, k)
					tx := g.in("x", gpu.F32, x, d)
					if g.err == nil {
						g.fail(g.s.TopK(values, index, tx))
					}
					g.report(append(values, floats(index)...))
				},
				want: func() []want {
					index := ref.TopK(x, k)
					var all []float32
					for _, i := range index {
						all = append(all, x[i])
					}
					return []want{exactly(append(all, floats(index)...), gpu.F32)}
				}}
		}}
}

func badCase(dt gpu.DType, rows, d int) Case {
	return Case{Op: "RowStats", DType: dt.String(), Shape: fmt.Sprintf("%dx%d", rows, d), Class: string(special), work: int64(rows * d),
		create: func(r *rand.Rand) instance {
			x := draw(r, special, dt, rows, d)
			return instance{
				run: func(g *rig, _ []int) {
					tx := g.in("x", dt, x, rows, d)
					if g.err != nil {
						return
					}
					bad, err := g.s.RowStats(tx)
					g.fail(err)
					g.report(floats(bad))
				},
				want: func() []want { return []want{exactly(floats(ref.RowBad(x, d)), gpu.F32)} }}
		}}
}

// report makes host values an output.
func (g *rig) report(v []float32) {
	g.inout("report", gpu.F32, v, len(v))
}

func floats(v []int32) []float32 {
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	return f
}
