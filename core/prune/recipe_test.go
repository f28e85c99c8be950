package prune_test

import (
	"math"
	"testing"

	"assay/core/prune"
)

func TestRatesFollowTheirSchedule(t *testing.T) {
	r := prune.Recipe{Epochs: 4, Batch: 1, LR: 0.4}
	for schedule, want := range map[prune.Schedule]map[int]float64{
		prune.Constant: {0: .4, 39: .4},
		prune.Steps:    {0: .4, 19: .4, 20: .04, 30: .004, 39: .004},
		prune.Cosine:   {0: .4, 9: .4, 20: .2, 39: .4 / 2 * (1 + math.Cos(math.Pi*3/4))},
		prune.OneCycle: {0: .05, 7: .4, 8: .4, 24: .2},
	} {
		r.Schedule = schedule
		for step, rate := range want {
			if got := r.Rate(step, 10); math.Abs(got-rate) > 1e-12 {
				t.Errorf("%s at step %d: %g, expected %g", schedule, step, got, rate)
			}
		}
	}
}

func TestRecipesThatCannotBeFollowedAreRefused(t *testing.T) {
	good := prune.Recipe{Epochs: 1, Batch: 10, LR: .1, Momentum: .9}
	if err := good.Check(10); err != nil {
		t.Error(err)
	}
	none := good
	none.Epochs = 0
	if err := none.Check(1); err != nil {
		t.Errorf("0 epochs: %v", err)
	}
	for i, change := range []func(*prune.Recipe){
		func(r *prune.Recipe) { r.Epochs = -1 }, func(r *prune.Recipe) { r.Batch = 11 }, func(r *prune.Recipe) { r.Batch = 0 },
		func(r *prune.Recipe) { r.LR = math.NaN() }, func(r *prune.Recipe) { r.LR = -1 }, func(r *prune.Recipe) { r.LR = math.Inf(1) },
		func(r *prune.Recipe) { r.Momentum = 1 }, func(r *prune.Recipe) { r.Decay = -1 },
	} {
		r := good
		change(&r)
		if r.Check(10) == nil {
			t.Errorf("change %d was accepted", i)
		}
	}
}
