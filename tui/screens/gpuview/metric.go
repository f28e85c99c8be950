package gpuview

import (
	"math"

	"assay/core/plot"
	"assay/core/telemetry"
)

// metric is what the charts of the cards show.
type metric int

const (
	useMetric metric = iota
	tempMetric
	powerMetric
	clockMetric
	pcieMetric
	metricCount
)

// metricTable says what a metric is called and what its one or two series are.
var metricTable = [metricCount]struct {
	id, title string
	series    [2]string
	unit      string
}{
	useMetric:   {"use", "utilisation and memory, %", [2]string{"use", "mem"}, "%"},
	tempMetric:  {"temp", "temperature, C", [2]string{"temp", ""}, "C"},
	powerMetric: {"power", "power, W", [2]string{"power", ""}, "W"},
	clockMetric: {"clock", "clock, MHz", [2]string{"clock", ""}, "MHz"},
	pcieMetric:  {"pcie", "PCIe, MB/s", [2]string{"in", "out"}, "MB/s"},
}

func (m metric) id() string { return metricTable[m].id }

// metricOf finds a metric by its id; the first one where there is none.
func metricOf(id string) metric {
	for m := range metricTable {
		if metricTable[m].id == id {
			return metric(m)
		}
	}
	return useMetric
}

func (m metric) next() metric { return (m + 1) % metricCount }

// values returns the one or two figures of a card in the unit of the chart; NaN
// for what is missing.
func (m metric) values(c *telemetry.Card) (a, b float64) {
	nan := math.NaN()
	switch m {
	case tempMetric:
		return c.Temp.Or(nan), nan
	case powerMetric:
		return c.Power.Or(nan), nan
	case clockMetric:
		return c.Clock.Or(nan), nan
	case pcieMetric:
		return c.PCIeRx.Or(nan) / 1e6, c.PCIeTx.Or(nan) / 1e6
	}
	return 100 * c.Util.Or(nan), 100 * share(c.MemUsed, c.MemTotal)
}

// scale is the axis of a chart: as far as the figure can go where the card tells,
// so that it never changes.
func (m metric) scale(c *telemetry.Card, most float64) plot.Scale {
	top := 100.
	switch m {
	case tempMetric:
		top = max(100, c.SlowTemp.Or(0))
	case powerMetric:
		top = c.Limit.Or(0)
	case clockMetric:
		top = c.MaxClock.Or(0)
	case pcieMetric:
		top = 0
	}
	return plot.Nice(0, max(top, most, 1), 4, false)
}
