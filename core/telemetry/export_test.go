package telemetry

import "time"

// Hasten gives a feed shorter times.
func Hasten(f *Feed, stale, linger, pause time.Duration) { f.times = times{stale, linger, pause} }
