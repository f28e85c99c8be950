package train_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/data"
	"assay/core/prune/net"
	"assay/core/prune/train"
	"assay/gpu"
)

type bed struct {
	m               *net.Model
	set             *data.Set
	images          data.Images
	params, running []float32
}

func lay(t *testing.T, name string, images int) bed {
	t.Helper()
	d, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	spec, err := prune.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	b := bed{}
	if b.m, err = net.New(d, spec); err != nil {
		t.Fatal(err)
	}
	if b.set, err = data.Load(data.MNIST); err != nil {
		t.Fatal(err)
	}
	index, err := b.set.Train.Balanced(prng.New(1, "t"), images)
	if err != nil {
		t.Fatal(err)
	}
	b.images = b.set.Train.Pick(index)
	if b.params, b.running, err = b.m.Layout().Init(1, prune.FanIn); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b bed) trainer(t *testing.T, r prune.Recipe, mask []bool) *train.Trainer {
	t.Helper()
	tr, err := train.New(b.m, b.set, b.images, r, b.params, b.running, mask, 1)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func quick(epochs int) prune.Recipe {
	return prune.Recipe{Epochs: epochs, Batch: 50, LR: .05, Schedule: prune.OneCycle, Momentum: .9, Decay: 5e-4, Nesterov: true}
}

func TestTrainingLearnsAndKeepsTheMask(t *testing.T) {
	b := lay(t, "lenet300", 2000)
	mask := make([]bool, b.m.Layout().Prunable)
	for i := range mask {
		mask[i] = i%5 == 0
	}
	tr := b.trainer(t, quick(3), mask)
	for !tr.Done() {
		if _, _, err := tr.Epoch(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	s, err := tr.State()
	if err != nil {
		t.Fatal(err)
	}
	for i, keep := range mask {
		if !keep && (s.Params[i] != 0 || s.Velocity[i] != 0) {
			t.Fatalf("masked weight %d is %g with velocity %g", i, s.Params[i], s.Velocity[i])
		}
	}
	index := make([]int, 1000)
	for i := range index {
		index[i] = i
	}
	l, err := train.Evaluate(context.Background(), b.m, b.set, b.set.Test.Pick(index), nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.N != 1000 || l.Correct < 820 {
		t.Errorf("%d of %d right after three short epochs, expected at least 820", l.Correct, l.N)
	}
}

// TestResumeGivesTheSameBits stops after an epoch, goes on in a new trainer, and
// compares with one that was never stopped.
func TestResumeGivesTheSameBits(t *testing.T) {
	b := lay(t, "lenet300", 500)
	whole := b.trainer(t, quick(3), nil)
	for !whole.Done() {
		if _, _, err := whole.Epoch(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	want, err := whole.State()
	if err != nil {
		t.Fatal(err)
	}
	first := b.trainer(t, quick(3), nil)
	if _, _, err := first.Epoch(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	half, err := first.State()
	if err != nil {
		t.Fatal(err)
	}
	second := b.trainer(t, quick(3), nil)
	if err := second.Restore(half); err != nil {
		t.Fatal(err)
	}
	for !second.Done() {
		if _, _, err := second.Epoch(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := second.State()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Params {
		if math.Float32bits(got.Params[i]) != math.Float32bits(want.Params[i]) || math.Float32bits(got.Velocity[i]) != math.Float32bits(want.Velocity[i]) {
			t.Fatalf("parameter %d is %g, expected %g", i, got.Params[i], want.Params[i])
		}
	}
}

func TestAHugeRateIsToldAsDiverged(t *testing.T) {
	b := lay(t, "lenet300", 500)
	r := quick(4)
	r.LR, r.Schedule = 1e12, prune.Constant
	tr := b.trainer(t, r, nil)
	var err error
	for err == nil && !tr.Done() {
		_, _, err = tr.Epoch(context.Background(), nil)
	}
	var d *train.Diverged
	if !errors.As(err, &d) || d.LR != 1e12 || d.Step < 1 || !strings.Contains(err.Error(), "smaller --lr") {
		t.Fatalf("%v", err)
	}
}

func TestNetsAndSetsThatDoNotFitAreRefused(t *testing.T) {
	b := lay(t, "resnet20", 500)
	if _, err := train.New(b.m, b.set, b.images, quick(1), b.params, b.running, nil, 1); err == nil || !strings.Contains(err.Error(), "[3 32 32]") {
		t.Errorf("a net for other images: %v", err)
	}
	b = lay(t, "lenet300", 40)
	if _, err := train.New(b.m, b.set, b.images, quick(1), b.params, b.running, nil, 1); err == nil || !strings.Contains(err.Error(), "larger than the 40") {
		t.Errorf("a batch larger than the data: %v", err)
	}
}
