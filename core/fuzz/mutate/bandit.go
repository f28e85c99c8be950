package mutate

import (
	"math"
	"math/rand/v2"
)

// Arm counts how often a kind of value was tried for a family, and how often a
// signature came of it that had not been seen.
type Arm struct {
	Tries int `json:"tries"`
	Wins  int `json:"wins"`
}

// Bandit chooses kinds of values: by Thompson sampling over Beta(1+wins,
// 1+losses) of each arm. It marshals to JSON and back; it is used by one goroutine.
type Bandit map[string]map[Kind]Arm // by family

// Choose draws a kind for a family.
func (b Bandit) Choose(r *rand.Rand, family string) Kind {
	best, top := Kind("seed"), -1.0
	for _, k := range Kinds() {
		a := b[family][k]
		if x := beta(r, 1+float64(a.Wins), 1+float64(a.Tries-a.Wins)/8); x > top { // finds are rare: eight misses weigh as one
			best, top = k, x
		}
	}
	return best
}

// Learn counts a try.
func (b Bandit) Learn(family string, k Kind, won bool) {
	if b[family] == nil {
		b[family] = map[Kind]Arm{}
	}
	a := b[family][k]
	a.Tries++
	if won {
		a.Wins++
	}
	b[family][k] = a
}

// beta draws from a Beta distribution.
func beta(r *rand.Rand, a, b float64) float64 {
	x, y := gamma(r, a), gamma(r, b)
	return x / (x + y)
}

// gamma draws from a Gamma distribution of shape k >= 1 (Marsaglia and Tsang, 2000).
func gamma(r *rand.Rand, k float64) float64 {
	d := k - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
