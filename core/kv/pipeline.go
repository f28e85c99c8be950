package kv

// LayerCost is what serving a layer takes, each part by itself, in milliseconds.
type LayerCost struct {
	Read    float64 // its cached tensors: come and decoded
	Work    float64 // of that what keeps a core busy
	Place   float64 // them put at their rows
	Compute float64
}

// The lanes of a Gantt chart.
const (
	LaneLoad    = "load"
	LaneDecode  = "decode"
	LaneCompute = "compute"
)

// Contention is how many times as long computing and reading take when they run
// beside each other on the same cores; 1 where there is a core for each.
type Contention struct{ Compute, Read float64 }

// Pipeline is the time that layers take while the next one is read under the
// computation of the one before: CacheBlend's read(0) + sum of max(compute(i),
// read(i+1)) + compute(last) (arXiv 2405.16444, section 5.1; kv.md 1.7), with two
// terms that it leaves out. Rows are put in their places between the two; and as
// long as both run, each is slowed by the other as far as reading keeps a core busy.
func Pipeline(layers []LayerCost, c Contention) (total float64, lanes []SpanDoc) {
	for i, layer := range layers {
		if i == 0 {
			total = layer.Read
			lanes = append(lanes, SpanDoc{Lane: LaneLoad, End: total})
		}
		total += layer.Place
		next := LayerCost{}
		if i+1 < len(layers) {
			next = layers[i+1]
		}
		compute, read := c.together(layer.Compute, next)
		if i+1 < len(layers) {
			lanes = append(lanes, SpanDoc{Lane: LaneLoad, Item: i + 1, Start: total, End: total + read})
		}
		lanes = append(lanes, SpanDoc{Lane: LaneCompute, Item: i, Start: total, End: total + compute})
		total += max(compute, read)
	}
	return total, lanes
}

// together is when a computation and the reading of the next layer end that begin
// at once.
func (c Contention) together(compute float64, next LayerCost) (computed, read float64) {
	if next.Read <= 0 {
		return compute, 0
	}
	busy := next.Work / next.Read
	slowed := 1 + busy*(max(c.Compute, 1)-1)
	// Decoding that waits for a link most of the time is slowed for nothing.
	late := max(1, busy*c.Read)
	if compute*slowed < next.Read*late {
		computed = compute * slowed
		return computed, computed + next.Read - computed/late
	}
	read = next.Read * late
	return read + compute - read/slowed, read
}
