package ref

import "math"

// Mask says which keys a row sees, as in package gpu.
type Mask uint8

// Kinds of mask.
const (
	ByPos Mask = iota
	BottomRight
	Full
)

// Attn is the shape and the options of attention: q [S, H, D], k and v
// [N, G, D].
type Attn struct {
	S, H, N, G, D  int
	Mask           Mask
	QPos, KPos     []int32 // KPos nil is 0..N-1
	Window         int
	Scale, SoftCap float64
}

// Visible reports whether row r sees key j.
func (a *Attn) Visible(r, j int) bool {
	q, k := a.N-a.S+r, j
	switch a.Mask {
	case Full:
		return true
	case ByPos:
		q = int(a.QPos[r])
		if a.KPos != nil {
			k = int(a.KPos[j])
		}
	}
	return k <= q && (a.Window == 0 || k > q-a.Window)
}

// Attention returns the output [S, H, D] and log(sum(exp(score))) [S, H]. A row
// that sees no key gives zeros and -Inf.
func Attention(a Attn, q, k, v []float32) (out, lse []float64) {
	out, lse = make([]float64, a.S*a.H*a.D), make([]float64, a.S*a.H)
	for r := range a.S {
		for h := range a.H {
			p, l := a.row(q, k, r, h)
			lse[r*a.H+h] = l
			g := h * a.G / a.H
			for j := range a.N {
				if !a.Visible(r, j) {
					continue
				}
				for x := range a.D {
					out[(r*a.H+h)*a.D+x] += p[j] * float64(v[(j*a.G+g)*a.D+x])
				}
			}
		}
	}
	return out, lse
}

// AttentionProbs returns the weights [H, S, N].
func AttentionProbs(a Attn, q, k []float32) []float64 {
	var out []float64
	for h := range a.H {
		for r := range a.S {
			p, _ := a.row(q, k, r, h)
			out = append(out, p...)
		}
	}
	return out
}

// row returns the weights of the keys for one row and head, 0 where it does not
// see them, and the logarithm of the sum of exponentials.
func (a *Attn) row(q, k []float32, r, h int) (p []float64, lse float64) {
	g := h * a.G / a.H
	p = make([]float64, a.N)
	top, any := math.Inf(-1), false
	for j := range a.N {
		if !a.Visible(r, j) {
			continue
		}
		any = true
		var s float64
		for x := range a.D {
			s += float64(q[(r*a.H+h)*a.D+x]) * float64(k[(j*a.G+g)*a.D+x])
		}
		s *= a.Scale
		if a.SoftCap > 0 {
			s = a.SoftCap * math.Tanh(s/a.SoftCap)
		}
		p[j] = s
		top = math.Max(top, s)
	}
	if !any {
		return p, math.Inf(-1)
	}
	var sum float64
	for j := range a.N {
		if a.Visible(r, j) {
			p[j] = math.Exp(p[j] - top)
			sum += p[j]
		}
	}
	for j := range p {
		if a.Visible(r, j) {
			p[j] /= sum
		}
	}
	if math.IsInf(top, -1) {
		return p, top // p is NaN, the sum of nothing is not
	}
	return p, top + math.Log(sum)
}
