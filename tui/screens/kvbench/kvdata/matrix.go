package kvdata

import (
	"math"

	"assay/core/kv"
	"assay/core/plot"
)

// Measure is what a map shows of a mode, by layer and context token.
type Measure uint8

// The measures. A deviation is the L2 norm of the difference to full prefill
// over all channels of the token's row.
const (
	DV        Measure = iota // of V
	DK                       // of K, at final positions
	DKV                      // of both: sqrt(dK^2 + dV^2)
	Selection                // 1 where K and V were computed afresh
	Attention                // share of the attention deviation of the layer
	measures
)

// String returns the symbol that titles show.
func (m Measure) String() string {
	switch m {
	case DK:
		return "dK"
	case DKV:
		return "dKV"
	case Selection:
		return "selection"
	case Attention:
		return "attention deviation"
	default:
		return "dV"
	}
}

// Next returns the measure that a key cycles to.
func (m Measure) Next() Measure { return (m + 1) % measures }

// Relatable reports whether the measure can be divided by the norms of full prefill.
func (m Measure) Relatable() bool { return m <= DKV }

type matrixKey struct {
	mode     string
	measure  Measure
	relative bool
}

// Matrix returns a measure of a mode as layers times context tokens; ok is false
// while it is not stored. Relative divides deviations by the norm of full
// prefill's row; where that is 0 the value is 0 or NaN.
func (r *Run) Matrix(mode string, m Measure, relative bool) (plot.Matrix, bool) {
	key := matrixKey{mode, m, relative && m.Relatable()}
	if x, ok := r.made[key]; ok {
		return x, true
	}
	x, ok := r.derive(key)
	if ok {
		r.made[key] = x
	}
	return x, ok
}

func (r *Run) derive(k matrixKey) (plot.Matrix, bool) {
	switch k.measure {
	case Selection:
		return r.array(k.mode + kv.ArrayPicked)
	case Attention:
		return r.array(k.mode + kv.ArrayAttnDev)
	case DV:
		return r.over(k, kv.ArrayDV, kv.ArrayVNorm)
	case DK:
		return r.over(k, kv.ArrayDK, kv.ArrayKNorm)
	default:
		return r.both(k)
	}
}

// both derives the deviation of K and V together.
func (r *Run) both(k matrixKey) (plot.Matrix, bool) {
	a, okA := r.array(k.mode + kv.ArrayDK)
	b, okB := r.array(k.mode + kv.ArrayDV)
	x, ok := root(a, b, okA && okB)
	if !ok || !k.relative {
		return x, ok
	}
	kn, okA := r.array(kv.ArrayKNorm)
	vn, okB := r.array(kv.ArrayVNorm)
	norm, ok := root(kn, vn, okA && okB)
	if !ok {
		return plot.Matrix{}, false
	}
	return divide(x, norm)
}

func (r *Run) over(k matrixKey, deviation, norm string) (plot.Matrix, bool) {
	x, ok := r.array(k.mode + deviation)
	if !ok || !k.relative {
		return x, ok
	}
	n, ok := r.array(norm)
	if !ok {
		return plot.Matrix{}, false
	}
	return divide(x, n)
}

func (r *Run) array(name string) (plot.Matrix, bool) {
	m, ok := r.arrays[name]
	return m, ok && m.Valid()
}

// root returns sqrt(a^2 + b^2) by element.
func root(a, b plot.Matrix, ok bool) (plot.Matrix, bool) {
	if !ok || a.Rows != b.Rows || a.Cols != b.Cols {
		return plot.Matrix{}, false
	}
	out := plot.Matrix{Rows: a.Rows, Cols: a.Cols, Values: make([]float32, len(a.Values))}
	for i := range out.Values {
		out.Values[i] = float32(math.Hypot(float64(a.Values[i]), float64(b.Values[i])))
	}
	return out, true
}

func divide(a, b plot.Matrix) (plot.Matrix, bool) {
	if a.Rows != b.Rows || a.Cols != b.Cols {
		return plot.Matrix{}, false
	}
	out := plot.Matrix{Rows: a.Rows, Cols: a.Cols, Values: make([]float32, len(a.Values))}
	for i, v := range a.Values {
		switch {
		case v == 0:
			out.Values[i] = 0
		case b.Values[i] == 0:
			out.Values[i] = float32(math.NaN())
		default:
			out.Values[i] = v / b.Values[i]
		}
	}
	return out, true
}

// All returns the values of a measure over every stored mode: what a scale is
// made of that holds for the whole run.
func (r *Run) All(m Measure, relative bool) [][]float32 {
	var out [][]float32
	for _, mode := range r.Modes {
		if x, ok := r.Matrix(mode.Key, m, relative); ok {
			out = append(out, x.Values)
		}
	}
	return out
}

// Subtract returns b - a by element; ok is false where the shapes differ.
func Subtract(a, b plot.Matrix) (out plot.Matrix, ok bool) {
	if !a.Valid() || a.Rows != b.Rows || a.Cols != b.Cols {
		return plot.Matrix{}, false
	}
	out = plot.Matrix{Rows: a.Rows, Cols: a.Cols, Values: make([]float32, len(a.Values))}
	for i := range out.Values {
		out.Values[i] = b.Values[i] - a.Values[i]
	}
	return out, true
}

// Rank returns the place of a value in its row, 1 for the largest; equal values
// rank in the order of their tokens, as the selection does.
func Rank(m plot.Matrix, layer, token int) int {
	row := m.Row(layer)
	v := row[token]
	rank := 1
	for i, x := range row {
		if x > v || x == v && i < token {
			rank++
		}
	}
	return rank
}
