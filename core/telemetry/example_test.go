package telemetry_test

import (
	"fmt"
	"time"

	"assay/core/telemetry"
)

// A status bar shows the busiest card in the room that it has.
func ExampleReading_Segment() {
	now := time.Unix(1_700_000_000, 0)
	r := telemetry.Reading{At: now, Count: 1, Sample: telemetry.Sample{GPU: telemetry.GPU{State: telemetry.Ready, Cards: []telemetry.Card{{
		Name: "NVIDIA H100 80GB HBM3", Util: telemetry.Of(.98), Temp: telemetry.Missing("not supported"),
		MemUsed: telemetry.Of(62 << 30), MemTotal: telemetry.Of(80 << 30), Power: telemetry.Of(430),
	}}}}}
	for _, width := range []int{60, 20} {
		text, _ := r.Segment(now, width)
		fmt.Println(text)
	}
	// Output:
	// GPU0 H100  98% high    - 62/80G 430W
	// GPU0  98% 62/80G
}
