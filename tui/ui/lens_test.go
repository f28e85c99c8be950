package ui_test

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"assay/themes"
	"assay/tui/ui"
)

// looking is a lens over two charts that share an axis, the first with the focus.
type looking struct {
	t    *testing.T
	c    *ui.Context
	lens *ui.Lens
	h    int
	top  ui.Chart
}

func look(t *testing.T) *looking {
	t.Helper()
	th, err := themes.Load("mono", "", themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{1, 2, 4, 8, 16, 32}
	return &looking{t, &ui.Context{Theme: th, ASCII: true}, &ui.Lens{}, 18, ui.Chart{XName: "n", Cross: math.NaN(), Series: []ui.Series{
		{Name: "left", X: x, Y: []float64{1, 3, 2, 6, 4, 8}, Lo: []float64{0, 2, 1, 5, 3, 7}, Hi: []float64{2, 4, 3, 7, 5, 9}},
		{Name: "right", X: x, Y: []float64{9, 7, math.NaN(), 5, 3, 1}},
	}}}
}

func (l *looking) text() string {
	return ansi.Strip(strings.Join(l.lens.Lines(l.c, "top", l.top, 60, l.h, true), "\n"))
}

// other is the second chart, which has one series.
func (l *looking) other() string {
	ch := ui.Chart{XName: "n", Cross: math.NaN(), Series: []ui.Series{{Name: "time", X: []float64{1, 16, 32}, Y: []float64{10, 20, 30}}}}
	return ansi.Strip(strings.Join(l.lens.Lines(l.c, "other", ch, 60, l.h, false), "\n"))
}

// press does what keys are bound to; an action that is not possible fails the test.
func (l *looking) press(keys ...string) *looking {
	l.t.Helper()
	for _, k := range keys {
		l.text() // as a screen is drawn before each key
		done := false
		for _, a := range l.lens.Actions(func() {}) {
			for _, own := range a.Keys {
				if own == k {
					if ok, why := a.Possible(); !ok {
						l.t.Fatalf("%s: %s", k, why)
					}
					a.Do()
					done = true
				}
			}
		}
		if !done {
			l.t.Fatalf("%s does nothing", k)
		}
	}
	return l
}

func (l *looking) see(parts ...string) *looking {
	l.t.Helper()
	for _, p := range parts {
		if text := l.text(); !strings.Contains(text, p) {
			l.t.Errorf("%q is not in\n%s", p, text)
		}
	}
	return l
}

func TestTheCrossHairSnapsToSamplesAndIsShared(t *testing.T) {
	l := look(t)
	l.press("l").see("n 32.0  a left 8.00  b right 1.00")
	l.press("h").see("n 16.0  a left 4.00  b right 3.00")
	if !strings.Contains(l.other(), "n 16.0  a time 20.0") {
		t.Errorf("the other chart stands elsewhere:\n%s", l.other())
	}
	l.press("h", "h").see("n 4.00  a left 2.00  b right NaN")
	l.press("L").see("n 32.0").press("H").see("n 1.00")
}

func TestReadoutsArePinnedAndLetGo(t *testing.T) {
	l := look(t)
	l.press("l", "i", "h", "i", "h").see("n 8.00  a left 6.00", "1 n 32.0  a left 8.00", "2 n 16.0  a left 4.00")
	l.press("l", "i")
	if text := l.text(); strings.Contains(text, "2 n") {
		t.Errorf("the pin at 16 is still there:\n%s", text)
	}
	l.press("0")
	if text := l.text(); strings.Contains(text, "n 32.0") {
		t.Errorf("pins are left:\n%s", text)
	}
}

func TestZoomGoesToTheCrossHairAndComesBack(t *testing.T) {
	l := look(t)
	before := l.text()
	l.press("l", "h", "+").see("zoomed")
	if !strings.Contains(l.other(), "zoomed") {
		t.Error("the other chart is not zoomed")
	}
	if axis := strings.Split(l.text(), "\n")[15]; strings.Contains(axis, " 5 ") || !strings.Contains(axis, " 15 ") {
		t.Errorf("the axis still begins at 1: %s", axis)
	}
	l.press("h", "h").see("n 4.00") // what is shown goes along
	l.press("-", "-", "0")
	if l.text() != before {
		t.Errorf("not as before:\n%s", l.text())
	}
}

func TestAxesTurnToLogarithmsOneChartAtATime(t *testing.T) {
	l := look(t)
	l.press("x").see("x log, y linear").press("y").see("x log, y log")
	if strings.Contains(l.other(), "log") {
		t.Error("the other chart turned too")
	}
	l.press("x", "y")
	if strings.Contains(l.text(), "log") {
		t.Error("it did not turn back")
	}
}

func TestSeriesAreHiddenSmoothedAndBared(t *testing.T) {
	l := look(t)
	l.press("J", "space").see("b right hidden", "space: b right")
	l.press("l").see("n 32.0  a left 8.00")
	if text := l.text(); strings.Contains(text, "b right 1.00") {
		t.Errorf("the readout tells of a hidden series:\n%s", text)
	}
	l.press("space", "s").see("mean of 3 samples", "a left 6.00") // of 4 and 8
	strokes := strings.Count(l.text(), ":")
	l.press("s", "s", "s", "s", "b").see("no intervals", "a left 8.00")
	if n := strings.Count(l.text(), ":"); n >= strokes {
		t.Errorf("%d cells of intervals, before %d", n, strokes)
	}
	l.press("b", "s", "s").see("mean of 5 samples", "b right") // a gap stays a gap
	if !strings.Contains(l.text(), "1 NaN") {
		t.Errorf("the gap is gone:\n%s", l.text())
	}
}

func TestALensTakesAnyChartAndSize(t *testing.T) {
	l := look(t)
	l.press("l", "i", "+", "s", "x", "y")
	for _, top := range []ui.Chart{{}, {Cross: math.NaN()}, {XName: "n", Series: []ui.Series{{Name: "none"}}}, {XName: "n", Series: []ui.Series{{X: []float64{-1, 0}, Y: []float64{-2, math.NaN()}, Lo: []float64{1}}}}} {
		for h := range 30 {
			for _, w := range []int{1, 7, 20, 90} {
				if n := len(l.lens.Lines(l.c, "top", top, w, h, true)); n > max(h, 1) {
					t.Fatalf("%d lines of %d", n, h)
				}
			}
		}
		for _, a := range l.lens.Actions(func() {}) {
			if ok, _ := a.Possible(); ok {
				a.Do()
			}
		}
	}
}
