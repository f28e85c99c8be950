package ref

import (
	"math"
	"slices"
)

// Add returns a + b.
func Add(a, b []float32) []float64 {
	c := make([]float64, len(a))
	for i := range a {
		c[i] = float64(a[i]) + float64(b[i])
	}
	return c
}

// SwiGLU returns gate / (1 + exp(-gate)) * up.
func SwiGLU(gate, up []float32) []float64 {
	c := make([]float64, len(gate))
	for i := range gate {
		g := float64(gate[i])
		c[i] = g / (1 + math.Exp(-g)) * float64(up[i])
	}
	return c
}

// RMSNorm returns x / sqrt(mean(x^2) + eps) * w for rows of len(w) elements, or
// with unit times 1 + w.
func RMSNorm(x, w []float32, eps float32, unit bool) []float64 {
	d := len(w)
	y := make([]float64, len(x))
	for r := 0; r < len(x); r += d {
		var sum float64
		for _, v := range x[r : r+d] {
			sum += float64(v) * float64(v)
		}
		scale := 1 / math.Sqrt(sum/float64(d)+float64(eps))
		for i, v := range x[r : r+d] {
			f := float64(w[i])
			if unit {
				f++
			}
			y[r+i] = float64(v) * scale * f
		}
	}
	return y
}

// Softmax returns the softmax of rows of d elements.
func Softmax(x []float32, d int) []float64 {
	y := LogSoftmax(x, d)
	for i := range y {
		y[i] = math.Exp(y[i])
	}
	return y
}

// LogSoftmax returns the logarithm of the softmax of rows of d elements.
func LogSoftmax(x []float32, d int) []float64 {
	y := make([]float64, len(x))
	for r := 0; r < len(x); r += d {
		top := math.Inf(-1)
		for _, v := range x[r : r+d] {
			top = math.Max(top, float64(v))
		}
		var sum float64
		for _, v := range x[r : r+d] {
			sum += math.Exp(float64(v) - top)
		}
		for i, v := range x[r : r+d] {
			y[r+i] = float64(v) - top - math.Log(sum)
		}
	}
	return y
}

// RoPE rotates heads of x [len(pos), heads, d] by pos times invFreq, scaled by
// magnitude. Elements beyond the pairs are copied.
func RoPE(x []float32, heads, d int, pos []int32, invFreq []float64, magnitude float64, interleaved bool) []float64 {
	y := make([]float64, len(x))
	n := len(invFreq)
	for t, p := range pos {
		for h := range heads {
			row := (t*heads + h) * d
			for i := range d {
				y[row+i] = float64(x[row+i])
			}
			for i, f := range invFreq {
				a, b := row+i, row+i+n
				if interleaved {
					a, b = row+2*i, row+2*i+1
				}
				s, c := math.Sincos(float64(p) * f)
				u, v := float64(x[a]), float64(x[b])
				y[a] = (u*c - v*s) * magnitude
				y[b] = (v*c + u*s) * magnitude
			}
		}
	}
	return y
}

// RowDist2 returns the squared distances of the rows, of d elements, of a and b.
func RowDist2(a, b []float32, d int) []float64 {
	y := make([]float64, len(a)/d)
	for i := range a {
		x := float64(a[i]) - float64(b[i])
		y[i/d] += x * x
	}
	return y
}

// TopK returns the indices of the k largest elements: NaN first, ties by index.
func TopK(x []float32, k int) []int32 {
	order := make([]int32, len(x))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(i, j int32) int {
		a, b := float64(x[i]), float64(x[j])
		switch {
		case math.IsNaN(a) && math.IsNaN(b):
			return 0
		case math.IsNaN(a):
			return -1
		case math.IsNaN(b):
			return 1
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	return order[:k]
}

// RowBad returns the indices of the rows, of d elements, with a NaN or an Inf.
func RowBad(x []float32, d int) []int32 {
	var bad []int32
	for r := range len(x) / d {
		for _, v := range x[r*d : (r+1)*d] {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				bad = append(bad, int32(r))
				break
			}
		}
	}
	return bad
}
