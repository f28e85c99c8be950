package codec

import (
	"math"
	"sync"
)

// A compact table is two bytes a channel: a shape, its centre and its width
// (param of kv.md 2.4, ours). Against 33 entries of the released code it costs
// 0.06 bits a value at 256 tokens, and the shapes lose less than that table spends.
//
//	bits 0-7   centre: (levels-1) * m / 255
//	bits 8-12  width:  standard deviation 0.15 * 2^(k/5) bins
//	bits 13-15 shape
const (
	shapes   = 8
	widths   = 32
	reach    = 6  // the shapes are tabled from -6 to 6 standard deviations
	fineness = 32 // entries a standard deviation
	tabled   = 2*reach*fineness + 1
	noWidth  = 0.15
)

// standard is the distribution function of a shape with mean 0 and variance 1:
// what the columns of real caches look like (measured on the demo model, each
// earns its place), and mirrored where it is skewed.
func standard(shape int, z float64) float64 {
	phi := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	skew := func(z float64) float64 { return .7*phi((z+.5)/.55) + .3*phi((z-7./6)/.94) }
	gumbel := func(z float64) float64 {
		const b, euler = 0.7796968012336761, 0.5772156649015329 // sqrt(6)/pi
		return math.Exp(-math.Exp(-(z/b + euler)))
	}
	switch shape {
	case 0:
		return 1 / (1 + math.Exp(-z*math.Pi/math.Sqrt(3)))
	case 1:
		return phi(z)
	case 2:
		return phi((z-.65)/.76)/2 + phi((z+.65)/.76)/2
	case 3:
		if z < 0 {
			return math.Exp(z*math.Sqrt2) / 2
		}
		return 1 - math.Exp(-z*math.Sqrt2)/2
	case 4:
		return skew(z)
	case 5:
		return 1 - skew(-z)
	case 6:
		return gumbel(z)
	}
	return 1 - gumbel(-z)
}

// curves holds the shapes as 16-bit integers, so that tables come out the same on
// every machine: from here on there are only integers. A test pins them.
type curves struct {
	f       [shapes][tabled + 1]int64
	inverse [widths]int64      // of the width, times fineness*256/510, 24 fraction bits
	bits    [Total + 1]float32 // bits[n] = -log2(n), to weigh tables
}

var theCurves = sync.OnceValue(func() *curves {
	c := &curves{}
	for s := range shapes {
		for i := range tabled {
			z := float64(i)/fineness - reach
			c.f[s][i] = int64(math.Round(standard(s, z) * Total))
		}
		c.f[s][tabled] = c.f[s][tabled-1]
	}
	for k := range widths {
		c.inverse[k] = int64(math.Round(fineness * 256 / (510 * noWidth * math.Exp2(float64(k)/5)) * (1 << 24)))
	}
	for n := 1; n <= Total; n++ {
		c.bits[n] = float32(-math.Log2(float64(n)))
	}
	return c
})

// fill writes the cumulative table of a code: levels+1 entries a stride apart, from
// 0 to total, each symbol with at least 1.
func (c *curves) fill(f []uint16, stride int, code uint16, levels, total int) {
	m, k, s := int64(code&255), code>>8&31, code>>13
	room := int64(total - levels)
	curve, inverse := &c.f[s], c.inverse[k]
	f[0] = 0
	for i := 1; i < levels; i++ {
		at := (int64(2*i-1)*255 - 2*int64(levels-1)*m) * inverse >> 24
		at = min(max(at+reach*fineness*256, 0), (tabled-1)*256)
		low, high := curve[at>>8], curve[at>>8+1]
		p := low + (high-low)*(at&255)>>8
		f[i*stride] = uint16(int64(i) + room*p>>16)
	}
	f[levels*stride] = uint16(total)
}

// fit chooses the code under which the counts cost the least, in a total of 4,096.
func (c *curves) fit(counts []int) uint16 {
	levels := len(counts)
	var n, sum, square float64
	for y, k := range counts {
		n += float64(k)
		sum += float64(k * y)
		square += float64(k * y * y)
	}
	mean := sum / n
	deviation := math.Sqrt(max(square/n-mean*mean, 0))
	centre := uint16(math.Round(mean * 255 / float64(levels-1)))
	width := int(math.Round(5 * math.Log2(max(deviation, noWidth)/noWidth)))
	best, least := uint16(0), float32(math.Inf(1))
	var f [MaxBins + 1]uint16
	try := func(code uint16) {
		c.fill(f[:], 1, code, levels, ransTotal)
		cost := float32(0)
		for y, k := range counts {
			if k > 0 {
				cost += float32(k) * c.bits[f[y+1]-f[y]]
			}
		}
		if cost < least {
			best, least = code, cost
		}
	}
	for s := range uint16(shapes) {
		for k := max(width-1, 0); k <= min(width+1, widths-1); k++ {
			try(s<<13 | uint16(k)<<8 | centre)
		}
	}
	// Skewed shapes have their middle beside their mean.
	for step := uint16(8); step > 0; step /= 2 {
		m := best & 255
		if m >= step {
			try(best - step)
		}
		if m+step <= 255 && best&255 == m {
			try(best + step)
		}
	}
	return best
}
