package prune

import (
	"fmt"
	"math"
)

// Schedule is how the learning rate goes over the steps of a training.
type Schedule string

// The schedules.
const (
	Constant Schedule = "constant"
	Cosine   Schedule = "cosine"   // down to 0, by epoch
	Steps    Schedule = "steps"    // a tenth after half, a hundredth after three quarters of the epochs
	OneCycle Schedule = "onecycle" // up over a fifth of the steps, then down to 0, by step
)

// Schedules lists the schedules.
func Schedules() []string {
	return []string{string(OneCycle), string(Cosine), string(Steps), string(Constant)}
}

// Recipe is how a network is trained: stochastic gradient descent in PyTorch's
// form, weight decay on every parameter.
type Recipe struct {
	Epochs   int      `json:"epochs"` // 0 trains not at all
	Batch    int      `json:"batch"`
	LR       float64  `json:"lr"` // peak
	Schedule Schedule `json:"schedule"`
	Momentum float64  `json:"momentum"`
	Decay    float64  `json:"weight_decay"`
	Nesterov bool     `json:"nesterov"`
}

// normed reports whether a network has a batch norm: without one it bears only
// a smaller rate.
func normed(s Spec) bool {
	for _, l := range s.Layers {
		if l.Op == BatchNorm {
			return true
		}
	}
	return false
}

// Quick is the recipe of trials that a person waits for: two epochs of one cycle.
func Quick(s Spec) Recipe {
	r := Recipe{Epochs: 2, Batch: 128, LR: 0.02, Schedule: OneCycle, Momentum: 0.9, Decay: 5e-4, Nesterov: true}
	if normed(s) {
		r.LR = 0.2
	}
	return r
}

// Paper is the recipe of Panning's experiments (arXiv 2209.13378, released code).
func Paper(s Spec) Recipe {
	r := Recipe{Epochs: 80, Batch: 256, LR: 0.1, Schedule: Cosine, Momentum: 0.9, Decay: 1e-4}
	if normed(s) {
		r.Epochs, r.Batch, r.Decay = 180, 128, 5e-4
	}
	return r
}

// Check refuses what cannot be followed; images is the number to train on.
func (r Recipe) Check(images int) error {
	switch {
	case r.Epochs < 0:
		return fmt.Errorf("%d epochs, expected 0 or more", r.Epochs)
	case r.Batch < 1:
		return fmt.Errorf("a batch of %d, expected 1 or more", r.Batch)
	case r.Epochs > 0 && r.Batch > images:
		return fmt.Errorf("a batch of %d is larger than the %d training images: take more images, or a smaller batch", r.Batch, images)
	case !(r.LR >= 0) || math.IsInf(r.LR, 0):
		return fmt.Errorf("a learning rate of %g, expected a number of 0 or more", r.LR)
	case !(r.Momentum >= 0 && r.Momentum < 1):
		return fmt.Errorf("a momentum of %g, expected 0 to below 1", r.Momentum)
	case !(r.Decay >= 0) || math.IsInf(r.Decay, 0):
		return fmt.Errorf("a weight decay of %g, expected a number of 0 or more", r.Decay)
	}
	return nil
}

// Rate returns the learning rate of a step, counted from 0 over all epochs, of
// perEpoch steps each.
func (r Recipe) Rate(step, perEpoch int) float64 {
	epoch, total := step/max(perEpoch, 1), r.Epochs*perEpoch
	switch r.Schedule {
	case Cosine:
		return r.LR / 2 * (1 + math.Cos(math.Pi*float64(epoch)/float64(max(r.Epochs, 1))))
	case Steps:
		switch {
		case 4*epoch >= 3*r.Epochs:
			return r.LR / 100
		case 2*epoch >= r.Epochs:
			return r.LR / 10
		}
	case OneCycle:
		up := max(total/5, 1)
		if step < up {
			return r.LR * float64(step+1) / float64(up)
		}
		return r.LR / 2 * (1 + math.Cos(math.Pi*float64(step-up)/float64(max(total-up, 1))))
	}
	return r.LR
}
