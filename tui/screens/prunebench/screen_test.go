package prunebench_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"assay/core/prune"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/themes"
	"assay/tui/screens/prunebench"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

const sweepID run.ID = "01J9W3AA000000000000000000"

// fixture is a sweep of four methods at six compressions: two seeds are done, of
// the third one trial diverged and the rest is missing.
func fixture(t testing.TB, state run.State) *runtest.Store {
	t.Helper()
	store := runtest.New()
	store.Put(run.Run{ID: sweepID, Kind: "prune.sweep", Bench: "prune", Name: "sweep-s1-1", State: state, Done: 49000, Total: 72000,
		Params: json.RawMessage(`{"net":"lenet5","methods":"synflow,snip,magnitude,random","exponents":"0.5..3.0:0.5","seeds":3,"seed":1}`)})
	put := func(kind, key string, doc any) { store.PutRecord(sweepID, kind, key, doc) }
	put(prune.RecordNet, "", prune.NetDoc{Net: "lenet5", Data: "mnist", Counts: prune.Counts{Prunable: 430500, Params: 431080, MACs: 2293000}, TrainImages: 10000, TestImages: 10000})
	fall := map[string]float64{"synflow": .25, "snip": .5, "magnitude": 1.5, "random": 4}
	for seed := 1; seed <= 2; seed++ {
		for x := .5; x <= 3; x += .5 {
			for i, m := range []string{"synflow", "snip", "magnitude", "random"} {
				c := cell(m, x, seed)
				acc := .1 + .86*math.Exp(-fall[m]*math.Pow(x/3, 4)) + .002*float64(seed*i)
				loss := 2.3 * (1 - acc)
				c.Accuracy, c.Loss = &acc, &loss
				if m == "random" && x == 3 {
					c.Collapsed, c.EffectiveSparsity = []string{"conv1"}, 1
					c.Layers[0].Kept, c.Layers[0].Live = 0, 0
				}
				put(prune.RecordCell, c.Key(), c)
				for e := 1; e <= 2; e++ {
					put(prune.RecordCellEpoch, fmt.Sprintf("%s/%d", c.Key(), e), prune.CellEpochDoc{Cell: c.Key(), Epoch: e, Of: 2, Loss: loss / float64(e), Accuracy: acc - .05/float64(e)})
				}
			}
		}
	}
	bad := cell("synflow", .5, 3)
	bad.Reason = "the loss stopped being a number at step 7 (epoch 1), at a learning rate of 5: take a smaller --lr"
	put(prune.RecordCell, bad.Key(), bad)
	return store
}

func cell(method string, x float64, seed int) prune.CellDoc {
	keep := math.Pow(10, -x)
	c := prune.CellDoc{Method: method, Exponent: x, Seed: seed, Collapsed: []string{}, MaskHash: "033f0a5be1d2c3b4a5968778695a4b3c", ScoreS: .87, TrainS: 8.2,
		Kept: int(430500 * keep), Sparsity: 1 - keep, EffectiveSparsity: 1 - keep*.97, MACs: int64(2293000 * math.Sqrt(keep))}
	for _, l := range []struct {
		name string
		of   int
		lean float64
	}{{"conv1.weight", 500, .5}, {"conv2.weight", 25000, .9}, {"fc1.weight", 400000, 1.05}, {"fc2.weight", 5000, .6}} {
		n := int(float64(l.of) * math.Pow(keep, l.lean))
		c.Layers = append(c.Layers, prune.KeptDoc{Name: l.name, Kept: n, Live: n * 97 / 100, Of: l.of})
	}
	return c
}

func open(t testing.TB, store *runtest.Store, w, h int) *tuitest.Host {
	t.Helper()
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		s := prunebench.New(c, store)
		s.RestoreView(json.RawMessage(`{"run":"` + string(sweepID) + `","focus":"curve","cross":3,"band":true}`))
		return s
	})
	host.Size(w, h)
	return host
}

func TestSweepAtEverySize(t *testing.T) {
	store := fixture(t, run.Running)
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x40": {120, 36}, "200x60": {200, 56}, "20x6": {20, 5}} {
		t.Run(name, func(t *testing.T) { open(t, store, size[0], size[1]).Golden("sweep-" + name) })
	}
}

func TestKeys(t *testing.T) {
	h := open(t, fixture(t, run.Done), 120, 36)
	h.See("at 10^2 (100x):")
	h.Press("right").See("at 10^2.5")
	h.Press("left", "left").See("at 10^1.5")
	h.Press("b").Press("x").See("MACs left")
	h.Press("x").See("effective compression")
	h.Press("end").See("take a smaller --lr")
	h.Press("up", "up").See("random")
}

func TestNothingToShow(t *testing.T) {
	open(t, runtest.New(), 80, 20).See("cannot be shown")
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		return prunebench.New(c, runtest.New())
	})
	host.Size(80, 20)
	host.See("No sweep of the pruning bench yet")
}

// Two keys start a trial: n opens the form where the cross-hair stands, enter starts it.
func TestTryIsFilledFromTheCurve(t *testing.T) {
	h := open(t, fixture(t, run.Done), 120, 36)
	h.Press("n")
	form, ok := h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.sweep" || form.Given["exponents"] != "2" || form.Given["seed"] != 4 || form.Given["methods"] != "synflow" {
		t.Errorf("%+v", form)
	}
	h.Press("o")
	form, ok = h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.try" || form.Given["exponent"] != "2" || form.Given["method"] != "synflow" || form.Given["net"] != "lenet5" {
		t.Errorf("%+v", form)
	}
}
