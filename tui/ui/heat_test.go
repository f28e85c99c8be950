package ui_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"assay/core/plot"
	"assay/themes"
	"assay/tui/ui"
)

func chartContext(t testing.TB, theme string, d themes.Depth) *ui.Context {
	t.Helper()
	th, err := themes.Load(theme, "", d)
	if err != nil {
		t.Fatal(err)
	}
	return &ui.Context{Theme: th}
}

func grid(rows ...[]int) ui.Heat {
	return ui.Heat{Rows: len(rows), Cols: len(rows[0]), CursorRow: -1, CursorCol: -1, Step: func(r, c int) int { return rows[r][c] }}
}

func TestHeatWithoutColoursDrawsTheRampOfCharacters(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	h := grid([]int{0, 1, 3, 5, 8, 10, 12, 15, plot.NoStep}, []int{15, 15, 0, 0, 0, 0, 0, 0, 0})
	if ui.HeatHalves(c, 20, 3) {
		t.Error("half blocks need colours")
	}
	h.CursorRow, h.CursorCol = 1, 1
	got := h.Lines(c, false)
	want := []string{" .:-+*#@?", "@\x1b[7m@\x1b[m       "}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestHeatSendsColoursOnlyWhereTheyChange(t *testing.T) {
	c := chartContext(t, "default-dark", themes.ANSI256)
	bg := func(step int) string { return c.Theme.Ramp(step).Bg }
	fg := func(step int) string { return c.Theme.Ramp(step).Fg }
	h := grid([]int{0, 0, 5, 5, 5, 9, 0})
	want := "  \x1b[" + bg(5) + "m   \x1b[" + bg(9) + "m \x1b[m "
	if d := cmp.Diff(want, h.Lines(c, false)[0]); d != "" {
		t.Error(d)
	}

	two := grid([]int{0, 3, 0, 7, 7, 7}, []int{0, 0, 4, 7, 7, 9})
	want = " \x1b[" + fg(3) + "m▀\x1b[" + fg(4) + "m▄\x1b[39;" + bg(7) + "m  \x1b[" + fg(7) + ";" + bg(9) + "m▀\x1b[m"
	if d := cmp.Diff(want, two.Lines(c, true)[0]); d != "" {
		t.Error(d)
	}
}

func TestHeatShowsWhichHalfTheCursorIsOn(t *testing.T) {
	c := chartContext(t, "default-dark", themes.ANSI256)
	h := grid([]int{1, 2}, []int{3, 4}, []int{5, 6})
	for row, want := range []string{"^", "v", "^"} {
		h.CursorRow, h.CursorCol = row, 1
		got := h.Lines(c, true)
		if len(got) != 2 || !strings.HasSuffix(ansi.Strip(got[row/2]), want) {
			t.Errorf("row %d: %q", row, got)
		}
	}
}

func TestHeatWideCellsAndGlyphs(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	h := grid([]int{15, 0, 15})
	h.CellWidth = 3
	h.Glyph = func(_, col int) (byte, string) {
		if col == 1 {
			return '+', "added"
		}
		return 0, ""
	}
	if got := ansi.Strip(h.Lines(c, false)[0]); got != "@@@+++@@@" {
		t.Errorf("%q", got)
	}
}

func TestHeatHasTheSameShapeAtEveryDepth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, d := range []themes.Depth{themes.Mono, themes.ANSI16, themes.ANSI256, themes.TrueColor} {
		c := chartContext(t, "default-dark", d)
		for range 50 {
			rows, cols := 1+r.IntN(20), 1+r.IntN(60)
			h := ui.Heat{
				Rows: rows, Cols: cols, CellWidth: r.IntN(4), CursorRow: r.IntN(rows+1) - 1, CursorCol: r.IntN(cols),
				Diverging: r.IntN(2) == 0, Step: func(int, int) int {
					if r.IntN(30) == 0 {
						return plot.NoStep
					}
					return r.IntN(23) - 7
				},
			}
			half := ui.HeatHalves(c, rows, 10)
			lines := h.Lines(c, half)
			want := rows
			if half {
				want = (rows + 1) / 2
			}
			if len(lines) != want {
				t.Fatalf("%d lines for %d rows, half %v", len(lines), rows, half)
			}
			for _, l := range lines {
				if n := ansi.StringWidth(l); n != cols*max(h.CellWidth, 1) {
					t.Fatalf("depth %v: width %d, want %d: %q", d, n, cols*max(h.CellWidth, 1), l)
				}
				if d == themes.Mono && strings.ContainsAny(l, "\x1b") && strings.Contains(l, "[3") {
					t.Fatalf("colours in mono: %q", l)
				}
			}
		}
	}
}

func TestLowStepsShowAtSixteenColours(t *testing.T) {
	for _, theme := range []string{"default-dark", "default-light"} {
		c := chartContext(t, theme, themes.ANSI16)
		for step := 1; step < plot.StepCount; step++ {
			if s := ui.Shade(c, step, false); s.Fg == c.Theme.Ramp(0).Fg || s.Char == ' ' {
				t.Errorf("%s: step %d looks like zero: %+v", theme, step, s)
			}
		}
		for step := 1; step <= plot.DivergeMost; step++ {
			if up, down := ui.Shade(c, step, true), ui.Shade(c, -step, true); up.Char == down.Char {
				t.Errorf("%s: the sign of step %d rests on colour", theme, step)
			}
		}
	}
}

func TestRulersKeepToTheirCells(t *testing.T) {
	c := chartContext(t, "mono", themes.Mono)
	c.ASCII = true
	got := ui.SpanRuler(c, 30, []ui.Span{
		{Lo: 0, Hi: 1, Labels: []string{"prefix", "p"}},
		{Lo: 1, Hi: 10, Labels: []string{"chunk1", "c1"}},
		{Lo: 10, Hi: 14, Labels: []string{"chunk2", "c2"}},
		{Lo: 14, Hi: 14, Labels: []string{"lost"}},
		{Lo: 14, Hi: 26, Labels: []string{"chunk3"}},
	})
	if want := "||chunk1  |c2 |chunk3     |   "; ansi.Strip(got) != want {
		t.Errorf("got %q, want %q", ansi.Strip(got), want)
	}
	if got := ansi.Strip(ui.MarkRuler(c, []byte("^ +x"))); got != "^ +x" {
		t.Errorf("%q", got)
	}
}

func TestScaleLegendSaysWhereItIsClipped(t *testing.T) {
	v := make([]float32, 400)
	for i := range v {
		v[i] = float32(i) / 1000
	}
	v[0] = 9
	s := plot.NewSteps(plot.LinearSteps, v)
	c := chartContext(t, "mono", themes.Mono)
	text := strings.Join(ui.ScaleLegend(c, s, 40), "\n")
	for _, want := range []string{"@@ >", "blank 0", "max 9.00", "clipped at .398"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q misses %q", text, want)
		}
	}
	line := ansi.Strip(ui.ScaleLine(c, s))
	if !strings.HasPrefix(line, "0 .") || !strings.HasSuffix(line, "%%@ .398 clip, max 9.00") {
		t.Errorf("%q", line)
	}
	d := ansi.Strip(ui.DivergeLine(c, plot.NewDiverging([]float32{-1, .5})))
	if d != "-.998 0Oo-~;,0.:+*#%@ +.998 clip, max 1.00" {
		t.Errorf("%q", d)
	}
}

func ExampleHeat() {
	th, _ := themes.Load("mono", "", themes.Mono)
	c := &ui.Context{Theme: th, ASCII: true}
	for _, cols := range []int{16, 32, 64} {
		h := ui.Heat{Rows: 4, Cols: cols, CursorRow: -1, CursorCol: -1, Step: func(r, col int) int {
			return int(15 * math.Abs(math.Sin(float64(col)*6/float64(cols)+float64(r)/3)))
		}}
		for _, l := range h.Lines(c, false) {
			fmt.Println("[" + l + "]")
		}
	}
	// Output:
	// [ -*%%%#=.:+#%%#+]
	// [:+%%%#=..+#%%%+:]
	// [+#%%#+:.=#%%%*- ]
	// [#%%#+:.=#%%%*- -]
	// [ .-=*#%%%%%%#+=:. :=+*#%%%%%##+=]
	// [:=+#%%%%%%#*=-. .-+*#%%%%%%#+=:.]
	// [+##%%%%%#*+=: .:=+#%%%%%%#*=-. .]
	// [#%%%%%##+=:..:=+##%%%%%#*+-: .-=]
	// [ ..:-==+*###%%%%%%%%%%%##*++==::.  .::==++*##%%%%%%%%%%%###*++=-]
	// [:==++*##%%%%%%%%%%%###*+==-:.. ..:-=++*###%%%%%%%%%%%##*++==::. ]
	// [+*###%%%%%%%%%%%##*++==::.  .::==++*##%%%%%%%%%%%###*+==-:.. ..:]
	// [#%%%%%%%%%%%###*+==-:.. .::-=++*###%%%%%%%%%%%##*++=-::.  .:-==+]
}

func BenchmarkHeat(b *testing.B) {
	c := chartContext(b, "default-dark", themes.ANSI256)
	r := rand.New(rand.NewPCG(1, 1))
	steps := make([]int, 56*94)
	for i := range steps {
		steps[i] = r.IntN(16)
	}
	h := ui.Heat{Rows: 56, Cols: 94, CursorRow: 3, CursorCol: 4, Step: func(row, col int) int { return steps[row*94+col] }}
	b.ReportAllocs()
	for b.Loop() {
		h.Lines(c, true)
	}
}
