package ui_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"assay/themes"
	"assay/tui/ui"
)

func TestBarsPutTheValueAtTheEnd(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	c.ASCII = true
	b := ui.Bars{Cursor: 1, Rows: []ui.Bar{
		{Label: "full", Value: 20, Text: "20 ms"},
		{Label: "reuse", Value: 5},
		{Label: "blend", Value: math.NaN()},
		{Label: "zero", Value: 0},
	}}
	got := b.Lines(c, 24)
	want := []string{
		"  full  ########## 20 ms",
		"> reuse ### 5.00",
		"  blend -",
		"  zero   0",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestBarsDrawIntervals(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	c.ASCII = true
	b := ui.Bars{Max: 1, Cursor: -1, Rows: []ui.Bar{{Label: "a", Value: .5, Lo: .4, Hi: .8, Text: "x"}}}
	// 16 cells: interval from round(.4*15) = 6 to round(.8*15) = 12, the value at round(.5*15) = 8.
	if d := cmp.Diff([]string{"  a ######[-+---] x"}, b.Lines(c, 22)); d != "" {
		t.Error(d)
	}
}

func TestMeterUsesEighths(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	for share, want := range map[float64]string{0: "", .5: "█████", .5625: "█████▋", 1: "██████████", 2: "██████████", 1e-9: "▏", math.NaN(): ""} {
		if got := ui.Meter(c, share, 10); got != want {
			t.Errorf("%v: %q, want %q", share, got, want)
		}
	}
}

func TestStackIsAsLongAsItsTotal(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	parts := []ui.Part{{Name: "load", Value: 3.4}, {Name: "check", Value: 3.3}, {Name: "recompute", Value: 3.3}}
	if got := ui.Stack(c, parts, 10, 10); got != "lllccccrrr" {
		t.Errorf("%q", got)
	}
	col := chartContext(t, "default-dark", themes.ANSI256)
	if got := ansi.Strip(ui.Stack(col, parts, 10, 10)); got != "l  c   r  " {
		t.Errorf("%q", got)
	}
}

func TestLanePlacesPieces(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	got := ui.Lane(c, []ui.Piece{{Part: ui.Part{Name: "x", Value: 2}, At: 1}, {Part: ui.Part{Name: "y", Value: 1}, At: 5}}, 10, 10)
	if got != " xx  y" {
		t.Errorf("%q", got)
	}
	if ui.Lane(c, nil, 0, 10) != "" {
		t.Error("a lane of nothing has ink")
	}
}

func ExampleBars() {
	th, _ := themes.Load("mono", "", themes.Mono)
	c := &ui.Context{Theme: th, ASCII: true}
	b := ui.Bars{Cursor: -1, Rows: []ui.Bar{{Label: "full", Value: 508}, {Label: "blend", Value: 212}}}
	for _, w := range []int{20, 30, 40} {
		fmt.Println(strings.Join(b.Lines(c, w), "\n"))
	}
	// Output:
	//   full  ######## 508
	//   blend ### 212
	//   full  ################## 508
	//   blend ######## 212
	//   full  ############################ 508
	//   blend ############ 212
}
