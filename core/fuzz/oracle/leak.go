package oracle

import (
	"fmt"
	"slices"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// A leak grows in every round of calls, and by about as much: caches fill up once,
// allocators keep what was freed. A page is 4 KiB, the smallest tensor with its node
// half a KiB, a round a hundred calls.
const (
	leakRounds = 3
	leakBytes  = 32 << 10 // least growth of a round
	leakSpread = 4        // most that rounds differ by, as a factor
)

// leaks looks at what rounds of calls leave behind. What the direct run leaves, the
// derivative runs leave too.
func (j *judge) leaks() {
	for _, at := range []wire.Stage{wire.Direct, wire.Rev, wire.Fwd} {
		g := j.o.Growth[at]
		if len(g.Bytes) < leakRounds || g.Calls < 1 {
			continue
		}
		least, most := slices.Min(g.Bytes), slices.Max(g.Bytes)
		if least < leakBytes || most > leakSpread*least {
			continue
		}
		wrong := map[wire.Stage]fuzz.Wrong{wire.Direct: fuzz.WrongValue, wire.Rev: fuzz.WrongReverse, wire.Fwd: fuzz.WrongForward}[at]
		j.report.Suspicions = append(j.report.Suspicions, Suspicion{Category: fuzz.Leak, Oracle: "memory", Order: 1, Wrong: wrong, Mode: j.mode(wrong), Stage: at,
			Pattern: "grows", Text: fmt.Sprintf("%d bytes of resident memory a call, in each of %d rounds of %d calls", least/int64(g.Calls), len(g.Bytes), g.Calls)})
		return
	}
}
