package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"assay/gpu"
)

// Result is one timed case.
type Result struct {
	Op            string  `json:"op"`
	Shape         string  `json:"shape"`
	DType         string  `json:"dtype"` // of weights or keys and values
	Runs          int     `json:"runs"`
	Seconds       float64 `json:"time_s"`        // best run
	Median        float64 `json:"median_time_s"` // median run
	FLOPs         float64 `json:"flops"`
	Bytes         float64 `json:"bytes"`
	GFLOPS        float64 `json:"gflops_per_s"`
	GBs           float64 `json:"gb_per_s"`
	Floor         float64 `json:"floor_s"`        // by the measured peaks
	Limit         string  `json:"limit"`          // "compute" or "bandwidth": which peak makes the floor
	RooflineShare float64 `json:"roofline_share"` // floor / time
}

// Names of the results that hold the measured peaks; they come first.
const (
	PeakFMA  = "peak_fma"
	PeakRead = "peak_read"
)

// Progress is called after each case.
type Progress func(done, total int, r Result)

// Bounds of one case: enough runs for a steady best, and a short whole.
const (
	budget  = 500 * time.Millisecond
	minRuns = 4
	maxRuns = 50
)

// timed is a case ready to run.
type timed struct {
	op, shape, dtype string
	flops, bytes     float64
	run              func() error
}

// Run measures the peaks and then every case of the table, together about 20 s.
// progress may be nil. It stops between runs when ctx ends and returns ctx's
// error with what was measured.
func Run(ctx context.Context, dev *gpu.Device, progress Progress) ([]Result, error) {
	peaks, err := dev.MeasurePeaks(ctx)
	if err != nil {
		return nil, err
	}
	total := len(cases) + 2
	results := []Result{
		{Op: PeakFMA, DType: "f32", GFLOPS: peaks.FlopsPerSecond / 1e9, Limit: "compute", RooflineShare: 1},
		{Op: PeakRead, GBs: peaks.ReadBytesPerSecond / 1e9, Limit: "bandwidth", RooflineShare: 1},
	}
	if progress != nil {
		progress(1, total, results[0])
		progress(2, total, results[1])
	}
	for _, create := range cases {
		t, err := create(dev)
		if err != nil {
			return results, err
		}
		r, err := t.measure(ctx, peaks)
		if err != nil {
			return results, err
		}
		results = append(results, r)
		if progress != nil {
			progress(len(results), total, r)
		}
	}
	return results, nil
}

func (t timed) measure(ctx context.Context, p gpu.Peaks) (Result, error) {
	if err := t.run(); err != nil { // warm-up: pages, workspace, code
		return Result{}, fmt.Errorf("%s %s: %w", t.op, t.shape, err)
	}
	var times []float64
	for start := time.Now(); len(times) < minRuns || (len(times) < maxRuns && time.Since(start) < budget); {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		begin := time.Now()
		if err := t.run(); err != nil {
			return Result{}, fmt.Errorf("%s %s: %w", t.op, t.shape, err)
		}
		times = append(times, time.Since(begin).Seconds())
	}
	slices.Sort(times)
	r := Result{Op: t.op, Shape: t.shape, DType: t.dtype, Runs: len(times), Seconds: times[0], Median: times[len(times)/2],
		FLOPs: t.flops, Bytes: t.bytes, GFLOPS: t.flops / times[0] / 1e9, GBs: t.bytes / times[0] / 1e9}
	compute, memory := t.flops/p.FlopsPerSecond, t.bytes/p.ReadBytesPerSecond
	r.Floor, r.Limit = compute, "compute"
	if memory > compute {
		r.Floor, r.Limit = memory, "bandwidth"
	}
	if !math.IsInf(r.Floor, 0) {
		r.RooflineShare = r.Floor / r.Seconds
	}
	return r, nil
}
