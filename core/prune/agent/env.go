package agent

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"assay/core/prune"
	"assay/core/prune/score"
)

// Sizes of what an agent sees and says.
const (
	States  = 7 // loss, gradient norm, distances of both, effective and nominal sparsity, progress
	Actions = 3 // SynFlow, SNIP, GraSP
)

// Temperature divides the logits, as in Panning.
const Temperature = 200

// entry is a batch of the bank with what depends on it and the dense weights.
type entry struct {
	batch       score.Batch
	snip, grasp []float64 // normalised
	loss, norm  float64   // of the dense network; norm is the squared gradient norm
}

// Env prunes a network step by step by the weights that it is told. It is used
// by one goroutine.
type Env struct {
	net     score.Net
	layers  []prune.Tensor
	weights []float32
	steps   int
	bank    []entry

	lossLo, lossHi, normLo, normHi float64 // of what was seen so far

	exponent float64
	t        int
	at       *entry
	mask     score.Mask
	masked   []float32
	syn      []float64
	raw      []float64
	scores   []float64
	live     float64 // effective sparsity
}

// NewEnv computes the bank of batches, at least one.
func NewEnv(ctx context.Context, net score.Net, layers []prune.Tensor, weights []float32, batches []score.Batch, steps int) (*Env, error) {
	n := len(weights)
	e := &Env{net: net, layers: layers, weights: weights, steps: steps, mask: make(score.Mask, n), masked: make([]float32, n),
		syn: make([]float64, n), raw: make([]float64, n), scores: make([]float64, n)}
	e.lossLo, e.normLo = math.Inf(1), math.Inf(1)
	e.lossHi, e.normHi = math.Inf(-1), math.Inf(-1)
	for _, b := range batches {
		loss, g, err := net.Gradient(ctx, weights, b, Temperature)
		if err != nil {
			return nil, err
		}
		x := entry{batch: b, snip: make([]float64, n), grasp: make([]float64, n), loss: loss, norm: square(g)}
		for i, w := range weights {
			e.raw[i] = float64(w) * float64(g[i])
		}
		score.Unusual(x.snip, e.raw)
		hg, err := net.Product(ctx, weights, slices.Clone(g), b, Temperature)
		if err != nil {
			return nil, err
		}
		for i, w := range weights {
			e.raw[i] = float64(w) * 2 * float64(hg[i])
		}
		score.Unusual(x.grasp, e.raw)
		if !finite(x.loss) || !finite(x.norm) {
			return nil, fmt.Errorf("the loss of the dense network is not a number: no agent can prune it")
		}
		e.bank = append(e.bank, x)
		e.see(x.loss, x.norm)
	}
	return e, nil
}

func finite(x float64) bool { return x-x == 0 }

func square(g []float32) float64 {
	s := 0.0
	for _, x := range g {
		s += float64(x) * float64(x)
	}
	return s
}

// see widens the ranges that losses and norms are normalised by.
func (e *Env) see(loss, norm float64) {
	e.lossLo, e.lossHi = min(e.lossLo, loss), max(e.lossHi, loss)
	e.normLo, e.normHi = min(e.normLo, norm), max(e.normHi, norm)
}

// Ranges returns what was seen, and SetRanges takes it up again.
func (e *Env) Ranges() [4]float64 { return [4]float64{e.lossLo, e.lossHi, e.normLo, e.normHi} }

// SetRanges sets what Ranges returned.
func (e *Env) SetRanges(r [4]float64) {
	e.lossLo, e.lossHi, e.normLo, e.normHi = r[0], r[1], r[2], r[3]
}

// span is the width of a range, 1 where it has none yet.
func span(lo, hi float64) float64 {
	if hi > lo {
		return hi - lo
	}
	return 1
}

// Reset begins an episode that ends at a compression of 10^exponent.
func (e *Env) Reset(ctx context.Context, r *rand.Rand, exponent float64) ([States]float64, error) {
	e.exponent, e.t = exponent, 0
	for i := range e.mask {
		e.mask[i] = true
	}
	e.at = &e.bank[r.IntN(len(e.bank))]
	if err := e.flow(ctx); err != nil {
		return [States]float64{}, err
	}
	return [States]float64{(e.at.loss - e.lossLo) / span(e.lossLo, e.lossHi), (e.at.norm - e.normLo) / span(e.normLo, e.normHi)}, nil
}

// flow computes SynFlow's index and the effective sparsity of the mask.
func (e *Env) flow(ctx context.Context) error {
	for i, w := range e.weights {
		e.masked[i] = 0
		if e.mask[i] {
			e.masked[i] = float32(math.Abs(float64(w)))
		}
	}
	_, g, err := e.net.Flow(ctx, e.masked)
	if err != nil {
		return err
	}
	live := 0
	for i, w := range e.weights {
		if e.masked[i]*g[i] != 0 {
			live++
		}
		e.raw[i] = float64(w) * float64(g[i])
		if !finite(e.raw[i]) {
			return fmt.Errorf("the flow of the network is not finite: its weights are too large for an agent")
		}
	}
	score.Unusual(e.syn, e.raw)
	e.live = 1 - float64(live)/float64(len(e.weights))
	return nil
}

// Step combines the indices by action + 1, draws the mask, and moves on to a new
// batch. It returns the next state, the reward, and whether the episode is over.
func (e *Env) Step(ctx context.Context, r *rand.Rand, action [Actions]float64) (next [States]float64, reward float64, done bool, err error) {
	for i := range e.scores {
		e.scores[i] = (action[0]+1)*e.syn[i] + (action[1]+1)*e.at.snip[i] + (action[2]+1)*e.at.grasp[i]
	}
	e.t++
	keep := prune.Keep(e.exponent, e.t, e.steps)
	e.mask = score.Select(e.scores, nil, score.KeptShare(len(e.weights), keep))
	e.at = &e.bank[r.IntN(len(e.bank))]
	if err := e.flow(ctx); err != nil {
		return next, 0, true, err
	}
	e.mask.Apply(e.masked, e.weights)
	loss, g, err := e.net.Gradient(ctx, e.masked, e.at.batch, Temperature)
	if err != nil {
		return next, 0, true, err
	}
	norm := square(g)
	if !finite(loss) || !finite(norm) {
		return next, math.NaN(), true, nil
	}
	e.see(loss, norm)
	rLoss := math.Abs(loss-e.at.loss) / span(e.lossLo, e.lossHi)
	rNorm := math.Abs(norm-e.at.norm) / span(e.normLo, e.normHi) / 5
	nominal := 1 - keep
	next = [States]float64{(e.at.loss - e.lossLo) / span(e.lossLo, e.lossHi), (e.at.norm - e.normLo) / span(e.normLo, e.normHi),
		rLoss, rNorm, e.live, nominal, float64(e.t) / float64(e.steps)}
	reward = -100*math.Abs(nominal-e.live) - rLoss - rNorm
	done = e.t >= e.steps
	if e.live == 1 { // no path lives
		reward -= float64(e.steps - e.t)
		done = true
	}
	return next, reward, done, nil
}

// Prune runs one greedy episode and returns its mask, the scores it was drawn by
// and how each step weighted the indices.
func (e *Env) Prune(ctx context.Context, r *rand.Rand, a *Actor, exponent float64, step func(done, of int)) (*score.Result, error) {
	s, err := e.Reset(ctx, r, exponent)
	if err != nil {
		return nil, err
	}
	out := &score.Result{}
	for t := range e.steps {
		action := a.Act(s)
		var done bool
		var reward float64
		if s, reward, done, err = e.Step(ctx, r, action); err != nil {
			return nil, err
		}
		out.Trace = append(out.Trace, prune.Stage{Step: t + 1, Sparsity: 1 - prune.Keep(exponent, t+1, e.steps), Weights: [3]float64{action[0] + 1, action[1] + 1, action[2] + 1}})
		if step != nil {
			step(t+1, e.steps)
		}
		if done && t+1 < e.steps {
			out.Warnings = append(out.Warnings, fmt.Sprintf("panning-rl: no path lived after step %d (reward %.3g); the mask of the target was drawn by the scores of that step", t+1, reward))
			break
		}
	}
	out.Scores = slices.Clone(e.scores)
	out.Mask = score.Select(e.scores, nil, score.Kept(len(e.weights), exponent))
	return out, nil
}
