package telemetry

import (
	"context"
	"time"
)

// Source gives samples; *Feed is one.
type Source interface {
	// Next waits for a sample after the one that seen counts, and returns what is
	// known then; after little more than Period it returns in any case.
	Next(ctx context.Context, seen uint64) (Reading, error)
}

// After returns the reading that follows last, once it is due. It waits most of
// the period by sleep, so that a front end which counts what is under way sees a
// command that only waits; now is the clock of sleep.
func After(ctx context.Context, from Source, last Reading, now func() time.Time, sleep func(context.Context, time.Duration) error) (Reading, error) {
	if rest := last.At.Add(Period).Sub(now()); last.Known() && last.Fault == nil && rest > 0 {
		if err := sleep(ctx, min(rest, Period)); err != nil {
			return last, err
		}
	}
	return from.Next(ctx, last.Count)
}
