package gpu

import (
	"context"
	"time"
	"unsafe"

	"assay/gpu/internal/cpu"
)

// Peaks is what a device reaches at most, measured now with all threads.
type Peaks struct {
	FlopsPerSecond     float64 // independent f32 multiply-adds in registers, two operations each
	ReadBytesPerSecond float64 // one pass over memory that no cache holds
}

// Sizes of the probes: about a millisecond of arithmetic, and more memory than
// the last-level cache of the machines we know. Many short tries find a moment
// in which nothing else runs.
const (
	peakRounds    = 200_000
	peakReadBytes = 256 << 20
	peakTries     = 40
)

// MeasurePeaks runs short probes, together about a second, and returns the best
// of each. It needs a quarter of a gigabyte of memory meanwhile.
func (d *Device) MeasurePeaks(ctx context.Context) (Peaks, error) {
	var p Peaks
	size := peakReadBytes
	if d.info.MemoryBytes > 0 {
		size = min(size, int(d.info.MemoryBytes/8))
	}
	buf, err := d.alloc("MeasurePeaks", size, 1)
	if err != nil {
		return p, err
	}
	// Pages that were never written would all be one page of zeros.
	bytes := unsafe.Slice((*byte)(buf), size)
	for i := 0; i < len(bytes); i += 64 {
		bytes[i] = byte(i >> 6)
	}
	probe := func(kind int, arg unsafe.Pointer, count int64) (float64, error) {
		best := 0.0
		for range peakTries {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			start := time.Now()
			n, err := d.cpu.Peak(kind, arg, count)
			if err != nil {
				return 0, &Error{Op: "MeasurePeaks", Err: ErrClosed}
			}
			best = max(best, float64(n)/time.Since(start).Seconds())
		}
		return best, nil
	}
	if p.FlopsPerSecond, err = probe(cpu.PeakFMA, nil, peakRounds); err != nil {
		return p, err
	}
	p.ReadBytesPerSecond, err = probe(cpu.PeakRead, buf, int64(size))
	return p, err
}
