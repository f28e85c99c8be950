package modeltest

import (
	"math"
	"testing"
)

func TestHalvesSurviveTheirRoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		x := fromHalf(uint16(h))
		if x != x {
			continue
		}
		if got := toHalf(x); got != uint16(h) {
			t.Fatalf("%#04x is %g and comes back as %#04x", h, x, got)
		}
	}
}

func TestRoundingIsToNearestEven(t *testing.T) {
	for _, c := range []struct {
		dtype   string
		x, want float64
	}{
		{"F16", 2049, 2048}, {"F16", 2051, 2052}, {"F16", 65519, 65504}, {"F16", 65520, math.Inf(1)}, {"F16", 0x1p-25, 0},
		{"F16", 0x1.8p-24, 0x1p-23}, {"F16", -1.0 / 3, -0.333251953125}, {"BF16", 257, 256}, {"BF16", 259, 260}, {"BF16", -3.1415926, -3.140625},
	} {
		if got, _ := roundTo(c.dtype, float32(c.x)); float64(got) != c.want {
			t.Errorf("%g as %s is %g, expected %g", c.x, c.dtype, got, c.want)
		}
	}
}
