package plot_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/plot"
)

var nan = math.NaN()

func TestTicksAreOneTwoFive(t *testing.T) {
	cases := []struct {
		name   string
		s      plot.Scale
		n      int
		want   []float64
		labels []string
	}{
		{"unit", plot.Linear(0, 1), 6, []float64{0, .2, .4, .6, .8, 1}, []string{".0", ".2", ".4", ".6", ".8", "1.0"}},
		{"not on the bounds", plot.Linear(.03, .47), 5, []float64{.1, .2, .3, .4}, []string{".1", ".2", ".3", ".4"}},
		{"through zero", plot.Linear(-1, 1), 3, []float64{-1, 0, 1}, []string{"-1", "0", "1"}},
		{"thousands", plot.Linear(0, 20000), 3, []float64{0, 10000, 20000}, []string{"0", "10.0k", "20.0k"}},
		{"decades", plot.Log(1e-4, 10), 6, []float64{1e-4, 1e-3, 1e-2, .1, 1, 10}, []string{"1.0e-04", ".0010", ".010", ".100", "1.00", "10.0"}},
		{"every second decade", plot.Log(1e-6, 1), 4, []float64{1e-6, 1e-4, 1e-2, 1}, nil},
		{"within a decade", plot.Log(.02, .3), 4, []float64{.02, .05, .1, .2}, []string{".020", ".050", ".100", ".200"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := c.s.Ticks(c.n)
			if !near(got, c.want) {
				t.Errorf("ticks %v, want %v", got, c.want)
			}
			if c.labels != nil {
				if d := cmp.Diff(c.labels, c.s.Labels(got)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestScalePlacesAndInverts(t *testing.T) {
	for _, s := range []plot.Scale{plot.Linear(2, 4), plot.Log(.01, 100), plot.Linear(3, 3), plot.Linear(nan, 1), plot.Log(-1, -2), plot.Log(5, 5), plot.Linear(4, 2)} {
		for _, at := range []float64{0, .25, .5, 1} {
			if got := s.At(s.Value(at)); math.Abs(got-at) > 1e-9 {
				t.Errorf("%+v: At(Value(%v)) = %v", s, at, got)
			}
		}
	}
	if got := plot.Log(1, 100).At(10); math.Abs(got-.5) > 1e-12 {
		t.Errorf("the middle decade is at %v", got)
	}
	if !math.IsNaN(plot.Log(1, 10).At(0)) || !math.IsNaN(plot.Linear(0, 1).At(nan)) {
		t.Error("a value without a place got one")
	}
}

func TestNiceKeepsZeroAndCovers(t *testing.T) {
	if got := plot.Nice(0, .412, 5, false); got.Lo != 0 || math.Abs(got.Hi-.5) > 1e-12 {
		t.Errorf("0...412: %+v", got)
	}
	if got := plot.Nice(.0031, .87, 5, true); math.Abs(got.Lo-.002) > 1e-12 || math.Abs(got.Hi-1) > 1e-12 {
		t.Errorf("log: %+v", got)
	}
}

func TestNumberFitsSevenCharacters(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", .412: ".412", .031: ".031", .0092: ".0092", 3.1e-5: "3.1e-05", 1.414: "1.41", 31.22: "31.2", 508: "508",
		-.25: "-.250", 18204: "18.2k", 9999.4: "9999", 9999.6: "10.0k", .9996: "1.00", 1.5e6: "1.50M", 2e21: "2.0e+21",
	} {
		if got := plot.Number(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		v := math.Exp(r.Float64()*120-60) * float64(1-2*r.IntN(2))
		if got := plot.Number(v); len(got) > 8 || v > 0 && len(got) > 7 {
			t.Fatalf("%v: %q is too long", v, got)
		}
	}
	if plot.Number(nan) != "NaN" || plot.Number(math.Inf(-1)) != "-Inf" {
		t.Error("NaN or -Inf")
	}
}

func TestDecimateKeepsFirstMinMaxLast(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	y := []float64{5, 9, 1, 4, nan, 7, 2, 3, 8, math.Inf(1)}
	got, gaps := plot.Decimate(x, y, plot.Linear(0, 9), 4)
	// Columns by round(x/9*3): 0 1 | 2 3 4 | 5 6 7 | 8 9.
	want := []plot.Column{
		{X: 0, First: 5, Min: 5, Max: 9, Last: 9},
		{X: 1, First: 1, Min: 1, Max: 4, Last: 4},
		{X: 2, First: 7, Min: 2, Max: 7, Last: 3, Break: true},
		{X: 3, First: 8, Min: 8, Max: 8, Last: 8},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if gaps != 2 {
		t.Errorf("%d gaps, want 2", gaps)
	}
	if c, _ := plot.Decimate(x, y, plot.Linear(20, 30), 4); len(c) != 0 {
		t.Errorf("samples outside of the scale came back: %v", c)
	}
}

func TestReduceByMaxMeanAndP95(t *testing.T) {
	m := plot.Matrix{Rows: 2, Cols: 5, Values: []float32{0, 1, 2, 3, 4, 10, float32(nan), 30, 40, 50}}
	g := plot.Reduce(m, 0, 5, 2, 2, plot.Max)
	if d := cmp.Diff([]int{0, 2, 5}, g.ColAt); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]float32{1, 4, 10, 50}, g.Values); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]float32{.5, 3, 10, 40}, plot.Reduce(m, 0, 5, 2, 2, plot.Mean).Values); d != "" {
		t.Error(d)
	}
	// One row of both: 0 1 2 3 4 10 30 40 50, nearest rank ceil(.95*9) = 9: the ninth.
	if d := cmp.Diff([]float32{50}, plot.Reduce(m, 0, 5, 1, 1, plot.P95).Values); d != "" {
		t.Error(d)
	}
	signed := plot.Matrix{Rows: 1, Cols: 4, Values: []float32{.1, -.5, .4, -.4}}
	if d := cmp.Diff([]float32{-.5, .4}, plot.Reduce(signed, 0, 4, 1, 2, plot.Extreme).Values); d != "" {
		t.Error(d)
	}
	twenty := make([]float32, 20)
	for i := range twenty {
		twenty[i] = float32(19 - i)
	}
	// ceil(.95*20) = 19: the second largest.
	if got := plot.Reduce(plot.Matrix{Rows: 1, Cols: 20, Values: twenty}, 0, 20, 1, 1, plot.P95).Values[0]; got != 18 {
		t.Errorf("p95 of 0..19 is %v", got)
	}
	part := plot.Reduce(m, 1, 3, 9, 9, plot.Max)
	if part.Rows != 2 || part.Cols != 2 || part.At(0, 1) != 2 || part.At(1, 0) == part.At(1, 0) {
		t.Errorf("a window wider than its values: %+v", part)
	}
	for _, g := range []plot.Grid{plot.Reduce(m, 3, 3, 2, 2, plot.Max), plot.Reduce(plot.Matrix{}, 0, 5, 2, 2, plot.Max), plot.Reduce(m, 0, 5, 0, 2, plot.Max)} {
		if g.Rows != 0 || g.Cols != 0 {
			t.Errorf("an empty selection gave cells: %+v", g)
		}
	}
}

func TestFindIsTheInverseOfCuts(t *testing.T) {
	for _, c := range [][3]int{{0, 290, 77}, {5, 9, 100}, {0, 1, 1}, {100, 4000, 33}} {
		at := plot.Cuts(c[0], c[1], c[2])
		for v := c[0]; v < c[1]; v++ {
			i := plot.Find(at, v)
			if i < 0 || v < at[i] || v >= at[i+1] {
				t.Fatalf("%v: %d found in range %d of %v", c, v, i, at)
			}
		}
		if plot.Find(at, c[0]-1) != -1 || plot.Find(at, c[1]) != -1 {
			t.Errorf("%v: a value outside was found", c)
		}
	}
}

func TestStepsLeaveZeroToZeroAlone(t *testing.T) {
	v := make([]float32, 0, 301)
	for i := range 301 {
		v = append(v, float32(i)/100) // 0..3.00
	}
	lin := plot.NewSteps(plot.LinearSteps, v)
	// 300 values above zero, 0.01..3.00: the 99.5 % quantile lies at rank .995*299 = 297.505.
	if math.Abs(lin.Clip-2.98505) > 1e-4 || !lin.Clipped() || math.Abs(lin.Top-3) > 1e-6 {
		t.Errorf("clip %v top %v", lin.Clip, lin.Top)
	}
	for _, c := range []struct {
		v    float32
		want int
	}{{0, 0}, {-1, 0}, {1e-9, 1}, {.19, 1}, {.2, 2}, {2.9, 15}, {100, 15}, {float32(nan), plot.NoStep}} {
		if got := lin.Of(c.v); got != c.want {
			t.Errorf("linear %v: step %d, want %d", c.v, got, c.want)
		}
	}
	quant := plot.NewSteps(plot.QuantileSteps, v)
	count := map[int]int{}
	for _, x := range v {
		count[quant.Of(x)]++
	}
	for i := 1; i < plot.StepCount; i++ {
		if count[i] < 19 || count[i] > 21 {
			t.Errorf("quantile step %d holds %d of 300 values, want 20", i, count[i])
		}
	}
	log := plot.NewSteps(plot.LogSteps, []float32{.001, 1})
	for i := 2; i < plot.StepCount; i++ {
		if r := log.Edges[i] / log.Edges[i-1]; math.Abs(r-math.Pow(log.Clip/.001, 1./15)) > 1e-3 {
			t.Errorf("log step %d grows by %v", i, r)
		}
	}
}

func TestStepsAreMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	v := make([]float32, 200000)
	for i := range v {
		v[i] = float32(math.Exp(r.NormFloat64()))
	}
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	for _, k := range []plot.StepKind{plot.LinearSteps, plot.LogSteps, plot.QuantileSteps} {
		s := plot.NewSteps(k, v[:100000], v[100000:])
		if float32(s.Top) != sorted[len(sorted)-1] {
			t.Errorf("%v: the largest value is lost: %v", k, s.Top)
		}
		last := 1
		for i := 0; i < len(sorted); i += 97 {
			step := s.Of(sorted[i])
			if step < last || step > 15 {
				t.Fatalf("%v: step %d after %d", k, step, last)
			}
			last = step
		}
		if last != 15 {
			t.Errorf("%v: the largest values stop at step %d", k, last)
		}
	}
}

func TestConstantAndEmptyScales(t *testing.T) {
	for _, k := range []plot.StepKind{plot.LinearSteps, plot.LogSteps, plot.QuantileSteps} {
		s := plot.NewSteps(k, []float32{2, 2, 2})
		if got := s.Of(2); got != 15 || s.Clipped() {
			t.Errorf("%v: equal values are on step %d", k, got)
		}
		if got := plot.NewSteps(k, []float32{0, 0}).Of(0); got != 0 {
			t.Errorf("%v: zero is on step %d", k, got)
		}
		plot.NewSteps(k).Of(1) // nothing to compare with: no panic
	}
}

func TestDivergingIsSymmetric(t *testing.T) {
	d := plot.NewDiverging([]float32{-2, 1, 0, float32(nan), 2})
	for _, c := range []struct {
		v    float32
		want int
	}{{0, 0}, {.1, 0}, {-.1, 0}, {2, 7}, {-2, -7}, {1, 4}, {-1, -4}, {50, 7}, {float32(nan), plot.NoStep}} {
		if got := d.Of(c.v); got != c.want {
			t.Errorf("%v: step %d, want %d", c.v, got, c.want)
		}
	}
	if (plot.Diverging{}).Of(3) != 0 {
		t.Error("a scale of nothing has steps")
	}
}

func FuzzScales(f *testing.F) {
	f.Add(0., 1., 5)
	f.Add(-1e300, 1e300, 3)
	f.Add(1e-320, 1e-319, 0)
	f.Fuzz(func(t *testing.T, lo, hi float64, n int) {
		n = min(max(n, -5), 200)
		for _, s := range []plot.Scale{plot.Linear(lo, hi), plot.Log(lo, hi), plot.Nice(lo, hi, n, false), plot.Nice(lo, hi, n, true)} {
			ticks := s.Ticks(n)
			if len(ticks) > 2000 || len(s.Labels(ticks)) != len(ticks) {
				t.Fatalf("%+v: %d ticks", s, len(ticks))
			}
			if !slices.IsSorted(ticks) {
				t.Fatalf("%+v: %v", s, ticks)
			}
		}
	})
}

func near(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(y)) })
}
