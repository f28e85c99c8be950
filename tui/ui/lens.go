package ui

import (
	"math"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/plot"
)

// Lens is how a person looks at the charts of one screen: the cross-hair, the part of
// the axis that is shown, scales, intervals, smoothing, hidden series and pinned
// readouts. Charts over the same axis share cross-hair, zoom and pins, so that they
// stay side by side. The zero Lens shows charts as they are.
type Lens struct {
	axes   map[string]*lensAxis // by the name of the x axis
	logs   map[string][2]bool   // whether x and y are turned from what the chart has; by the name of the chart
	hidden map[string]bool      // series by name
	plain  bool                 // without intervals
	smooth int                  // index of smoothings

	// The chart that the keys are about: the focused one as it was given last.
	name   string
	chart  Chart
	series int  // that space hides
	chosen bool // the person has chosen it
}

// lensAxis is what charts over one axis share.
type lensAxis struct {
	cross  float64 // a value; NaN for none of the person's own
	lo, hi float64 // shown; equal for all
	pins   []float64
}

// smoothings are the widths of the moving mean, in samples.
var smoothings = [...]int{1, 3, 5, 9, 17}

const mostPins = 3

func (l *Lens) axis(name string) *lensAxis {
	if l.axes == nil {
		l.axes = map[string]*lensAxis{}
	}
	a := l.axes[name]
	if a == nil {
		a = &lensAxis{cross: math.NaN()}
		l.axes[name] = a
	}
	return a
}

// Lines draws a chart of some name through the lens in w times h cells: below it the readout at the
// cross-hair and those that are pinned. Where focused is set the keys are about this
// chart from now on.
func (l *Lens) Lines(c *Context, name string, ch Chart, w, h int, focused bool) []string {
	if focused {
		l.name, l.chart = name, ch
		l.series = max(min(l.series, len(ch.Series)-1), 0)
	}
	own := ch.Cross
	bare := l.plain && slices.ContainsFunc(ch.Series, func(s Series) bool { return s.Lo != nil })
	ch = l.through(name, ch)
	var foot []string
	a := l.axis(ch.XName)
	if room := h - 9; room > 0 && !math.IsNaN(a.cross) {
		foot = append(foot, l.readout(c, ch, "", a.cross, w)...)
	}
	for i, x := range a.pins {
		foot = append(foot, l.readout(c, ch, strconv.Itoa(i+1)+" ", x, w)...)
	}
	foot = foot[:min(len(foot), max(h-9, 0))]
	if note := l.note(name, ch, bare, focused); note != "" && h-len(foot) > 9 {
		foot = append(foot, c.Theme.Paint("faint", Cut(" "+note, w)))
	}
	if math.IsNaN(a.cross) {
		ch.Cross = own
	}
	return append(ch.Lines(c, w, h-len(foot)), foot...)
}

func (l *Lens) readout(c *Context, ch Chart, before string, x float64, w int) []string {
	text := ch.Readout(x)
	if text == "" {
		return nil
	}
	lines := Wrap(before+text, max(w-1, 1))
	for i := range lines {
		lines[i] = " " + c.Theme.Paint("number", lines[i])
	}
	return lines
}

// note says what is not as the chart comes.
func (l *Lens) note(name string, ch Chart, bare, focused bool) string {
	var parts []string
	if n := smoothings[l.smooth]; n > 1 {
		parts = append(parts, "mean of "+strconv.Itoa(n)+" samples")
	}
	if a := l.axis(ch.XName); a.lo < a.hi {
		parts = append(parts, "zoomed, 0 shows all")
	}
	if turned := l.logs[name]; turned[0] || turned[1] {
		parts = append(parts, "x "+scaleWord(ch.LogX)+", y "+scaleWord(ch.LogY))
	}
	if bare {
		parts = append(parts, "no intervals")
	}
	if focused && l.chosen && l.series < len(ch.Series) {
		parts = append(parts, "space: "+Letter(l.series)+" "+ch.Series[l.series].Name)
	}
	return strings.Join(parts, "  ")
}

func scaleWord(log bool) string {
	if log {
		return "log"
	}
	return "linear"
}

// through applies the lens to a chart; its series are copied where they change.
func (l *Lens) through(name string, ch Chart) Chart {
	a := l.axis(ch.XName)
	turned := l.logs[name]
	if turned[0] {
		ch.LogX, ch.X = !ch.LogX, plot.Scale{}
	}
	if turned[1] {
		ch.LogY, ch.Y = !ch.LogY, plot.Scale{}
	}
	zoomed := a.lo < a.hi
	if zoomed {
		if ch.X = plot.Linear(a.lo, a.hi); ch.LogX {
			ch.X = plot.Log(a.lo, a.hi)
		}
		ch.Y = plot.Scale{} // by what is left
	}
	series := slices.Clone(ch.Series)
	for i := range series {
		s := &series[i]
		s.Hidden = s.Hidden || l.hidden[s.Name]
		if l.plain {
			s.Lo, s.Hi = nil, nil
		}
		if n := smoothings[l.smooth]; n > 1 {
			s.Y = smoothed(s.Y, n)
		}
		if zoomed {
			*s = s.within(ch.X)
		}
	}
	ch.Series, ch.Cross = series, a.cross
	return ch
}

// within keeps the samples on a scale, so that the other axis fits them, and cuts the
// line where it leaves the scale.
func (s Series) within(x plot.Scale) Series {
	out := Series{Name: s.Name, Hidden: s.Hidden}
	add := func(x, y, lo, hi float64) {
		out.X, out.Y, out.Lo, out.Hi = append(out.X, x), append(out.Y, y), append(out.Lo, lo), append(out.Hi, hi)
	}
	at := func(of []float64, i int) float64 {
		if i < len(of) {
			return of[i]
		}
		return math.NaN()
	}
	for i := range min(len(s.X), len(s.Y)) {
		if i > 0 {
			for _, edge := range []float64{x.Lo, x.Hi} {
				if s.X[i-1] < edge && edge < s.X[i] {
					share := (x.At(edge) - x.At(s.X[i-1])) / (x.At(s.X[i]) - x.At(s.X[i-1]))
					add(edge, s.Y[i-1]+share*(s.Y[i]-s.Y[i-1]), math.NaN(), math.NaN())
				}
			}
		}
		if s.X[i] >= x.Lo && s.X[i] <= x.Hi {
			add(s.X[i], s.Y[i], at(s.Lo, i), at(s.Hi, i))
		}
	}
	return out
}

// smoothed is the mean over n samples around each; a value that is missing stays so
// and counts for none.
func smoothed(y []float64, n int) []float64 {
	out := slices.Clone(y)
	for i := range y {
		if math.IsNaN(y[i]) {
			continue
		}
		sum, count := 0., 0.
		for k := max(i-n/2, 0); k <= min(i+n/2, len(y)-1); k++ {
			if !math.IsNaN(y[k]) {
				sum, count = sum+y[k], count+1
			}
		}
		out[i] = sum / count
	}
	return out
}

// places are the x of all samples of visible series, ascending and each once.
func (l *Lens) places() []float64 {
	var out []float64
	for _, s := range l.chart.Series {
		if s.Hidden || l.hidden[s.Name] {
			continue
		}
		for i := range min(len(s.X), len(s.Y)) {
			if !math.IsNaN(s.Y[i]) {
				out = append(out, s.X[i])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// cross is where the cross-hair stands: the person's, or else the chart's own; NaN for
// nowhere.
func (l *Lens) cross() float64 {
	if x := l.axis(l.chart.XName).cross; !math.IsNaN(x) {
		return x
	}
	return l.chart.Cross
}

// move puts the cross-hair on a sample so many further; at first on the last one.
func (l *Lens) move(by int) {
	all, a := l.places(), l.axis(l.chart.XName)
	if len(all) == 0 {
		return
	}
	from := l.cross()
	if math.IsNaN(from) {
		a.cross = all[len(all)-1]
		return
	}
	at := 0
	for i, x := range all { // the nearest
		if math.Abs(x-from) < math.Abs(all[at]-from) {
			at = i
		}
	}
	a.cross = all[min(max(at+by, 0), len(all)-1)]
	if a.lo < a.hi { // what is shown goes along
		shift := min(a.cross-a.lo, 0) + max(a.cross-a.hi, 0)
		a.lo, a.hi = a.lo+shift, a.hi+shift
	}
}

// zoom shows a half, or twice as much, around the cross-hair.
func (l *Lens) zoom(in bool) {
	a := l.axis(l.chart.XName)
	full := l.through(l.name, l.chart)
	full.X = plot.Scale{}
	full.Series = l.chart.Series
	x, _ := full.scales(2)
	now := x
	if a.lo < a.hi {
		if now = plot.Linear(a.lo, a.hi); full.LogX {
			now = plot.Log(a.lo, a.hi)
		}
	}
	mid := .5
	if at := now.At(l.cross()); at >= 0 && at <= 1 {
		mid = at
	}
	half := .25
	if !in {
		half = 1
	}
	lo, hi := now.Value(mid-half), now.Value(mid+half)
	lo, hi = max(lo, x.Lo), min(hi, x.Hi)
	if lo <= x.Lo && hi >= x.Hi {
		a.lo, a.hi = 0, 0
		return
	}
	// Where samples lie far apart, those on both sides stay in sight.
	all, middle := l.places(), now.Value(mid)
	for i := range all {
		if all[i] < middle && (i+1 == len(all) || all[i+1] >= middle) {
			lo = min(lo, all[i])
		}
		if all[i] > middle && (i == 0 || all[i-1] <= middle) {
			hi = max(hi, all[i])
		}
	}
	a.lo, a.hi = lo, hi
}

func (l *Lens) turn(i int) {
	if l.logs == nil {
		l.logs = map[string][2]bool{}
	}
	t := l.logs[l.name]
	t[i] = !t[i]
	l.logs[l.name] = t
}

// pin keeps the readout at the cross-hair, or lets it go; the oldest makes room.
func (l *Lens) pin() {
	a, x := l.axis(l.chart.XName), l.cross()
	if i := slices.Index(a.pins, x); i >= 0 {
		a.pins = slices.Delete(a.pins, i, i+1)
		return
	}
	if a.pins = append(a.pins, x); len(a.pins) > mostPins {
		a.pins = a.pins[1:]
	}
}

func (l *Lens) toggle() {
	if l.series >= len(l.chart.Series) {
		return
	}
	if l.hidden == nil {
		l.hidden = map[string]bool{}
	}
	name := l.chart.Series[l.series].Name
	l.chosen = true
	l.hidden[name] = !l.hidden[name]
}

// Around are the keys for a chart whose cross-hair, series and intervals the screen has
// keys of its own for.
func (l *Lens) Around(redraw func()) []Action {
	return slices.DeleteFunc(l.Actions(redraw), func(a Action) bool {
		switch a.ID {
		case "chart.zoom-in", "chart.zoom-out", "chart.y", "chart.smooth", "chart.pin":
			return false
		}
		return true
	})
}

// Actions are the keys of the chart that has the focus; redraw is called after each.
// They come before those of the screen.
func (l *Lens) Actions(redraw func()) []Action {
	some := func() (bool, string) { return len(l.chart.Series) > 0, "there is no line here" }
	crossed := func() (bool, string) {
		return !math.IsNaN(l.cross()), "move the cross-hair with h and l first"
	}
	act := func(hint int, name, title string, can func() (bool, string), do func(), keys ...string) Action {
		return Action{ID: "chart." + name, Title: title, Keys: keys, Scope: "chart", Group: "chart", Hint: hint, Enabled: can,
			Do: func() (Intent, tea.Cmd) { do(); redraw(); return nil, nil }}
	}
	choose := func(by int) func() {
		return func() {
			if n := len(l.chart.Series); n > 0 {
				l.series = (l.series + by + n) % n
			}
			l.chosen = true
		}
	}
	return []Action{
		act(2, "right", "cross-hair right", some, func() { l.move(1) }, "l", "right"),
		act(0, "left", "cross-hair left", some, func() { l.move(-1) }, "h", "left"),
		act(0, "far-right", "ten samples right", some, func() { l.move(10) }, "L"),
		act(0, "far-left", "ten samples left", some, func() { l.move(-10) }, "H"),
		act(3, "zoom-in", "zoom", some, func() { l.zoom(true) }, "+"),
		act(0, "zoom-out", "zoom out", some, func() { l.zoom(false) }, "-"),
		act(0, "fit", "show all, no cross-hair", some, func() { *l.axis(l.chart.XName) = lensAxis{cross: math.NaN()} }, "0"),
		act(4, "x", "x linear or log", some, func() { l.turn(0) }, "x"),
		act(0, "y", "y linear or log", some, func() { l.turn(1) }, "y"),
		act(0, "bands", "intervals", some, func() { l.plain = !l.plain }, "b"),
		act(0, "smooth", "smoothing", some, func() { l.smooth = (l.smooth + 1) % len(smoothings) }, "s"),
		act(5, "pin", "pin the readout", crossed, l.pin, "i"),
		act(0, "next-series", "next series", some, choose(1), "J"),
		act(0, "previous-series", "series before", some, choose(-1), "K"),
		act(6, "toggle", "hide or show the series", some, l.toggle, "space"),
	}
}
