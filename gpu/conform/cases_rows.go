package conform

import (
	"fmt"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

// elementwise is the bound of f32 operations on rows.
var elementwise = bound{nmse: 1e-12, rel: 4e-6, floor: 0x1p-140}

// lengths of rows around the 16 and 32 lanes of the kernels.
func lengths(full bool) []int {
	if full {
		return []int{1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257, 1000, 4097}
	}
	return []int{1, 7, 16, 31, 33, 64, 129, 1000, 4097}
}

func rowCases(full bool) []Case {
	var cases []Case
	for _, d := range lengths(full) {
		for _, rows := range []int{1, 5, 70} {
			for _, op := range []string{"Add", "SwiGLU", "RMSNorm", "Softmax", "LogSoftmax"} {
				cases = append(cases, rowCase(op, rows, d, uniform))
			}
		}
	}
	for _, c := range classes {
		for _, op := range []string{"Add", "SwiGLU", "RMSNorm", "Softmax", "LogSoftmax"} {
			if op == "SwiGLU" && (c == huge || c == special) {
				continue // exp overflows in f32 before it does in float64
			}
			cases = append(cases, rowCase(op, 6, 131, c))
		}
	}
	return append(cases, rowCase("Add", 0, 5, uniform), rowCase("RMSNorm", 3, 0, uniform), rowCase("Softmax", 0, 9, uniform))
}

func rowCase(op string, rows, d int, c class) Case {
	return Case{Op: op, DType: "f32", Shape: fmt.Sprintf("%dx%d", rows, d), Class: string(c), work: int64(rows*d) * 20,
		create: func(r *rand.Rand) instance { return rowData(r, op, rows, d, c) }}
}

func rowData(r *rand.Rand, op string, rows, d int, c class) instance {
	x, y := draw(r, c, gpu.F32, rows, d), draw(r, c, gpu.F32, rows, d)
	w := draw(r, normal, gpu.F32, 1, d)
	unit := d%2 == 1
	const eps = 1e-5
	call := func(g *rig, dst, tx, ty, tw gpu.Tensor) {
		if g.err != nil {
			return
		}
		switch op {
		case "Add":
			g.fail(g.s.Add(dst, tx, ty))
		case "SwiGLU":
			g.fail(g.s.SwiGLU(dst, tx, ty))
		case "RMSNorm":
			g.fail(g.s.RMSNorm(dst, tx, tw, eps, unit))
		case "Softmax":
			g.fail(g.s.Softmax(dst, tx))
		case "LogSoftmax":
			g.fail(g.s.LogSoftmax(dst, tx))
		}
	}
	in := instance{rows: rows}
	in.run = func(g *rig, pick []int) {
		m := rows
		if pick != nil {
			m = len(pick)
		}
		tx, ty := g.in("x", gpu.F32, take(x, d, pick), m, d), g.in("y", gpu.F32, take(y, d, pick), m, d)
		call(g, g.out("dst", m, d), tx, ty, g.in("w", gpu.F32, w, d))
	}
	in.routes = map[string]func(*rig){
		"in place": func(g *rig) {
			ty, tw := g.in("y", gpu.F32, y, rows, d), g.in("w", gpu.F32, w, d)
			tx := g.inout("x", gpu.F32, x, rows, d)
			call(g, tx, tx, ty, tw)
		},
		"three dimensions": func(g *rig) {
			if rows == 0 {
				g.out("dst", rows, d)
				return
			}
			tx, ty := g.in("x", gpu.F32, x, 1, rows, d), g.in("y", gpu.F32, y, 1, rows, d)
			call(g, g.out("dst", 1, rows, d), tx, ty, g.in("w", gpu.F32, w, d))
		},
	}
	in.want = func() []want {
		out := want{bound: elementwise}
		switch op {
		case "Add":
			out.values = ref.Add(x, y)
		case "SwiGLU":
			out.values = ref.SwiGLU(x, y)
			// A gate far below zero gives the tail of exp, whose f32 argument
			// already carries a relative error of |gate| 2^-24.
			out.bound.rel, out.bound.floor = 1e-4, 1e-30
		case "RMSNorm":
			out.values = ref.RMSNorm(x, w, eps, unit)
		case "Softmax":
			out.values = ref.Softmax(x, d)
			out.bound.rel, out.bound.floor = 1e-4, 1e-30
		case "LogSoftmax":
			out.values = ref.LogSoftmax(x, d)
			out.bound.rel, out.bound.floor = 0, 4e-7
		}
		return []want{out}
	}
	return in
}
