package plot_test

import (
	"testing"

	"assay/core/plot"
)

func TestGrowingReachesAheadAndSeldomJumps(t *testing.T) {
	jumps, last := 0, 0.0
	for hi := 1.0; hi <= 1000; hi++ {
		s := plot.Growing(0, hi)
		if s.Lo != 0 || s.Hi < hi || s.Hi > 1.3*hi {
			t.Fatalf("up to %v the scale is %+v", hi, s)
		}
		if s.Hi != last {
			jumps, last = jumps+1, s.Hi
		}
	}
	if jumps > 31 {
		t.Errorf("%d jumps on the way to 1,000", jumps)
	}
	if s := plot.Growing(2, 2); s.Hi <= s.Lo {
		t.Errorf("an empty axis has the scale %+v", s)
	}
}
