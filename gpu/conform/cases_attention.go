package conform

import (
	"fmt"
	"math"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

// attn is one attention case: shape, mask and how positions are drawn.
type attn struct {
	s, n, h, g, d int
	mask          gpu.Mask
	qpos, kpos    string // see positions
	window        int
	softcap       float32
	dt            gpu.DType
	class         class
}

func attentionCases(full bool) []Case {
	var cases []Case
	add := func(a attn) { cases = append(cases, a.attention()) }
	for _, a := range attnShapes(full) {
		add(a)
	}
	for _, c := range []class{uniform, heavy, constant, outlier, zeroRows, denormal, special, sunk} {
		for _, dt := range storage {
			add(attn{s: 9, n: 130, h: 2, g: 1, d: 40, qpos: "random", dt: dt, class: c})
		}
	}
	// More keys than a range, few rows: ranges are split over threads.
	add(attn{s: 1, n: 2500, h: 4, g: 2, d: 32, qpos: "last", class: normal})
	add(attn{s: 3, n: 1100, h: 2, g: 2, d: 16, qpos: "random", window: 700, class: normal})
	add(attn{s: 200, n: 1300, h: 2, g: 1, d: 32, qpos: "random", class: normal})
	return cases
}

// mostScores bounds a case by what the reference does in a second.
const mostScores = 1 << 26

func attnShapes(full bool) []attn {
	shapes := []attn{
		{s: 1, n: 1, h: 1, g: 1, d: 32}, {s: 1, n: 63, h: 4, g: 2, d: 64}, {s: 2, n: 64, h: 7, g: 1, d: 40},
		{s: 5, n: 65, h: 4, g: 4, d: 80}, {s: 64, n: 64, h: 4, g: 2, d: 64}, {s: 65, n: 200, h: 2, g: 1, d: 96},
		{s: 130, n: 130, h: 8, g: 1, d: 16}, {s: 20, n: 300, h: 2, g: 2, d: 128}, {s: 3, n: 70, h: 1, g: 1, d: 256}, {s: 4, n: 66, h: 1, g: 1, d: 1},
	}
	if full {
		shapes = nil
		for _, s := range []int{1, 2, 5, 64, 65, 513} {
			for _, n := range []int{1, 63, 64, 65, 1000} {
				for i, d := range []int{32, 40, 64, 80, 96, 128, 256} {
					heads := [][2]int{{1, 1}, {2, 1}, {4, 2}, {7, 1}, {8, 2}, {8, 8}, {2, 2}}[i]
					shapes = append(shapes, attn{s: s, n: n, h: heads[0], g: heads[1], d: d})
				}
			}
		}
		shapes = append(shapes, attn{s: 2, n: 8191, h: 4, g: 2, d: 64})
	}
	masks := []attn{
		{qpos: "last"}, {qpos: "random"}, {qpos: "descending"}, {qpos: "duplicate"}, {qpos: "before"},
		{qpos: "random", window: 1}, {qpos: "random", window: 50}, {qpos: "last", window: 100000},
		{qpos: "random", kpos: "shuffled"}, {qpos: "random", kpos: "gaps", window: 90}, {qpos: "last", softcap: 5},
		{mask: gpu.BottomRight}, {mask: gpu.BottomRight, window: 20}, {mask: gpu.Full},
	}
	var all []attn
	for i, s := range shapes {
		for j, m := range masks {
			// Each shape is paired with some of the masks.
			if (!full && (i+j)%4 != 0) || (i+j)%2 != 0 || s.s*s.n*s.h*s.d > mostScores {
				continue
			}
			a := m
			a.s, a.n, a.h, a.g, a.d = s.s, s.n, s.h, s.g, s.d
			a.dt, a.class = storage[(i+j)%3], normal
			all = append(all, a)
		}
	}
	return all
}

func (a attn) name() string {
	return fmt.Sprintf("%dx%d,heads=%d/%d,d=%d,mask=%d,q=%s,k=%s,window=%d,softcap=%g", a.s, a.n, a.h, a.g, a.d, a.mask, a.qpos, a.kpos, a.window, a.softcap)
}

// positions of the rows: the last s of the keys, a random order, descending,
// duplicates, or before every key. Keys: nil, a permutation, or ascending with
// gaps.
func (a attn) positions(r *rand.Rand) (qpos, kpos []int32) {
	span := a.n
	if a.kpos != "" {
		kpos = make([]int32, a.n)
		for i, p := range r.Perm(a.n) {
			kpos[i] = int32(p)
			if a.kpos == "gaps" {
				kpos[i] = int32(3*i + p%3)
			}
		}
		if a.kpos == "gaps" {
			span = 3 * a.n
		}
	}
	qpos = make([]int32, a.s)
	for i := range qpos {
		switch a.qpos {
		case "random":
			qpos[i] = int32(r.IntN(span))
		case "descending":
			qpos[i] = int32(span - 1 - i*span/a.s)
		case "duplicate":
			qpos[i] = int32(span / 2)
		case "before":
			qpos[i] = -1
		default:
			qpos[i] = int32(span - a.s + i)
		}
	}
	return qpos, kpos
}

// data of one case. Keys that no row sees hold NaN and Inf.
type attnData struct {
	attn
	q, k, v    []float32
	qpos, kpos []int32
	scale      float32
	ref        ref.Attn
}

func (a attn) draw(r *rand.Rand) *attnData {
	x := &attnData{attn: a, scale: float32(1 / math.Sqrt(float64(a.d)))}
	kv := a.class
	if kv == denormal {
		kv = normal
	}
	x.q = draw(r, a.class, gpu.F32, a.s, a.h*a.d)
	if a.class == special {
		x.q = draw(r, normal, gpu.F32, a.s, a.h*a.d)
	}
	x.k, x.v = draw(r, kv, a.dt, a.n, a.g*a.d), draw(r, kv, a.dt, a.n, a.g*a.d)
	if a.class == outlier {
		// Scores of 1e8 would leave f32 nothing to tell keys apart by.
		x.q, x.k = draw(r, uniform, gpu.F32, a.s, a.h*a.d), draw(r, uniform, a.dt, a.n, a.g*a.d)
	}
	if a.class == sunk {
		for i, v := range x.q {
			x.q[i] = float32(math.Abs(float64(v)))
		}
		for j := range min(70, a.n) {
			x.k[j*a.g*a.d] = float32(math.Inf(-1))
		}
	}
	x.qpos, x.kpos = a.positions(r)
	x.ref = ref.Attn{S: a.s, H: a.h, N: a.n, G: a.g, D: a.d, Mask: ref.Mask(a.mask), QPos: x.qpos, KPos: x.kpos, Window: a.window,
		Scale: float64(x.scale), SoftCap: float64(a.softcap)}
	for j := range a.n {
		seen := false
		for i := range a.s {
			seen = seen || x.ref.Visible(i, j)
		}
		if !seen {
			garbage(x.k[j*a.g*a.d : (j+1)*a.g*a.d])
			garbage(x.v[j*a.g*a.d : (j+1)*a.g*a.d])
		}
	}
	return x
}

func garbage(v []float32) {
	for i := range v {
		v[i] = float32(math.NaN())
		if i%3 == 1 {
			v[i] = float32(math.Inf(1 - i%2*2))
		}
	}
}

func (x *attnData) options(rows []int) gpu.AttentionOpt {
	o := gpu.AttentionOpt{Mask: x.mask, Window: x.window, Scale: x.scale, SoftCap: x.softcap}
	if x.mask == gpu.ByPos {
		o.QPos, o.KPos = takeInts(x.qpos, rows), x.kpos
	}
	return o
}

// queries returns the rows of q as a tensor.
func (x *attnData) queries(g *rig, rows []int) gpu.Tensor {
	v := take(x.q, x.h*x.d, rows)
	return g.in("q", gpu.F32, v, len(v)/(x.h*x.d), x.h, x.d)
}

// keys returns k or v, followed by extra rows of garbage.
func (x *attnData) keys(g *rig, name string, v []float32, extra int) gpu.Tensor {
	if extra > 0 {
		tail := make([]float32, extra*x.g*x.d)
		garbage(tail)
		v = append(append([]float32(nil), v...), tail...)
	}
	return g.in(name, x.dt, v, x.n+extra, x.g, x.d)
}

func (a attn) attention() Case {
	return Case{Op: "Attention", DType: a.dt.String(), Shape: a.name(), Class: string(a.class), work: int64(2 * a.s * a.n * a.h * a.d),
		create: func(r *rand.Rand) instance {
			x := a.draw(r)
			in := instance{run: func(g *rig, rows []int) { x.attend(g, rows, 0) }, want: x.wantAttention}
			if a.mask == gpu.ByPos {
				in.rows = a.s
				if a.kpos == "" {
					in.routes = map[string]func(*rig){
						"with 1 key more":    func(g *rig) { x.attend(g, nil, 1) },
						"with 200 keys more": func(g *rig) { x.attend(g, nil, 200) },
					}
				}
			}
			return in
		}}
}

// attend runs Attention with extra keys that no row sees.
func (x *attnData) attend(g *rig, rows []int, extra int) {
	o := x.options(rows)
	q := x.queries(g, rows)
	k, v := x.keys(g, "k", x.k, extra), x.keys(g, "v", x.v, extra)
	dst := g.out("dst", q.Dim(0), x.h, x.d)
	o.LSE = g.out("lse", q.Dim(0), x.h)
	if g.err == nil {
		g.fail(g.s.Attention(dst, q, k, v, o))
	}
}

func (x *attnData) wantAttention() []want {
	out, lse := ref.Attention(x.ref, x.q, x.k, x.v)
	b := bound{nmse: 3e-12, floor: 1e-30}
	// lse is a logarithm: its error is absolute, of the size of the scores'
	// rounding.
	var top float64
	for _, v := range lse {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			top = max(top, math.Abs(v))
		}
	}
	if x.class == heavy {
		b.nmse = 1e-8 // scores in the hundreds carry their rounding into exp
	}
	return []want{{values: out, bound: b}, {values: lse, bound: bound{nmse: 1e-12, floor: 2e-7 * (1 + top)}}}
}

func probsCases(full bool) []Case {
	var cases []Case
	for i, a := range attnShapes(full) {
		if a.h*a.s*a.n > 1<<20 || (!full && i%2 == 1) {
			continue
		}
		cases = append(cases, a.probs())
	}
	return cases
}

func (a attn) probs() Case {
	return Case{Op: "AttentionProbs", DType: a.dt.String(), Shape: a.name(), Class: string(a.class), work: int64(a.s * a.n * a.h * a.d),
		create: func(r *rand.Rand) instance {
			x := a.draw(r)
			in := instance{want: func() []want {
				return []want{{values: ref.AttentionProbs(x.ref, x.q, x.k), bound: bound{nmse: 3e-12, floor: 1e-30}}}
			}}
			in.run = func(g *rig, rows []int) {
				q := x.queries(g, rows)
				k := x.keys(g, "k", x.k, 0)
				dst := g.out("dst", x.h, q.Dim(0), x.n)
				if g.err == nil {
					g.fail(g.s.AttentionProbs(dst, q, k, x.options(rows)))
				}
			}
			if a.mask == gpu.ByPos {
				in.rows = a.s
				in.pick = func(all [][]float32, rows []int) [][]float32 {
					var out []float32
					for h := range a.h {
						out = append(out, take(all[0][h*a.s*a.n:(h+1)*a.s*a.n], a.n, rows)...)
					}
					return [][]float32{out}
				}
			}
			return in
		}}
}
