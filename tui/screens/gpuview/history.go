package gpuview

import (
	"math"
	"strconv"
	"time"

	"assay/core/plot"
	"assay/core/telemetry"
)

// kept is how many samples of history are held: ten minutes at one a second.
const kept = 600

// history is what the charts show, by card and of the host.
type history struct {
	start time.Time // of second 0
	last  time.Time
	x     []float64 // seconds since start
	cards map[string]*[metricCount][2][]float64
	host  [2][]float64 // busy share, memory share
	more  []float64    // share of the busiest processor
}

// add appends a sample. Where samples are missing in between, a gap is recorded.
func (h *history) add(r *telemetry.Reading) {
	if h.x == nil {
		h.start = r.At
		h.cards = map[string]*[metricCount][2][]float64{}
	}
	if gap := r.At.Sub(h.last); len(h.x) > 0 && gap > 3*telemetry.Period {
		h.append(h.last.Add(gap/2), nil)
	}
	h.append(r.At, &r.Sample)
	h.last = r.At
}

// append adds one column to every series; without a sample it is a gap.
func (h *history) append(at time.Time, s *telemetry.Sample) {
	h.x = append(h.x, at.Sub(h.start).Seconds())
	n := len(h.x)
	put := func(list []float64, v float64) []float64 {
		for len(list) < n-1 { // a card that came later
			list = append(list, math.NaN())
		}
		return append(list, v)
	}
	seen := map[string]bool{}
	if s != nil {
		cards := s.GPU.Cards
		if s.GPU.Age() > telemetry.Period+telemetry.Deadline {
			cards = nil // what was measured before is no measurement of now
		}
		for i := range cards {
			c := &cards[i]
			key := cardKey(c)
			series := h.cards[key]
			if series == nil {
				series = new([metricCount][2][]float64)
				h.cards[key] = series
			}
			seen[key] = true
			for m := range series {
				a, b := metric(m).values(c)
				series[m][0], series[m][1] = put(series[m][0], a), put(series[m][1], b)
			}
		}
		g := &s.Host
		h.host[0] = put(h.host[0], 100*g.Busy.Or(math.NaN()))
		h.host[1] = put(h.host[1], 100*share(g.MemUsed, g.MemTotal))
		h.more = put(h.more, 100*g.Busiest.Or(math.NaN()))
	} else {
		h.host[0], h.host[1], h.more = put(h.host[0], math.NaN()), put(h.host[1], math.NaN()), put(h.more, math.NaN())
	}
	for key, series := range h.cards {
		if seen[key] {
			continue
		}
		for m := range series {
			series[m][0], series[m][1] = put(series[m][0], math.NaN()), put(series[m][1], math.NaN())
		}
	}
	if n > kept {
		h.drop(n - kept)
	}
}

func (h *history) drop(n int) {
	cut := func(list []float64) []float64 { return append(list[:0], list[n:]...) }
	h.x, h.host[0], h.host[1], h.more = cut(h.x), cut(h.host[0]), cut(h.host[1]), cut(h.more)
	for _, series := range h.cards {
		for m := range series {
			series[m][0], series[m][1] = cut(series[m][0]), cut(series[m][1])
		}
	}
}

// now is the second of the newest sample.
func (h *history) now() float64 {
	if len(h.x) == 0 {
		return 0
	}
	return h.x[len(h.x)-1]
}

// window returns the seconds that charts show. It grows in steps up to ten
// minutes, then jumps by a quarter of that: between two steps a chart only gets
// longer, which costs a fraction of a sliding one.
func (h *history) window() (lo, hi float64) {
	now := h.now()
	for _, w := range []float64{60, 120, 300, kept} {
		if now <= w {
			return 0, w
		}
	}
	const step = kept / 4
	lo = math.Ceil((now-kept)/step) * step
	return lo, lo + kept
}

// timeAxis is the horizontal axis of the charts.
type timeAxis struct {
	name  string
	scale plot.Scale
	x     []float64 // of the samples
	unit  float64   // seconds in one of it
}

// axis counts seconds up to two minutes, minutes from then on.
func (h *history) axis() timeAxis {
	lo, hi := h.window()
	if hi <= 120 {
		return timeAxis{"s", plot.Linear(lo, hi), h.x, 1}
	}
	x := make([]float64, len(h.x))
	for i, v := range h.x {
		x[i] = v / 60
	}
	return timeAxis{"min", plot.Linear(lo/60, hi/60), x, 60}
}

// cardKey names a card while samples come and go: by its UUID, or where that is
// hidden by its place.
func cardKey(c *telemetry.Card) string {
	if c.UUID != "" {
		return c.UUID
	}
	key := "card " + strconv.Itoa(c.Index)
	if c.Instance != "" {
		key += " " + c.Instance
	}
	return key
}

// share divides two figures; NaN where one is missing.
func share(part, whole telemetry.Value) float64 {
	w, ok := whole.Get()
	if !ok || w <= 0 {
		return math.NaN()
	}
	return part.Or(math.NaN()) / w
}
