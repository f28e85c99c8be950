package ui_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"assay/core/plot"
	"assay/themes"
	"assay/tui/ui"
)

func layers() []ui.Series {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7}
	return []ui.Series{
		{Name: "mean", X: x, Y: []float64{0, .05, .08, .1, .09, .08, .08, .07}},
		{Name: "p95", X: x, Y: []float64{0, .2, .35, .41, .4, .36, .3, .28}},
	}
}

func TestIntervalsAreDrawnAroundSamples(t *testing.T) {
	th, err := themes.Load("mono", "", themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	c := &ui.Context{Theme: th, ASCII: true}
	ch := ui.Chart{Cross: math.NaN(), Series: []ui.Series{{Name: "a", X: []float64{0, 1, 2}, Y: []float64{1, 1, 1}, Lo: []float64{0, 1, .5}, Hi: []float64{2, 1, math.NaN()}}}}
	strokes := 0
	for _, line := range ch.Lines(c, 40, 14) {
		strokes += strings.Count(line, ":")
	}
	// The first sample has one from top to bottom, the second none, the third no upper end.
	if strokes < 6 || strokes > 11 {
		t.Errorf("%d cells of strokes in\n%s", strokes, strings.Join(ch.Lines(c, 40, 14), "\n"))
	}
}

func ExampleChart() {
	th, _ := themes.Load("mono", "", themes.Mono)
	c := &ui.Context{Theme: th, ASCII: true}
	ch := ui.Chart{XName: "layer", YName: "dV", Series: layers(), Cross: math.NaN()}
	fmt.Println(strings.Join(ch.Lines(c, 40, 12), "\n"))
	// Output:
	// dV  a mean .070  b p95 .280
	//   |
	//   |            ...+
	// .4+         .+.    ...+....+.
	//   |       ..                 ...+.
	//   |      .                        ...+b
	// .2+    .+
	//   |  ..        ...o
	//   | ....o....o.    ...o....o....o....oa
	// .0+o.
	//   ++---------+--------+---------+-----
	//    0         2        4         6  layer
}

func TestChartIsExactlyAsLargeAsAsked(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, d := range []themes.Depth{themes.Mono, themes.ANSI256} {
		for _, ascii := range []bool{true, false} {
			c := chartContext(t, "default-dark", d)
			c.ASCII = ascii
			for range 300 {
				ch := ui.Chart{XName: "x", YName: "y", LogY: r.IntN(2) == 0, LogX: r.IntN(4) == 0, Cross: math.NaN()}
				for range r.IntN(5) {
					s := ui.Series{Name: strings.Repeat("n", r.IntN(12)), Hidden: r.IntN(8) == 0}
					for i := range r.IntN(40) {
						y := r.NormFloat64()
						if r.IntN(10) == 0 {
							y = math.NaN()
						}
						s.X, s.Y = append(s.X, float64(i)), append(s.Y, y)
					}
					ch.Series = append(ch.Series, s)
				}
				if r.IntN(2) == 0 {
					ch.Cross = float64(r.IntN(40))
				}
				w, h := 1+r.IntN(130), 1+r.IntN(30)
				lines := ch.Lines(c, w, h)
				if len(lines) != h {
					t.Fatalf("%dx%d: %d lines", w, h, len(lines))
				}
				for _, l := range lines {
					if n := ansi.StringWidth(l); n > w {
						t.Fatalf("%dx%d: a line of %d cells: %q", w, h, n, l)
					}
				}
			}
		}
	}
}

func TestChartPutsALetterAtTheEndOfEachLine(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	ch := ui.Chart{XName: "layer", Series: layers(), Cross: math.NaN()}
	lines := ch.Lines(c, 50, 14)
	if !strings.Contains(lines[0], "a mean .070") || !strings.Contains(lines[0], "b p95 .280") {
		t.Errorf("legend %q", lines[0])
	}
	at := map[string]int{}
	for i, l := range lines[1:] {
		for _, letter := range []string{"a", "b"} {
			if strings.HasSuffix(strings.TrimRight(l, " "), letter) {
				at[letter] = i + 1
			}
		}
	}
	if at["a"] <= at["b"] || at["b"] == 0 {
		t.Errorf("letters on lines %v:\n%s", at, strings.Join(lines, "\n"))
	}
}

func TestChartReadsOutTheNearestSample(t *testing.T) {
	ch := ui.Chart{XName: "layer", Series: layers()}
	if got := ch.Readout(2.6); got != "layer 3.00  a mean .100  b p95 .410" {
		t.Errorf("%q", got)
	}
	c := chartContext(t, "mono", themes.Mono)
	ch.Cross = 3
	if got := ch.Lines(c, 60, 12)[0]; !strings.Contains(got, "b p95 .410") {
		t.Errorf("the legend does not follow the cross-hair: %q", got)
	}
}

func TestChartBreaksAtNaNAndCountsIt(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	ch := ui.Chart{YName: "y", Cross: math.NaN(), Series: []ui.Series{{Name: "s", X: []float64{0, 1, 2, 3, 4, 5}, Y: []float64{1, 1, math.NaN(), math.NaN(), 1, 1}}}}
	lines := ch.Lines(c, 60, 12)
	if !strings.Contains(lines[0], "2 NaN") {
		t.Errorf("legend %q", lines[0])
	}
	for _, l := range lines[1:10] {
		if strings.Contains(l, "⠉") || strings.Contains(l, "⣀") {
			if !strings.Contains(strings.Trim(l[strings.IndexAny(l, "┼│"):], " "), "     ") {
				t.Errorf("the line goes on through NaN: %q", l)
			}
		}
	}
}

func TestChartOnALogAxisLabelsDecades(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	ch := ui.Chart{XName: "ratio", LogY: true, Cross: math.NaN(), Series: []ui.Series{{Name: "v", X: []float64{.05, .15, .3}, Y: []float64{1, .01, .0001}}}}
	text := strings.Join(ch.Lines(c, 60, 16), "\n")
	for _, want := range []string{"1.00", ".010", "1.0e-04"} {
		if !strings.Contains(text, want) {
			t.Errorf("no label %s in\n%s", want, text)
		}
	}
	// A value without a logarithm is left out, not drawn somewhere.
	ch.Series[0].Y[2] = 0
	ch.Lines(c, 60, 16)
}

func BenchmarkChart(b *testing.B) {
	c := chartContext(b, "default-dark", themes.ANSI256)
	r := rand.New(rand.NewPCG(1, 1))
	ch := ui.Chart{XName: "step", YName: "v", Cross: 50, Y: plot.Linear(-4, 4)}
	for range 4 {
		s := ui.Series{Name: "s"}
		for i := range 115 {
			s.X, s.Y = append(s.X, float64(i)), append(s.Y, r.NormFloat64())
		}
		ch.Series = append(ch.Series, s)
	}
	b.ReportAllocs()
	for b.Loop() {
		ch.Lines(c, 58, 36)
	}
}

func TestZeroIsMarkedInsideAScale(t *testing.T) {
	th, err := themes.Load("mono", "", themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	c := &ui.Context{Theme: th, ASCII: true}
	for _, s := range []struct {
		y    []float64
		want bool
	}{{[]float64{-4, 6}, true}, {[]float64{4, 6}, false}, {[]float64{-4, -6}, false}} {
		ch := ui.Chart{Cross: math.NaN(), Series: []ui.Series{{Name: "a", X: []float64{0, 1}, Y: s.y}}}
		lines := ch.Lines(c, 40, 14)
		plot := strings.Join(lines[1:len(lines)-2], "\n")
		if got := strings.Contains(plot, "---"); got != s.want {
			t.Errorf("%v: zero is marked: %v\n%s", s.y, got, plot)
		}
	}
}
