package train

import (
	"context"
	"fmt"
	"math"

	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/data"
	"assay/core/prune/net"
	"assay/gpu"
)

// Diverged says where a loss stopped being a number.
type Diverged struct {
	Epoch    int // from 0
	Step     int // from 0, over all epochs
	LR       float64
	GradNorm float64 // of the last step whose loss was a number
}

// Error names the step and the epoch, counted from 1, the rate and the last gradient norm.
func (d *Diverged) Error() string {
	return fmt.Sprintf("the loss stopped being a number at step %d (epoch %d), at a learning rate of %.3g; the last gradient norm was %.3g: take a smaller --lr",
		d.Step+1, d.Epoch+1, d.LR, d.GradNorm)
}

// State is what a training needs to go on after an epoch.
type State struct {
	Epoch                     int // epochs done
	Params, Running, Velocity []float32
}

// Progress is where a training is.
type Progress struct {
	Epoch, Epochs int // the epoch under way, from 0
	Step, Steps   int // steps done over all epochs
	Loss          float64
	LR            float64
}

// Trainer fits one model.
type Trainer struct {
	m        *net.Model
	set      *data.Set
	images   data.Images
	recipe   prune.Recipe
	seed     uint64
	epoch    int
	velocity gpu.Tensor
	mask     gpu.Tensor
	keep     []float32
	x        []float32
	y        []int32
	norm     float64
}

// New prepares a training of m on images, which are of set, from the given
// parameters. A nil mask is dense; otherwise it keeps prunable weights where it
// is true. Errors say what does not fit.
func New(m *net.Model, set *data.Set, images data.Images, r prune.Recipe, params, running []float32, mask []bool, seed uint64) (*Trainer, error) {
	if err := Fits(m.Spec(), set); err != nil {
		return nil, err
	}
	if err := r.Check(images.N()); err != nil {
		return nil, err
	}
	l := m.Layout()
	t := &Trainer{m: m, set: set, images: images, recipe: r, seed: seed}
	var err error
	if t.velocity, err = m.Device().New(gpu.F32, l.Params); err != nil {
		return nil, err
	}
	if mask != nil {
		if len(mask) != l.Prunable {
			return nil, fmt.Errorf("a mask of %d weights for a net of %d", len(mask), l.Prunable)
		}
		t.keep = make([]float32, l.Params)
		for i := range t.keep {
			if i >= l.Prunable || mask[i] {
				t.keep[i] = 1
			}
		}
		if t.mask, err = m.Device().New(gpu.F32, l.Params); err != nil {
			return nil, err
		}
		if err := m.Stream().Upload(t.mask, t.keep); err != nil {
			return nil, err
		}
	}
	return t, t.Restore(State{Params: params, Running: running, Velocity: make([]float32, l.Params)})
}

// Fits refuses a set whose images or classes are not those of a network.
func Fits(s prune.Spec, set *data.Set) error {
	size := 1
	for _, d := range set.Shape() {
		size *= d
	}
	if s.InputLen() != size || (len(s.Input) == 3 && (s.Input[0] != set.Shape()[0] || s.Input[1] != set.Shape()[1])) {
		return fmt.Errorf("the net takes %v, but images of %s are %v", s.Input, set.Name, set.Shape())
	}
	if s.Classes() != len(set.Classes) {
		return fmt.Errorf("the net has %d classes, but %s has %d", s.Classes(), set.Name, len(set.Classes))
	}
	return nil
}

// Restore sets the training to a state; masked weights become zero.
func (t *Trainer) Restore(s State) error {
	p := s.Params
	if t.keep != nil {
		p = append([]float32(nil), s.Params...)
		for i, k := range t.keep[:min(len(p), len(t.keep))] {
			if k == 0 {
				p[i] = 0
			}
		}
	}
	if err := t.m.Load(p, s.Running); err != nil {
		return err
	}
	if len(s.Velocity) != t.m.Layout().Params {
		return fmt.Errorf("%d velocities for %d parameters", len(s.Velocity), t.m.Layout().Params)
	}
	t.epoch = s.Epoch
	return t.m.Stream().Upload(t.velocity, s.Velocity)
}

// State copies the state out.
func (t *Trainer) State() (State, error) {
	l := t.m.Layout()
	s := State{Epoch: t.epoch, Params: make([]float32, l.Params), Running: make([]float32, l.Running), Velocity: make([]float32, l.Params)}
	if err := t.m.Save(s.Params, s.Running); err != nil {
		return s, err
	}
	return s, t.m.Stream().Download(s.Velocity, t.velocity)
}

// Done reports whether every epoch is over.
func (t *Trainer) Done() bool { return t.epoch >= t.recipe.Epochs }

// Steps returns the steps of an epoch; what does not fill a batch is left out.
func (t *Trainer) Steps() int { return t.images.N() / max(t.recipe.Batch, 1) }

// Epoch trains for one epoch and returns the mean loss and the share of hits.
// Report, unless nil, hears of every step.
func (t *Trainer) Epoch(ctx context.Context, report func(Progress)) (loss, accuracy float64, err error) {
	if t.Done() {
		return 0, 0, fmt.Errorf("all %d epochs are over", t.recipe.Epochs)
	}
	steps, batch := t.Steps(), t.recipe.Batch
	if t.x == nil {
		t.x, t.y = make([]float32, batch*t.m.Spec().InputLen()), make([]int32, batch)
	}
	order := prng.New(t.seed, fmt.Sprintf("prune/order/%d", t.epoch)).Perm(t.images.N())
	augment := prng.New(t.seed, fmt.Sprintf("prune/augment/%d", t.epoch))
	hits := 0
	for i := range steps {
		index := order[i*batch : (i+1)*batch]
		if t.set.Crop > 0 || t.set.Flip {
			t.set.Augmented(augment, t.images, index, t.x, t.y)
		} else {
			t.set.Batch(t.images, index, t.x, t.y)
		}
		step := t.epoch*steps + i
		rate := t.recipe.Rate(step, steps)
		l, err := t.m.Backward(ctx, net.Batch{X: t.x, Y: t.y}, net.Options{Track: true})
		if err != nil {
			return 0, 0, err
		}
		if !l.Finite() {
			return 0, 0, &Diverged{Epoch: t.epoch, Step: step, LR: rate, GradNorm: t.norm}
		}
		if i%16 == 0 {
			if t.norm, err = t.gradNorm(); err != nil {
				return 0, 0, err
			}
		}
		err = t.m.Stream().Descend(t.m.Params(), t.velocity, t.m.Grads(), t.mask, gpu.Descent{
			Rate: float32(rate), Momentum: float32(t.recipe.Momentum), Decay: float32(t.recipe.Decay), Nesterov: t.recipe.Nesterov})
		if err != nil {
			return 0, 0, err
		}
		loss += l.Mean
		hits += l.Correct
		if report != nil {
			report(Progress{Epoch: t.epoch, Epochs: t.recipe.Epochs, Step: step + 1, Steps: t.recipe.Epochs * steps, Loss: l.Mean, LR: rate})
		}
	}
	t.epoch++
	return loss / float64(steps), float64(hits) / float64(steps*batch), nil
}

func (t *Trainer) gradNorm() (float64, error) {
	g := make([]float32, t.m.Layout().Params)
	if err := t.m.Stream().Download(g, t.m.Grads()); err != nil {
		return 0, err
	}
	var sum float64
	for _, v := range g {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum), nil
}

// evalBatch is how many images are evaluated at a time.
const evalBatch = 250

// Evaluate computes the mean loss and the hits of the model's loaded parameters.
// Report, unless nil, hears how many images are done.
func Evaluate(ctx context.Context, m *net.Model, set *data.Set, images data.Images, report func(done int)) (net.Loss, error) {
	if err := Fits(m.Spec(), set); err != nil {
		return net.Loss{}, err
	}
	total := net.Loss{}
	x, y := make([]float32, evalBatch*m.Spec().InputLen()), make([]int32, evalBatch)
	for at := 0; at < images.N(); at += evalBatch {
		n := min(evalBatch, images.N()-at)
		index := make([]int, n)
		for i := range index {
			index[i] = at + i
		}
		b := net.Batch{X: x[:n*m.Spec().InputLen()], Y: y[:n]}
		set.Batch(images, index, b.X, b.Y)
		l, err := m.Evaluate(ctx, b)
		if err != nil {
			return total, err
		}
		total.Mean += l.Mean * float64(n)
		total.Correct += l.Correct
		total.N += n
		if report != nil {
			report(total.N)
		}
	}
	if total.N > 0 {
		total.Mean /= float64(total.N)
	}
	return total, nil
}
