package conform

import (
	"fmt"
	"math/rand/v2"

	"assay/gpu"
)

func moveCases(full bool) []Case {
	var cases []Case
	for _, to := range storage {
		for _, from := range storage {
			for _, c := range []class{normal, denormal, special, huge} {
				for _, d := range []int{1, 17, 64, 1000} {
					cases = append(cases, copyCase(to, from, c, 5, d))
				}
			}
		}
	}
	for _, dt := range storage {
		for _, d := range []int{1, 33, 256} {
			cases = append(cases, moveCase("Gather", dt, 40, 13, d), moveCase("Scatter", dt, 40, 13, d))
		}
		if full {
			cases = append(cases, moveCase("Gather", dt, 500, 1000, 768), moveCase("Scatter", dt, 1000, 500, 768))
		}
	}
	return cases
}

func copyCase(to, from gpu.DType, c class, rows, d int) Case {
	return Case{Op: "Copy", DType: from.String() + "-" + to.String(), Shape: fmt.Sprintf("%dx%d", rows, d), Class: string(c), work: int64(rows * d),
		create: func(r *rand.Rand) instance {
			x := draw(r, c, from, rows, d)
			return instance{rows: rows,
				run: func(g *rig, pick []int) {
					v := take(x, d, pick)
					tx := g.in("src", from, v, len(v)/d, d)
					dst := g.outAs("dst", to, len(v)/d, d)
					if g.err == nil {
						g.fail(g.s.Copy(dst, tx))
					}
				},
				want: func() []want { return []want{exactly(x, to)} }}
		}}
}

// exactly is the reference of an operation that moves x into storage of type dt.
func exactly(x []float32, dt gpu.DType) want {
	w := want{values: make([]float64, len(x)), exact: map[int]float32{}}
	for i, v := range x {
		w.exact[i] = stored(dt, v)
		w.values[i] = float64(w.exact[i])
	}
	return w
}

// moveCase gathers or scatters n rows of a table.
func moveCase(op string, dt gpu.DType, table, n, d int) Case {
	return Case{Op: op, DType: dt.String(), Shape: fmt.Sprintf("%d of %dx%d", n, table, d), Class: string(normal), work: int64(n * d),
		create: func(r *rand.Rand) instance {
			if op == "Gather" {
				return gatherData(r, dt, table, n, d)
			}
			return scatterData(r, dt, table, n, d)
		}}
}

func gatherData(r *rand.Rand, dt gpu.DType, table, n, d int) instance {
	src := draw(r, normal, dt, table, d)
	rows := make([]int32, n)
	index := make([]int, n)
	for i := range rows {
		index[i] = r.IntN(table)
		rows[i] = int32(index[i])
	}
	return instance{rows: n,
		run: func(g *rig, pick []int) {
			p := takeInts(rows, pick)
			ts := g.in("src", dt, src, table, d)
			dst := g.out("dst", len(p), d)
			if g.err == nil {
				g.fail(g.s.Gather(dst, ts, p))
			}
		},
		want: func() []want { return []want{exactly(take(src, d, index), gpu.F32)} }}
}

func scatterData(r *rand.Rand, dt gpu.DType, table, n, d int) instance {
	src, start := draw(r, normal, gpu.F32, n, d), draw(r, normal, dt, table, d)
	index := r.Perm(table)[:n]
	rows := make([]int32, n)
	for i, x := range index {
		rows[i] = int32(x)
	}
	return instance{
		run: func(g *rig, _ []int) {
			ts := g.in("src", gpu.F32, src, n, d)
			dst := g.inout("dst", dt, start, table, d)
			if g.err == nil {
				g.fail(g.s.Scatter(dst, ts, rows))
			}
		},
		want: func() []want {
			all := append([]float32(nil), start...)
			for i, x := range index {
				copy(all[x*d:(x+1)*d], src[i*d:(i+1)*d])
			}
			return []want{exactly(all, dt)}
		}}
}
