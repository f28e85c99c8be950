package conform

import (
	"context"
	"flag"
	"os"
	"testing"
)

var (
	full = flag.Bool("gpu.full", os.Getenv("ASSAY_GPU_FULL") != "", "run the whole conformance table")
	only = flag.String("gpu.op", "", "run the conformance cases of one operation")
)

func TestCPUConforms(t *testing.T) {
	threads := []int{2, 1, 3}
	if *full {
		threads = append(threads, 8)
	}
	devices, err := CPUDevices(threads...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		defer d.Close()
	}
	rep, err := Run(context.Background(), devices, Options{Full: *full, Op: *only})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Failures {
		t.Errorf("%s: %s", f.Case, f.Text)
	}
	for _, w := range rep.WorstNMSE {
		t.Logf("%-14s worst %.1e, %.2f of its bound, in %s", w.Op, w.NMSE, w.Share, w.Case)
	}
	t.Logf("%d cases in %.1f s", rep.Cases, rep.Seconds)
}

func TestCaseNamesAreUnique(t *testing.T) {
	for _, full := range []bool{false, true} {
		seen := map[string]bool{}
		for _, c := range Table(full) {
			if seen[c.Name()] {
				t.Errorf("%s is there twice", c.Name())
			}
			seen[c.Name()] = true
		}
	}
}
