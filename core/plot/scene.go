package plot

import (
	"strconv"
	"strings"
)

// Scene is a chart before anybody draws it: data, axes and words, but neither
// pixels nor cells. The scenes are LineChart, BarChart, SpanChart,
// HeatChart and CellChart.
// A scene is a plain value; drawing one does not change it.
type Scene interface {
	// Heading returns the title of the chart.
	Heading() string
	// draw lays the chart out on a canvas.
	draw(c *canvas)
}

// Axis describes one axis of a chart.
type Axis struct {
	Name     string  // with its unit: "time to first token, ms"
	Log      bool    // logarithmic; values at or below 0 have no place
	Whole    bool    // ticks at whole numbers alone
	FromZero bool    // the scale begins at 0; not with Log
	Lo, Hi   float64 // fixed bounds where Lo < Hi, else the data decide
}

// scale returns the scale of the axis over the values that it has to show.
func (a Axis) scale(ticks int, lists ...[]float64) Scale {
	if a.Lo < a.Hi {
		if a.Log {
			return Log(a.Lo, a.Hi)
		}
		return Linear(a.Lo, a.Hi)
	}
	lo, hi, ok := Bounds(a.Log, lists...)
	if !ok {
		lo, hi = 0, 1
		if a.Log {
			lo = .1
		}
	}
	if a.FromZero && !a.Log {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	return Nice(lo, hi, ticks, a.Log)
}

// ticks returns about n round values and how to write them.
func (a Axis) ticks(s Scale, n int) ([]float64, []string) {
	at := s.Ticks(n)
	if a.Whole && !s.Log && Step(s.Lo, s.Hi, n) < 1 {
		at = nil
		for v := ceil(s.Lo); v <= s.Hi; v++ {
			at = append(at, v)
		}
	}
	labels := s.Labels(at)
	for i, l := range labels {
		if labels[i] = withZero(l); s.Log {
			labels[i] = decade(at[i])
		}
	}
	return at, labels
}

// decade writes a tick of a logarithmic axis without zeros at its end: "0.001",
// "1e-5", "20".
func decade(v float64) string {
	if v >= 1e4 {
		return Plain(v)
	}
	s := strconv.FormatFloat(v, 'g', 3, 64)
	return strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e", 1)
}

// LineChart shows values over an axis, several lines on the same scales.
type LineChart struct {
	Title string
	Note  string // one sentence under the title; may be empty
	X, Y  Axis
	Lines []Line
}

// Line is one series of a LineChart. X ascends; a Y that is not finite, or not
// above 0 on a logarithmic axis, breaks the line.
type Line struct {
	Name   string
	Hue    int // which of the palette's series colors, and which marker
	X, Y   []float64
	Lo, Hi []float64 // an interval around each value; empty for none
	Level  bool      // a reference: dashed, without markers
}

// Heading implements Scene.
func (ch LineChart) Heading() string { return ch.Title }

// BarChart shows one amount a row, as one bar or as parts behind each other.
type BarChart struct {
	Title string
	Note  string
	Axis  Axis
	Parts []Part // what the parts of the bars are; empty for plain bars
	Bars  []Bar
}

// Part names one of the parts that bars are made of.
type Part struct {
	Name string
	Hue  int // which of the palette's part colors
}

// Bar is one row of a BarChart.
type Bar struct {
	Label  string
	Hue    int // of a plain bar: which of the palette's series colors
	Value  float64
	Parts  []float64 // one a part of the chart, adding up to about Value; empty for a plain bar
	Lo, Hi float64   // an interval around Value, drawn where Lo < Hi
	Text   string    // behind the bar; the value where it is empty
}

// Heading implements Scene.
func (ch BarChart) Heading() string { return ch.Title }

// SpanChart shows when things ran, a lane a row: a Gantt chart.
type SpanChart struct {
	Title string
	Note  string
	Axis  Axis
	Lanes []SpanLane
	Marks []SpanMark
}

// SpanLane is one row of a SpanChart.
type SpanLane struct {
	Name  string
	Hue   int // which of the palette's part colors
	Spans []Span
}

// Span is one bar of a lane; its text is left out where there is no room.
type Span struct {
	From, To float64
	Text     string
}

// SpanMark is a line across all lanes: a deadline.
type SpanMark struct {
	Name string
	At   float64
}

// Heading implements Scene.
func (ch SpanChart) Heading() string { return ch.Title }

// HeatChart shows matrices below each other over one horizontal axis and with
// one scale of colors.
type HeatChart struct {
	Title  string
	Note   string
	X, Y   string // names of the axes; rows count from 0
	Unit   string // of the values, at the scale
	Steps  Steps
	Panels []HeatPanel
	Bands  []Band // named ranges of columns, ascending and without overlap; may be empty
}

// HeatPanel is one matrix of a HeatChart. All panels have the same columns.
type HeatPanel struct {
	Name   string
	Matrix Matrix
	Marks  []int // columns that a tick above the panel points out
}

// Band is a named range of columns, To exclusive.
type Band struct {
	Name     string
	From, To int
}

// Heading implements Scene.
func (ch HeatChart) Heading() string { return ch.Title }

// CellChart is a small table of numbers from Lo to Hi whose cells are shaded.
type CellChart struct {
	Title      string
	Note       string
	Rows, Cols []string
	Values     []float64 // row-major; NaN is an empty cell
	Texts      []string  // what stands in each cell; the values where it is empty
	Lo, Hi     float64
}

// Heading implements Scene.
func (ch CellChart) Heading() string { return ch.Title }
