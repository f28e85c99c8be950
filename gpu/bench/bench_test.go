package bench

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"assay/gpu"
)

// BenchmarkOps reports for every case of the table what Run reports.
func BenchmarkOps(b *testing.B) {
	d, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	peaks, err := d.MeasurePeaks(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for _, create := range cases {
		c, err := create(d)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.Join([]string{c.op, c.shape, c.dtype}, "/"), func(b *testing.B) {
			var best Result
			for b.Loop() {
				r, err := c.measure(context.Background(), peaks)
				if err != nil {
					b.Fatal(err)
				}
				if best.Runs == 0 || r.Seconds < best.Seconds {
					best = r
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(best.Seconds*1e3, "ms")
			b.ReportMetric(best.GFLOPS, "GFLOP/s")
			b.ReportMetric(best.GBs, "GB/s")
			b.ReportMetric(best.RooflineShare, "of-roof")
		})
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	d, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, d, nil); err != context.Canceled {
		t.Fatalf("got %v, expected context.Canceled", err)
	}
}

func TestMeasureRelatesTimeToThePeaks(t *testing.T) {
	peaks := gpu.Peaks{FlopsPerSecond: 1e9, ReadBytesPerSecond: 1e9}
	for _, c := range []struct {
		flops, bytes float64
		limit        string
	}{{2e3, 1e3, "compute"}, {1e3, 2e3, "bandwidth"}} {
		r, err := timed{flops: c.flops, bytes: c.bytes, run: func() error { return nil }}.measure(context.Background(), peaks)
		if err != nil {
			t.Fatal(err)
		}
		if r.Limit != c.limit || r.Floor != 2e-6 || r.RooflineShare != r.Floor/r.Seconds || r.Runs < minRuns || r.Median < r.Seconds {
			t.Errorf("%+v", r)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	}
}
