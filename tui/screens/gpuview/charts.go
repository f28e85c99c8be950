package gpuview

import (
	"math"
	"strconv"
	"strings"

	"assay/core/plot"
	"assay/core/telemetry"
	"assay/tui/ui"
)

// chartCache holds the charts as drawn last: they change with a sample, not with
// every key.
type chartCache struct {
	lines []string
	clean bool
}

// The least size of a chart that is worth having, and the number of charts at
// which it is wider rather than more.
const (
	leastChartW = 34
	leastChartH = 7
)

// oneChart is a chart with a heading of its own in place of the legend: one whose
// numbers stand still.
type oneChart struct {
	label, name string
	values      []string
	chart       ui.Chart
}

// chartsTitle names the metric, and which cards are shown where not all are.
func (s *Screen) chartsTitle() string {
	if physical(s.reading.Sample.GPU.Cards) == 0 {
		return "history of the host, %"
	}
	return "history: " + metricTable[s.metric].title
}

// chartLines draws the charts of the cards and of the host as a grid in w x h cells.
func (s *Screen) chartLines(w, h int) []string {
	if s.charts.clean {
		return s.charts.lines
	}
	s.charts.lines = s.drawCharts(w, h)
	s.charts.clean = true
	return s.charts.lines
}

func (s *Screen) drawCharts(w, h int) []string {
	if w < leastChartW/2 || h < 3 {
		return nil
	}
	if !s.reading.Known() {
		return []string{s.c.Theme.Paint("muted", ui.Cut(" measuring", w))}
	}
	cols, rows := max(w/leastChartW, 1), max(h/leastChartH, 1)
	var cards []*telemetry.Card
	at := 0 // of the card under the cursor
	_, cursor, _ := s.cards.Cursor()
	for i := range s.reading.Sample.GPU.Cards {
		c := &s.reading.Sample.GPU.Cards[i]
		if c.Instance == "" {
			cards = append(cards, c)
		}
		if i <= cursor {
			at = max(len(cards)-1, 0)
		}
	}
	// The host has the last place; where not all fit, those around the cursor are
	// shown, a page at a time.
	room := max(cols*rows-1, 0)
	if room == 0 && len(cards) > 0 {
		cards = cards[at : at+1]
	} else if len(cards) > room {
		first := at / max(room, 1) * room
		cards = cards[min(first, len(cards)):min(first+room, len(cards))]
	}
	list := make([]oneChart, 0, len(cards)+1)
	t := s.history.axis()
	for _, c := range cards {
		list = append(list, s.cardChart(c, t))
	}
	if room > 0 || len(cards) == 0 {
		list = append(list, s.hostChart(t))
	}
	cols = min(cols, len(list))
	for rows > 1 && (rows-1)*cols >= len(list) {
		rows--
	}
	for cols > 1 && rows*(cols-1) >= len(list) { // as few as hold them all, and so as wide as can be
		cols--
	}
	return s.grid(list, cols, rows, w, h)
}

// grid draws charts in rows of equal shares of the room.
func (s *Screen) grid(list []oneChart, cols, rows, w, h int) []string {
	out := make([]string, 0, h)
	drawn := make([][]string, cols)
	for row := range rows {
		height := h*(row+1)/rows - h*row/rows
		for col := range cols {
			drawn[col] = nil
			if i := row*cols + col; i < len(list) {
				drawn[col] = list[i].lines(s.c, w*(col+1)/cols-w*col/cols-1, height)
			}
		}
		for y := range height {
			var b strings.Builder
			b.Grow(4 * w) // most characters of a chart take three bytes
			for col, lines := range drawn {
				used := 0
				if y < len(lines) {
					b.WriteString(lines[y])
					used = ui.Width(lines[y])
				}
				for ; used < w*(col+1)/cols-w*col/cols; used++ {
					b.WriteByte(' ')
				}
			}
			out = append(out, b.String())
		}
	}
	return out
}

// lines draws a chart under its heading. Where the heading is too long for the
// width, the name of the card goes, then the room between its parts.
func (o *oneChart) lines(c *ui.Context, w, h int) []string {
	lines := o.chart.Lines(c, w, h)
	if len(lines) == 0 {
		return nil
	}
	between, title, need := "  ", o.label, 1+ui.Width(o.label)
	for _, v := range o.values {
		need += len(between) + ui.Width(v)
	}
	switch name := ui.Width(o.name); {
	case need > w:
		between = " "
	case o.name != "" && need+1+name <= w:
		title += " " + o.name
	}
	heading := c.Theme.Paint("title", title)
	if need <= w {
		heading = " " + heading
	}
	for _, v := range o.values {
		heading += between + v
	}
	lines[0] = ui.Cut(heading, w)
	return lines
}

// newChart is a chart over the time axis that all share.
func (s *Screen) newChart(label, name string, t timeAxis, y plot.Scale) oneChart {
	const most = 3 // series of a chart
	o := oneChart{label: ui.Plain(label), name: ui.Plain(name), values: make([]string, 0, most)}
	o.chart = ui.Chart{XName: t.name, X: t.scale, Y: y, Cross: s.cross / t.unit, Series: make([]ui.Series, 0, most)} // NaN stays NaN
	return o
}

// plot adds a series with its letter, its name and its value in a field that is as
// wide for every value.
func (s *Screen) plot(o *oneChart, x, y []float64, name, unit string) {
	i := len(o.chart.Series)
	o.chart.Series = append(o.chart.Series, ui.Series{Name: name, X: x, Y: y})
	text := ui.Letter(i) + " " + name + " " + fixed(s.valueAt(y), unit)
	if sgr := s.c.Theme.Series(i); sgr != "" {
		text = sgr + text + "\x1b[m"
	}
	o.values = append(o.values, text)
}

func (s *Screen) cardChart(c *telemetry.Card, t timeAxis) oneChart {
	info, most := metricTable[s.metric], 0.
	data := s.history.cards[cardKey(c)]
	if data != nil {
		most = max(largest(data[s.metric][0]), largest(data[s.metric][1]))
	}
	o := s.newChart(cardLabel(c), telemetry.ShortName(c.Name), t, s.metric.scale(c, most))
	for i, name := range info.series {
		if name != "" && data != nil {
			s.plot(&o, t.x, data[s.metric][i], name, info.unit)
		}
	}
	return o
}

func (s *Screen) hostChart(t timeAxis) oneChart {
	h := &s.history
	o := s.newChart("host", "", t, plot.Linear(0, 100))
	s.plot(&o, t.x, h.host[0], "cpu", "%")
	s.plot(&o, t.x, h.host[1], "mem", "%")
	s.plot(&o, t.x, h.more, "top", "%")
	return o
}

// fixed writes a value with its unit in a field of fixed width.
func fixed(v float64, unit string) string {
	width := 5
	if unit == "%" || unit == "C" {
		width = 3
	}
	if math.IsNaN(v) {
		return strings.Repeat(" ", width-1) + "-" + strings.Repeat(" ", len(unit))
	}
	return ui.FitRight(strconv.FormatFloat(min(max(v, -9999), 99999), 'f', 0, 64), width) + unit
}

// valueAt is the value of a series now, or at the moment that is read out.
func (s *Screen) valueAt(y []float64) float64 {
	if len(y) == 0 {
		return math.NaN()
	}
	at := len(y) - 1
	if !math.IsNaN(s.cross) {
		best := math.Inf(1)
		for i, x := range s.history.x[:min(len(s.history.x), len(y))] {
			if d := math.Abs(x - s.cross); d < best {
				best, at = d, i
			}
		}
	}
	return y[at]
}

func largest(y []float64) float64 {
	most := 0.
	for _, v := range y {
		if v > most { // false for NaN
			most = v
		}
	}
	return most
}
