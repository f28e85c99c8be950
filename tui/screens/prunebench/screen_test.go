package prunebench_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
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
	c := prune.CellDoc{Method: method, Exponent: x, Seed: seed, Collapsed: []string{}, MaskHash: "033f0a5be1d2c3b4a5968778695a4b3c", ScoreMs: 870, TrainMs: 8200,
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

func open(t testing.TB, store *runtest.Store, id run.ID, w, h int) *tuitest.Host {
	t.Helper()
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		s := prunebench.New(c, store)
		s.RestoreView(json.RawMessage(`{"run":"` + string(id) + `","focus":"curve","cross":3,"band":true}`))
		return s
	})
	host.Size(w, h)
	return host
}

// sizes are those of the body of a screen of 80x24, 120x40 and 200x60, and a tiny one.
var sizes = map[string][2]int{"80x24": {80, 20}, "120x40": {120, 36}, "200x60": {200, 56}, "20x6": {20, 5}}

func at(t *testing.T, store *runtest.Store, id run.ID, name string) {
	t.Helper()
	for size, wh := range sizes {
		t.Run(size, func(t *testing.T) { open(t, store, id, wh[0], wh[1]).Golden(name + "-" + size) })
	}
}

func TestSweepAtEverySize(t *testing.T) { at(t, fixture(t, run.Running), sweepID, "sweep") }

const (
	trialID run.ID = "01J9W3AB000000000000000000"
	mapID   run.ID = "01J9W3AC000000000000000000"
	trainID run.ID = "01J9W3AD000000000000000000"
	agentID run.ID = "01J9W3AE000000000000000000"
	moreID  run.ID = "01J9W3AF000000000000000000"
)

// network is the record of LeNet-5 that trials and trainings begin with.
func network() prune.NetDoc {
	return prune.NetDoc{Net: "lenet5", Data: "mnist", Counts: prune.Counts{Prunable: 430500, Params: 431080, MACs: 2293000}, TrainImages: 60000, TestImages: 1000,
		Recipe: prune.Recipe{Epochs: 3, Batch: 128, LR: .05, Schedule: prune.Cosine, Momentum: .9}, Checkpoint: "/models/lenet5.safetensors", Device: "cpu avx512, 2 threads"}
}

func training(put func(kind, key string, doc any)) {
	for e := 1; e <= 3; e++ {
		x := float64(e)
		put(prune.RecordEpoch, fmt.Sprint(e), prune.EpochDoc{Epoch: e, Loss: .5 / x, TrainAccuracy: 1 - .15/x, Accuracy: 1 - .1/x, TestLoss: .4 / x, LR: .05 / x, TrainMs: 4000})
	}
}

// runs is one run of every kind but a sweep: a trial that was trained, a map in the
// middle of its third layer, a training and an agent that are done.
func runs(t testing.TB) *runtest.Store {
	t.Helper()
	store := runtest.New()
	put := func(id run.ID) func(kind, key string, doc any) {
		return func(kind, key string, doc any) { store.PutRecord(id, kind, key, doc) }
	}
	store.Put(run.Run{ID: trialID, Kind: "prune.try", Bench: "prune", Name: "try-s1-1", State: run.Done,
		Params: json.RawMessage(`{"net":"lenet5","net_json":"","data":"","checkpoint":"/models/lenet5.safetensors","method":"snip","exponent":"1.5","images":1000}`)})
	add := put(trialID)
	add(prune.RecordNet, "", network())
	c := cell("snip", 1.5, 1)
	dense := &prune.DenseDoc{Kept: 400500, Sparsity: .0697, EffectiveSparsity: .07, MACs: 2263000, Collapsed: []string{}}
	for _, l := range c.Layers {
		was := prune.KeptDoc{Name: l.Name, Kept: l.Of, Live: l.Of, Of: l.Of}
		if l.Name == "fc1.weight" {
			was.Kept, was.Live = 370000, 369000
		}
		dense.Layers = append(dense.Layers, was)
	}
	add(prune.RecordTested, "before", prune.TestDoc{Accuracy: .991, Loss: .0312, Images: 1000})
	add(prune.RecordMask, "", prune.MaskDoc{Method: c.Method, Exponent: c.Exponent, Kept: c.Kept, Sparsity: c.Sparsity, EffectiveSparsity: c.EffectiveSparsity, Collapsed: []string{},
		Layers: c.Layers, ScoreMs: 41, MACsKept: c.MACs, Dense: dense})
	add(prune.RecordTested, "after", prune.TestDoc{Accuracy: .412, Loss: 1.9, Images: 1000})
	training(add)
	add(prune.RecordTested, "trained", prune.TestDoc{Accuracy: .978, Loss: .071, Images: 1000})

	store.Put(run.Run{ID: mapID, Kind: "prune.sensitivity", Bench: "prune", Name: "map-s1-1", State: run.Running, Done: 13, Total: 21,
		Params: json.RawMessage(`{"net":"lenet5","net_json":"","data":"","checkpoint":"/models/lenet5.safetensors","exponents":"0.3,0.5,1,1.3,2"}`)})
	add = put(mapID)
	add(prune.RecordNet, "", network())
	add(prune.RecordTested, "before", prune.TestDoc{Accuracy: .991, Loss: .0312, Images: 1000})
	n := 0
	for i, name := range []string{"conv1", "conv2", "fc1"} {
		for k, x := range []float64{.3, .5, 1, 1.3, 2} {
			if n++; n > 12 {
				break
			}
			lost := .12 * float64((4-i)*k*k) / 16
			add(prune.RecordLayer, fmt.Sprintf("%s/%g", name, x), prune.LayerDoc{Name: name, Exponent: x, Kept: 1000 - 100*k, Accuracy: .991 - lost, Loss: .03 + lost})
		}
	}

	store.Put(run.Run{ID: trainID, Kind: "prune.train", Bench: "prune", Name: "train-s1-1", State: run.Done, Params: json.RawMessage(`{"net":"lenet5","net_json":"","data":"mnist","out":"/models/mine.safetensors"}`)})
	add = put(trainID)
	add(prune.RecordNet, "", network())
	training(add)
	add(prune.RecordTested, "trained", prune.TestDoc{Accuracy: .9667, Loss: .13, Images: 10000})

	store.Put(run.Run{ID: agentID, Kind: "prune.agent", Bench: "prune", Name: "agent-s1-1", State: run.Done, Params: json.RawMessage(`{"net":"lenet300","net_json":"","data":"mnist"}`)})
	add = put(agentID)
	for e := 1; e <= 24; e++ {
		add(prune.RecordEpisode, fmt.Sprint(e), prune.EpisodeDoc{Episode: e, Steps: 100 * e, Exponent: 1 + float64(e%5)/2, Length: 100, Reward: -20 + float64(e) + 3*float64(e%3), Dropped: e == 7})
	}
	return store
}

func TestTrialAtEverySize(t *testing.T)       { at(t, runs(t), trialID, "trial") }
func TestSensitivityAtEverySize(t *testing.T) { at(t, runs(t), mapID, "map") }
func TestTrainingAtEverySize(t *testing.T)    { at(t, runs(t), trainID, "training") }
func TestAgentAtEverySize(t *testing.T)       { at(t, runs(t), agentID, "agent") }

// The point that is computed has a mark, the cross-hair reads any point out, and the
// layers are ranked where it stands.
func TestSensitivityIsReadAtTheCrossHair(t *testing.T) {
	h := open(t, runs(t), mapID, 120, 36)
	if line := h.ContextLine(); !strings.Contains(line, "dense 99.10% on 1,000 images") || !strings.Contains(line, "12 of 20 points") {
		t.Error(line)
	}
	h.See("now").See("conv1 at 10^1.3: 72.10%, -27.00 points to dense")
	h.Press("right").See("conv1 at 10^2: 51.10%").Press("right").See("conv1 at 10^2")
	h.Press("down", "left", "left").See("conv2 at 10^1: 90.10%, -9.00 points").See("points lost at 10^1")
	h.Press("end").See("fc2 at 10^1: not there yet")
}

func TestTrialShowsBothNetworks(t *testing.T) {
	h := open(t, runs(t), trialID, 120, 36)
	if line := h.ContextLine(); !strings.Contains(line, "99.10% before, 41.20% after, 97.80% trained") {
		t.Error(line)
	}
	h.See("-1.30").See("400,500").See("13,613").See("/ 29.42").See("370,000")
	h.Press("n")
	form, ok := h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.try" || form.Given["checkpoint"] != "/models/lenet5.safetensors" || form.Given["method"] != "snip" {
		t.Errorf("%+v", form)
	}
	h.Press("m")
	form, ok = h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.sensitivity" || form.Given["checkpoint"] != "/models/lenet5.safetensors" || form.Given["method"] != nil {
		t.Errorf("%+v", form)
	}
}

// What was trained can be pruned at once.
func TestATrainingHandsItsFileOn(t *testing.T) {
	h := open(t, runs(t), trainID, 120, 36)
	h.See("epoch 3: train 95.00%").Press("left").See("epoch 2: train 92.50%").Press("n")
	form, ok := h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.try" || form.Given["checkpoint"] != "/models/mine.safetensors" {
		t.Errorf("%+v", form)
	}
}

// Sweeps that are compared, and a trial that was asked for from a curve, share a chart.
func TestSweepsShareAChart(t *testing.T) {
	store := fixture(t, run.Done)
	store.Put(run.Run{ID: moreID, Kind: "prune.sweep", Bench: "prune", Name: "sweep-s4-1", State: run.Done, Params: json.RawMessage(`{"net":"lenet5","methods":"synflow","exponents":"2","seeds":1,"seed":4}`)})
	c := cell("synflow", 2, 4)
	acc, loss := .875, .4
	c.Accuracy, c.Loss = &acc, &loss
	store.PutRecord(moreID, prune.RecordCell, c.Key(), c)
	var s *prunebench.Screen
	h := tuitest.Screen(t, func(ctx *ui.Context) ui.Screen {
		ctx.Theme = tuitest.Theme(t, "mono", themes.Mono)
		s = prunebench.New(ctx, store)
		s.RestoreView(json.RawMessage(`{"run":"` + string(sweepID) + `","focus":"curve","cross":3,"band":false}`))
		return s
	})
	h.Size(120, 36)
	h.Press("n")
	h.Send(s.Open(moreID)()).See("A synflow 91.9").See("B synflow 87.5").See("trials 50")
	if line := h.ContextLine(); !strings.Contains(line, "B sweep-s4-1") {
		t.Error(line)
	}
	h.Press("end").See("kept by layer  synflow 10^2 seed 4")
	h.Press("C")
	if got, ok := h.LastIntent().(ui.CompareRuns); !ok || len(got.IDs) != 2 || got.IDs[1] != moreID {
		t.Errorf("%+v", h.LastIntent())
	}
	h.Send(s.Open(moreID)()).See("trials 1").NotSee("A synflow") // opened by itself it stands alone
}

func TestKeys(t *testing.T) {
	h := open(t, fixture(t, run.Done), sweepID, 120, 36)
	h.See("at 10^2 (100x):")
	h.Press("right").See("at 10^2.5")
	h.Press("left", "left").See("at 10^1.5")
	h.Press("b").Press("x").See("MACs left")
	h.Press("x").See("effective compression")
	h.Press("end").See("take a smaller --lr")
	h.Press("up", "up").See("random")
}

func TestNothingToShow(t *testing.T) {
	open(t, runtest.New(), sweepID, 80, 20).See("cannot be shown")
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		return prunebench.New(c, runtest.New())
	})
	host.Size(80, 20)
	host.See("No sweep of the pruning bench yet")
}

// Two keys start a trial: n opens the form where the cross-hair stands, enter starts it.
func TestTryIsFilledFromTheCurve(t *testing.T) {
	h := open(t, fixture(t, run.Done), sweepID, 120, 36)
	h.Press("n")
	form, ok := h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.sweep" || form.Given["exponents"] != "2" || form.Given["seed"] != 4 || form.Given["methods"] != "synflow" {
		t.Errorf("%+v", form)
	}
	h.Press("o")
	form, ok = h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "prune.try" || form.Given["exponent"] != "2" || form.Given["method"] != "synflow" || form.Given["net"] != "lenet5" || form.Field != "checkpoint" {
		t.Errorf("%+v", form)
	}
}
