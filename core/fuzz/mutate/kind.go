package mutate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Kind is a kind of value for the elements of a tensor.
type Kind string

// Kinds lists the kinds of values. "seed" leaves the seed's own.
func Kinds() []Kind {
	return []Kind{"seed", "uniform", "normal", "positive", "negative", "zeros", "ones", "ternary", "counts", "equal", "ties", "one-zero",
		"two-zeros", "tiny", "large", "sorted", "boundary", "singular", "symmetric", "triangular", "identity", "repeated-eigenvalues"}
}

// values draws the numbers of a tensor of a shape.
func values(r *rand.Rand, k Kind, shape []int, n int) []float64 {
	x := make([]float64, n)
	uniform := func(lo, hi float64) {
		for i := range x {
			x[i] = round3(lo + (hi-lo)*r.Float64())
		}
	}
	pick := func(from ...float64) {
		for i := range x {
			x[i] = from[r.IntN(len(from))]
		}
	}
	switch k {
	case "normal":
		for i := range x {
			x[i] = round3(r.NormFloat64())
		}
	case "positive":
		uniform(0.1, 2)
	case "negative":
		uniform(-2, -0.1)
	case "zeros":
	case "ones":
		pick(1)
	case "ternary":
		pick(-1, 0, 1)
	case "counts":
		pick(0, 1, 2)
	case "equal":
		v := round3(2*r.Float64() - 1)
		pick(v)
	case "ties":
		pick(round3(r.Float64()), round3(-r.Float64()))
	case "one-zero", "two-zeros":
		uniform(-1, 1)
		for range map[Kind]int{"one-zero": 1, "two-zeros": 2}[k] {
			if n > 0 {
				x[r.IntN(n)] = 0
			}
		}
	case "tiny":
		for i := range x {
			x[i] = (2*r.Float64() - 1) * math.Pow(10, -3-9*r.Float64())
		}
	case "large":
		uniform(-30, 30)
	case "sorted":
		uniform(-1, 1)
		slices.Sort(x)
	case "boundary":
		pick(-1, 1, 0.5, -0.5, 0.999)
	case "singular", "symmetric", "triangular", "identity", "repeated-eigenvalues":
		uniform(-1, 1)
		matrices(r, k, shape, x)
	default:
		uniform(-1, 1)
	}
	return x
}

// round3 keeps three decimals: small numbers make small reproducers.
func round3(x float64) float64 { return math.Round(1000*x) / 1000 }

// matrices gives the last two dimensions of x, where they are square, a structure.
func matrices(r *rand.Rand, k Kind, shape []int, x []float64) {
	if len(shape) < 2 || shape[len(shape)-1] != shape[len(shape)-2] {
		return
	}
	n := shape[len(shape)-1]
	for at := 0; n > 0 && at+n*n <= len(x); at += n * n {
		m := x[at : at+n*n]
		repeated := round3(0.5 + r.Float64())
		for i := range n {
			for j := range n {
				switch {
				case k == "singular" && i == n-1:
					m[i*n+j] = 2 * m[j]
					if n == 1 {
						m[0] = 0
					}
				case k == "symmetric" && i > j:
					m[i*n+j] = m[j*n+i]
				case k == "triangular" && i < j:
					m[i*n+j] = 0
				case k == "identity", k == "repeated-eigenvalues":
					m[i*n+j] = 0
					if i == j {
						m[i*n+j] = 1
						if k == "repeated-eigenvalues" {
							m[i*n+j] = repeated
							if i == n-1 && n > 2 {
								m[i*n+j] = 2
							}
						}
					}
				}
			}
		}
	}
}
