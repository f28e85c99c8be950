package score_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/score"
)

// example returns a small network with drawn parameters and a batch.
func example(t testing.TB, name string) (prune.Spec, []float32, []float32, score.Batch) {
	t.Helper()
	var s prune.Spec
	switch name {
	case "conv":
		s = prune.Spec{Input: []int{2, 8, 8}, Layers: []prune.Layer{
			{Op: prune.Conv, Name: "conv1", Out: 4, Kernel: 3, Padding: 1, Bias: true}, {Op: prune.BatchNorm, Name: "bn1"}, {Op: prune.ReLU}, {Op: prune.MaxPool},
			{Op: prune.Conv, Name: "conv2", Out: 6, Kernel: 3}, {Op: prune.ReLU}, {Op: prune.AvgPool}, {Op: prune.Flatten},
			{Op: prune.Linear, Name: "fc", Out: 5, Bias: true},
		}}
	case "residual":
		s = prune.Spec{Input: []int{2, 6, 6}, Layers: []prune.Layer{
			{Op: prune.Conv, Name: "stem", Out: 4, Kernel: 3, Padding: 1}, {Op: prune.BatchNorm, Name: "bn0"}, {Op: prune.ReLU, Name: "r0"},
			{Op: prune.Shortcut, Name: "short", Out: 8, Stride: 2},
			{Op: prune.Conv, Name: "a", From: "r0", Out: 8, Kernel: 3, Stride: 2, Padding: 1}, {Op: prune.BatchNorm, Name: "bn1"}, {Op: prune.ReLU},
			{Op: prune.Conv, Name: "b", Out: 8, Kernel: 3, Padding: 1}, {Op: prune.BatchNorm, Name: "bn2"},
			{Op: prune.Add, Name: "sum", With: "short"}, {Op: prune.ReLU}, {Op: prune.GlobalAvg},
			{Op: prune.Linear, Name: "fc", Out: 5, Bias: true},
		}}
	default:
		var err error
		if s, err = prune.Named(name); err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.Layout()
	if err != nil {
		t.Fatal(err)
	}
	params, running, err := l.Init(3, prune.FanIn)
	if err != nil {
		t.Fatal(err)
	}
	r := prng.New(5, "example")
	for i := l.Prunable; i < l.Params; i++ { // biases, scales and shifts off their first values
		params[i] += float32(r.NormFloat64() * .1)
	}
	for _, st := range l.Stats {
		if st.Role == prune.Var {
			for i := range st.Len {
				running[st.Offset+i] = float32(.5 + r.Float64())
			}
		}
	}
	b := score.Batch{X: make([]float32, 12*s.InputLen()), Y: make([]int32, 12)}
	for i := range b.X {
		b.X[i] = float32(r.NormFloat64())
	}
	for i := range b.Y {
		b.Y[i] = int32(i % s.Classes())
	}
	return s, params, running, b
}

func always(b score.Batch) func(int) (score.Batch, error) {
	return func(int) (score.Batch, error) { return b, nil }
}

func method(t testing.TB, text string) prune.Method {
	t.Helper()
	m, err := prune.ParseMethod(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func scored(t testing.TB, spec prune.Spec, params, running []float32, o score.Options) *score.Result {
	t.Helper()
	l, err := spec.Layout()
	if err != nil {
		t.Fatal(err)
	}
	r, err := score.Run(context.Background(), newOracle(t, spec, params, running), l.Weights(), params[:l.Prunable], o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeptCountsAreExact(t *testing.T) {
	for _, c := range []struct {
		n    int
		e    float64
		want int
	}{
		{430500, 0, 430500}, {430500, 1, 43050}, {430500, 2, 4305}, {430500, 3, 431}, {1000, 1, 100}, {100, 2, 1}, {10, 1, 1},
		{14715584, 4, 1472}, {7, 0.5, 3}, {3, 1, 1},
	} {
		if got := score.Kept(c.n, c.e); got != c.want {
			t.Errorf("Kept(%d, %g) = %d, want %d", c.n, c.e, got, c.want)
		}
	}
}

func TestTiesGoToLowerIndices(t *testing.T) {
	s := []float64{1, 0, 1, math.Copysign(0, -1), 2, 1, -3}
	for k, want := range []string{"0000000", "0000100", "1000100", "1010100", "1010110", "1110110", "1111110", "1111111"} {
		got := ""
		for _, keep := range score.Select(s, nil, k) {
			got += map[bool]string{true: "1", false: "0"}[keep]
		}
		if got != want {
			t.Errorf("k %d: %s, want %s", k, got, want)
		}
	}
}

// Select against a full sort, on scores of all magnitudes with many ties.
func TestSelectIsASort(t *testing.T) {
	r := prng.New(1, "select")
	s := make([]float64, 5000)
	for i := range s {
		switch r.IntN(3) {
		case 0:
			s[i] = math.Exp(100 * r.NormFloat64())
		case 1:
			s[i] = float64(r.IntN(5)) - 2
		}
	}
	within := make(score.Mask, len(s))
	order := []int{}
	for i := range s {
		if within[i] = r.IntN(2) == 0; within[i] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s[b], s[a]) })
	for _, k := range []int{1, 17, 400, 1200, 1900, len(order)} {
		got := score.Select(s, within, k)
		if got.Kept() != k {
			t.Errorf("k %d: %d kept", k, got.Kept())
		}
		for _, i := range order[:k] {
			if !got[i] {
				t.Fatalf("k %d: weight %d is among the largest and not kept", k, i)
			}
		}
	}
}

// A linear net by hand: 2 inputs, 2 hidden units, 2 logits.
//
//	W1 = [1 2; 3 -1], W2 = [1 -1; 2 1], x = (1, 1)
func hand(t *testing.T) (prune.Spec, []float32) {
	t.Helper()
	s := prune.Spec{Input: []int{2}, Layers: []prune.Layer{
		{Op: prune.Linear, Name: "one", Out: 2}, {Op: prune.ReLU}, {Op: prune.Linear, Name: "two", Out: 2}}}
	return s, []float32{1, 2, 3, -1, 1, -1, 2, 1}
}

func close64(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > tol*math.Max(math.Abs(want[i]), 1e-12) {
			t.Errorf("%s %d: %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestScoresByHand(t *testing.T) {
	s, w := hand(t)
	b := score.Batch{X: []float32{1, 1}, Y: []int32{0}}
	// Hidden (3, 2), logits (1, 8). Softmax p of class 1 is 1/(1+e^-7); dL/dz = (-p, p).
	p := 1 / (1 + math.Exp(-7))
	// dL/dh = W2' dz = (-p+2p, p+p) = (p, 2p).
	raw := []float64{1 * p, 2 * p, 3 * 2 * p, 1 * 2 * p, 3 * p, 2 * p, 2 * 3 * p, 2 * p}
	sum := 0.0
	for _, x := range raw {
		sum += x
	}
	for i := range raw {
		raw[i] /= sum
	}
	r := scored(t, s, w, nil, score.Options{Method: method(t, "snip"), Exponent: 0.3, Batch: always(b)})
	close64(t, "snip", r.Scores, raw, 1e-6)

	// SynFlow in one step: |W1| 1 = (3, 4); R = 1*3+1*4 + 2*3+1*4 = 17; dR/dh = (3, 2).
	r = scored(t, s, w, nil, score.Options{Method: method(t, "synflow"), Exponent: 0.3, Steps: 1, Cuts: []bool{true, true}})
	close64(t, "synflow", r.Scores, []float64{3, 6, 6, 2, 3, 4, 6, 4}, 1e-6)
	if got := r.Mask.Kept(); got != 5 { // 8 less the whole part of 8 (1 - 10^-.3) = 3.99
		t.Errorf("kept %d", got)
	}
	if r.Conservation > 1e-6 {
		t.Errorf("conservation off by %v", r.Conservation)
	}
	r = scored(t, s, w, nil, score.Options{Method: method(t, "magnitude"), Exponent: 0.3})
	close64(t, "magnitude", r.Scores, []float64{1, 2, 3, 1, 1, 1, 2, 1}, 0)
	// LAMP: squares 1 4 9 1 of the first layer; 9/9, 4/13, and both ones over 15.
	r = scored(t, s, w, nil, score.Options{Method: method(t, "lamp"), Exponent: 0.3})
	close64(t, "lamp", r.Scores, []float64{1. / 15, 4. / 13, 1, 1. / 15, 1. / 7, 1. / 7, 4. / 4, 1. / 7}, 1e-12)
}

// One weight and two logits (w x, 0): everything is known in closed form.
func TestGraSPByHand(t *testing.T) {
	s := prune.Spec{Input: []int{1}, Layers: []prune.Layer{{Op: prune.Linear, Name: "l", Out: 2}}}
	w := []float32{.7, -.2}
	b := score.Batch{X: []float32{2}, Y: []int32{1}}
	const temp = 3.0
	// d = (z0 - z1)/T, q = sigmoid(d); L = log(1 + e^d); dL/dw0 = q x/T, dL/dw1 = -q x/T.
	x := 2.0
	d := (float64(w[0])*x - float64(w[1])*x) / temp
	q := 1 / (1 + math.Exp(-d))
	g := q * x / temp
	h := q * (1 - q) * x * x / temp / temp // H = h [1 -1; -1 1], Hg = 2 h g (1, -1)
	want := []float64{float64(w[0]) * 2 * h * g, float64(w[1]) * -2 * h * g}
	r := scored(t, s, w, nil, score.Options{Method: method(t, "grasp"), Temperature: temp, Batch: always(b)})
	close64(t, "grasp", r.Scores, want, 1e-6)
}

func TestSynFlowKeepsEveryLayerAndItsSum(t *testing.T) {
	for _, name := range []string{"conv", "residual"} {
		spec, params, running, _ := example(t, name)
		paths, err := score.NewPaths(spec)
		if err != nil {
			t.Fatal(err)
		}
		r := scored(t, spec, params, running, score.Options{Method: method(t, "synflow"), Exponent: 1.2, Cuts: paths.Cuts()})
		if r.Conservation > 1e-6 || len(r.Warnings) > 0 {
			t.Errorf("%s: conservation off by %v, %v", name, r.Conservation, r.Warnings)
		}
		if e := paths.Effect(r.Mask); len(e.Collapsed) > 0 || e.Sparsity != e.Nominal {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// R far above and far below what 32 bits hold: the mask is that of the same net
// at a common scale.
func TestSynFlowSurvivesTheRangeOf32Bits(t *testing.T) {
	spec, params, running, _ := example(t, "conv")
	l, _ := spec.Layout()
	want := scored(t, spec, params, running, score.Options{Method: method(t, "synflow"), Exponent: 1})
	for _, factor := range []float32{1e9, 1e-11} {
		scaled := slices.Clone(params)
		for i := range l.Prunable {
			scaled[i] *= factor
		}
		got := scored(t, spec, scaled, running, score.Options{Method: method(t, "synflow"), Exponent: 1})
		if got.Mask.Hash() != want.Mask.Hash() {
			t.Errorf("factor %g: another mask", factor)
		}
	}
}

func TestMethodsWithoutReturn(t *testing.T) {
	spec, params, running, b := example(t, "conv")
	for _, name := range []string{"iter-snip", "grasp-it", "force"} {
		r := scored(t, spec, params, running, score.Options{Method: method(t, name), Exponent: 1, Steps: 8, Batch: always(b)})
		if got, want := r.Mask.Kept(), score.Kept(len(r.Mask), 1); got != want {
			t.Errorf("%s: %d kept, want %d", name, got, want)
		}
	}
	// In one step iterative SNIP and FORCE are SNIP.
	snip := scored(t, spec, params, running, score.Options{Method: method(t, "snip"), Exponent: 1, Batch: always(b)})
	for _, name := range []string{"iter-snip", "force"} {
		if r := scored(t, spec, params, running, score.Options{Method: method(t, name), Exponent: 1, Steps: 1, Batch: always(b)}); r.Mask.Hash() != snip.Mask.Hash() {
			t.Errorf("%s in one step is not snip", name)
		}
	}
}

func TestERK(t *testing.T) {
	spec, _, _, _ := example(t, "conv")
	l, _ := spec.Layout()
	for _, k := range []int{1, 50, 200, l.Prunable} {
		total := 0
		for i, n := range score.ERK(l.Weights(), k) {
			if total += n; n > l.Weights()[i].Len {
				t.Errorf("k %d: layer %d keeps %d", k, i, n)
			}
		}
		if total != k {
			t.Errorf("k %d: %d kept", k, total)
		}
	}
	// By hand: conv1 [4,2,3,3] 12/72, conv2 [6,4,3,3] 16/216, fc [5,6] 11/30. In proportion,
	// 12 : 16 : 11 weights of 72, 216, 30; for 78 that is 24 : 32 : 22.
	if got := score.ERK(l.Weights(), 78); !slices.Equal(got, []int{24, 32, 22}) {
		t.Errorf("78: %v", got)
	}
	// For 200, fc would keep 56 of 30: it keeps all, and 170 are shared 12 : 16; conv1 would keep 72.86 of 72.
	if got := score.ERK(l.Weights(), 200); !slices.Equal(got, []int{72, 98, 30}) {
		t.Errorf("200: %v", got)
	}
}

func TestControls(t *testing.T) {
	spec, params, running, b := example(t, "conv")
	l, _ := spec.Layout()
	o := score.Options{Exponent: .7, Seed: 4, Batch: always(b), Classes: 5}
	run := func(m string) *score.Result {
		o.Method = method(t, m)
		return scored(t, spec, params, running, o)
	}
	plain, shuffled := run("snip"), run("snip~shuffle")
	if !slices.Equal(plain.Mask.Layers(l.Weights()), shuffled.Mask.Layers(l.Weights())) || plain.Mask.Hash() == shuffled.Mask.Hash() {
		t.Error("shuffling keeps the counts of layers and moves the weights")
	}
	if run("snip~randlabel").Mask.Hash() == plain.Mask.Hash() {
		t.Error("random labels give the same mask")
	}
	if run("snip~reinit").Mask.Hash() != plain.Mask.Hash() {
		t.Error("drawing the network again comes after the mask")
	}
	inverted := run("magnitude~invert")
	for i, keep := range run("magnitude").Mask {
		if keep && inverted.Mask[i] {
			t.Fatal("a weight is among the largest and the smallest")
		}
	}
	if first, again := run("random"), run("random"); first.Mask.Hash() != again.Mask.Hash() {
		t.Error("the same seed gives another mask")
	}
}

func TestBadScoresAreNamed(t *testing.T) {
	s, w := hand(t)
	w[5] = float32(math.NaN())
	l, _ := s.Layout()
	_, err := score.Run(context.Background(), nil, l.Weights(), w, score.Options{Method: method(t, "magnitude"), Exponent: .1})
	if err == nil || !strings.Contains(err.Error(), "two") || !strings.Contains(err.Error(), "1 of 4") {
		t.Errorf("%v", err)
	}
	r := scored(t, s, make([]float32, 8), nil, score.Options{Method: method(t, "synflow"), Exponent: .3})
	if r.Mask.Kept() != 5 || len(r.Warnings) == 0 {
		t.Errorf("weights of zero: kept %d, warnings %v", r.Mask.Kept(), r.Warnings)
	}
}

// The walk against floating-point flow: a weight lives exactly where weight
// times gradient of SynFlow's R is not 0, for weights of one magnitude.
func TestPathsAreThoseOfTheFlow(t *testing.T) {
	for _, name := range []string{"conv", "residual"} {
		spec, params, running, _ := example(t, name)
		l, _ := spec.Layout()
		for i := range l.Prunable {
			params[i] = 1
		}
		paths, err := score.NewPaths(spec)
		if err != nil {
			t.Fatal(err)
		}
		o := newOracle(t, spec, params, running)
		for _, e := range []float64{.3, 1, 1.5, 2} {
			mask := score.Select(scored(t, spec, params, running, score.Options{Method: method(t, "random"), Exponent: e, Seed: 9}).Scores, nil, score.Kept(l.Prunable, e))
			w := make([]float32, l.Prunable)
			mask.Apply(w, params[:l.Prunable])
			_, g, err := o.Flow(context.Background(), w)
			if err != nil {
				t.Fatal(err)
			}
			live := 0
			for i := range w {
				if w[i] != 0 && g[i] != 0 {
					live++
				}
			}
			if got := paths.Effect(mask); got.Live != live {
				t.Errorf("%s 10^%g: %d live, by the flow %d of %d kept", name, e, got.Live, live, mask.Kept())
			}
		}
	}
}

func TestCollapseIsNamed(t *testing.T) {
	spec, _, _, _ := example(t, "residual")
	l, _ := spec.Layout()
	paths, err := score.NewPaths(spec)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(paths.Cuts(), []bool{true, false, false, true}) {
		t.Errorf("cuts %v: the stem and the classifier are, the branch is not", paths.Cuts())
	}
	m := score.Full(l.Prunable)
	branch := l.Weights()[1]
	clear(m[branch.Offset : branch.Offset+branch.Len])
	if e := paths.Effect(m); len(e.Collapsed) != 0 || !slices.Equal(e.Bypassed, []string{"a"}) || e.Sparsity <= e.Nominal {
		t.Errorf("a dead branch: %+v", e)
	}
	fc := l.Weights()[3]
	clear(m[fc.Offset : fc.Offset+fc.Len])
	if e := paths.Effect(m); !slices.Equal(e.Collapsed, []string{"fc"}) || e.Sparsity != 1 || e.Live != 0 {
		t.Errorf("a dead classifier: %+v", e)
	}
}
