package stat

import "math"

// Wilson95 returns the 95 % interval of Wilson (1927) of a share: hits of n
// trials, 0 <= hits <= n. Unlike the normal interval it stays inside 0..1 and says
// something for few trials and for shares of 0 and 1. Without trials it is [0, 1].
func Wilson95(hits, n int) [2]float64 {
	if n <= 0 {
		return [2]float64{0, 1}
	}
	const z = 1.959963984540054 // the 97.5th percentile of the normal distribution
	p, m := float64(hits)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	ends := [2]float64{max(centre-half, 0), min(centre+half, 1)}
	if hits == 0 { // exactly 0 and 1 by the formula; rounding must not put the share outside
		ends[0] = 0
	}
	if hits == n {
		ends[1] = 1
	}
	return ends
}
