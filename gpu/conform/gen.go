package conform

import (
	"math"
	"math/rand/v2"

	"assay/gpu"
	"assay/gpu/ref"
)

// class is a kind of test data.
type class string

// Data classes. Kernels see more than well-behaved numbers.
const (
	uniform     class = "uniform"     // -1 to 1
	normal      class = "normal"      // mean 0, deviation 1
	heavy       class = "heavy"       // Student t with 2 degrees of freedom
	constant    class = "constant"    // one value everywhere
	outlier     class = "outlier"     // one element of a row 1e4 times the rest
	zeroRows    class = "zero_rows"   // every third row zero
	denormal    class = "denormal"    // below the smallest normal number
	special     class = "special"     // one NaN, one +Inf, one -Inf
	huge        class = "huge"        // near the largest finite number
	alternating class = "alternating" // large values that cancel
	sunk        class = "sunk"        // attention: scores of the first 70 keys are -Inf
)

var classes = []class{uniform, normal, heavy, constant, outlier, zeroRows, denormal, special, huge, alternating}

// tame are the classes whose products stay finite.
var tame = []class{uniform, normal, heavy, constant, outlier, zeroRows, denormal, alternating}

// draw returns rows x d values of class c that dt stores exactly.
func draw(r *rand.Rand, c class, dt gpu.DType, rows, d int) []float32 {
	v := make([]float32, rows*d)
	at := make([]int, 3)
	for i := range at {
		at[i] = r.IntN(max(len(v), 1))
	}
	for i := range v {
		v[i] = drawOne(r, c, dt, i, d)
	}
	for row := 0; row < rows && d > 0; row++ {
		if c == outlier {
			v[row*d+r.IntN(d)] *= 1e4
		}
		if c == zeroRows && row%3 == 0 {
			clear(v[row*d : (row+1)*d])
		}
	}
	if c == special && len(v) > 0 {
		v[at[0]] = float32(math.Inf(1))
		v[at[1]] = float32(math.Inf(-1))
		v[at[2]] = float32(math.NaN())
	}
	for i := range v {
		v[i] = stored(dt, v[i])
	}
	return v
}

func drawOne(r *rand.Rand, c class, dt gpu.DType, i, d int) float32 {
	u := r.Float64()*2 - 1
	switch c {
	case normal:
		return float32(r.NormFloat64())
	case heavy:
		chi := -math.Log(1 - r.Float64())
		return float32(min(max(r.NormFloat64()/math.Sqrt(chi), -500), 500))
	case constant:
		return 0.7
	case denormal:
		if dt == gpu.F16 {
			return float32(u * 0x1p-15)
		}
		return float32(u * 0x1p-127)
	case huge:
		if dt == gpu.F16 {
			return float32(u * 65504)
		}
		return float32(u * 0x1p127)
	case alternating:
		if (i%max(d, 1))%2 == 1 {
			return float32(-1000 + u)
		}
		return float32(1000 + u)
	}
	return float32(u)
}

// stored returns x as dt keeps it.
func stored(dt gpu.DType, x float32) float32 {
	switch dt {
	case gpu.F16:
		return ref.FromF16(ref.F16(x))
	case gpu.BF16:
		return ref.FromBF16(ref.BF16(x))
	}
	return x
}

// take returns the rows, of n elements, that index names.
func take(v []float32, n int, index []int) []float32 {
	if index == nil {
		return v
	}
	var out []float32
	for _, i := range index {
		out = append(out, v[i*n:(i+1)*n]...)
	}
	return out
}

// takeInts is take for one integer a row.
func takeInts(v []int32, index []int) []int32 {
	if index == nil {
		return v
	}
	out := make([]int32, 0, len(index))
	for _, i := range index {
		out = append(out, v[i])
	}
	return out
}
