package agent

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"assay/core/prng"
)

// Config are the constants of a training. Default returns those of the released
// code of Panning.
type Config struct {
	Hidden  int     // width of the hidden layers
	Batch   int     // of updates
	Warmup  int     // steps of random actions
	Rate    float64 // of Adam
	Gamma   float64 // discount
	Tau     float64 // how fast targets follow
	Noise   float64 // of exploration
	Smooth  float64 // of target actions, cut at Clip
	Clip    float64
	Delay   int // critic updates for one of the actor
	Seed    uint64
	MaxExp  float64 // targets are drawn up to a compression of 10^MaxExp
	Shallow int     // steps with targets of U(.8, 1) sparsity; then of U(.9,1) and U(.98,1)
}

// Default returns the constants of the released code.
func Default() Config {
	return Config{Hidden: 256, Batch: 256, Warmup: 2000, Rate: 2e-4, Gamma: .99, Tau: .01, Noise: .1, Smooth: .2, Clip: .5, Delay: 2, MaxExp: 4, Shallow: 10_000}
}

// transition is a row of the replay memory.
const transition = States + Actions + 1 + States + 1

// Trainer trains an agent, an episode at a time. It is used by one goroutine.
type Trainer struct {
	c                        Config
	env                      *Env
	actor, actorT            *mlp
	critics, targets         [2]*mlp
	actorAdam, criticAdam    *adam
	critic, policy           *machine
	replay                   []float32 // rows of transition
	steps, updates, episodes int
	dropped                  int // episodes whose reward was no number
}

// NewTrainer starts a training from random networks.
func NewTrainer(c Config, env *Env) (*Trainer, error) {
	t := &Trainer{c: c, env: env}
	r := prng.New(c.Seed, "prune/agent/init")
	t.actor = newMLP(r, []int{States}, c.Hidden, Actions)
	t.actorT = t.actor.clone()
	for i := range t.critics {
		t.critics[i] = newMLP(r, []int{States, Actions}, c.Hidden, 1)
		t.targets[i] = t.critics[i].clone()
	}
	var err error
	if t.critic, err = criticMachine(c.Batch, t.critics[0], t.critics[1]); err != nil {
		return nil, fmt.Errorf("graph of the critics: %w", err)
	}
	if t.policy, err = actorMachine(c.Batch, t.actor, t.critics[0]); err != nil {
		return nil, fmt.Errorf("graph of the actor: %w", err)
	}
	t.actorAdam, t.criticAdam = newAdam(c.Rate, t.policy.tensors), newAdam(c.Rate, t.critic.tensors)
	return t, nil
}

// Steps returns the environment steps done.
func (t *Trainer) Steps() int { return t.steps }

// Actor returns the agent as it is now; it changes with the next episode.
func (t *Trainer) Actor() *Actor { return &Actor{t.actor} }

// Episode is what one episode came to.
type Episode struct {
	Episode  int     `json:"episode"` // from 1
	Steps    int     `json:"steps"`   // environment steps so far
	Exponent float64 `json:"exponent"`
	Length   int     `json:"length"`
	Reward   float64 `json:"reward"` // sum
	Dropped  bool    `json:"dropped"`
}

// Episode plays one episode and learns from it and what came before.
func (t *Trainer) Episode(ctx context.Context, step func(steps int)) (Episode, error) {
	t.episodes++
	r := prng.New(t.c.Seed, fmt.Sprintf("prune/agent/episode/%d", t.episodes))
	out := Episode{Episode: t.episodes, Exponent: t.target(r)}
	s, err := t.env.Reset(ctx, r, out.Exponent)
	if err != nil {
		return out, err
	}
	first := len(t.replay)
	for done := false; !done; {
		var a [Actions]float64
		if t.steps < t.c.Warmup {
			for i := range a {
				a[i] = 2*r.Float64() - 1
			}
		} else {
			a = t.Actor().Act(s)
			for i := range a {
				a[i] = clamp(a[i]+t.c.Noise*r.NormFloat64(), 1)
			}
		}
		var next [States]float64
		var reward float64
		if next, reward, done, err = t.env.Step(ctx, r, a); err != nil {
			return out, err
		}
		if !finite(reward) {
			t.replay = t.replay[:first]
			t.dropped++
			out.Dropped = true
			break
		}
		t.remember(s, a, reward, next, done)
		s = next
		t.steps++
		out.Length++
		out.Reward += reward
		if rows := len(t.replay) / transition; t.steps >= t.c.Warmup && rows >= t.c.Batch {
			if err := t.learn(r); err != nil {
				return out, err
			}
		}
		if step != nil {
			step(t.steps)
		}
	}
	out.Steps = t.steps
	return out, nil
}

// target draws the sparsity that an episode ends at.
func (t *Trainer) target(r *rand.Rand) float64 {
	lo := .8
	if t.steps >= t.c.Shallow {
		if lo = .9; r.IntN(2) == 0 {
			lo = .98
		}
	}
	return min(-math.Log10(1-(lo+(1-lo)*r.Float64())), t.c.MaxExp)
}

func clamp(x, bound float64) float64 { return min(max(x, -bound), bound) }

func (t *Trainer) remember(s [States]float64, a [Actions]float64, reward float64, next [States]float64, done bool) {
	for _, v := range s {
		t.replay = append(t.replay, float32(v))
	}
	for _, v := range a {
		t.replay = append(t.replay, float32(v))
	}
	t.replay = append(t.replay, float32(reward))
	for _, v := range next {
		t.replay = append(t.replay, float32(v))
	}
	end := float32(0)
	if done {
		end = 1
	}
	t.replay = append(t.replay, end)
}

// learn makes one update of the critics, and every Delay-th time one of the actor.
func (t *Trainer) learn(r *rand.Rand) error {
	n := t.c.Batch
	states, actions, target, ones := make([]float32, 0, n*States), make([]float32, 0, n*Actions), make([]float32, n), make([]float32, n)
	for b := range n {
		at := r.IntN(len(t.replay)/transition) * transition
		row := t.replay[at : at+transition]
		states = append(states, row[:States]...)
		actions = append(actions, row[States:States+Actions]...)
		next := row[States+Actions+1 : States+Actions+1+States]
		a := t.actorT.forward(next)
		for i := range a {
			noise := clamp(t.c.Smooth*r.NormFloat64(), t.c.Clip)
			a[i] = float32(clamp(math.Tanh(float64(a[i]))+noise, 1))
		}
		q := min(t.targets[0].forward(next, a)[0], t.targets[1].forward(next, a)[0])
		target[b] = row[States+Actions] + float32(t.c.Gamma)*(1-row[transition-1])*q
		ones[b] = 1
	}
	g, err := t.critic.run(states, actions, target, ones)
	if err != nil {
		return err
	}
	t.criticAdam.apply(t.critic.tensors, g)
	t.updates++
	if t.updates%t.c.Delay != 0 {
		return nil
	}
	if g, err = t.policy.run(states, ones); err != nil {
		return err
	}
	t.actorAdam.apply(t.policy.tensors, g)
	t.actorT.follow(t.actor, float32(t.c.Tau))
	for i := range t.critics {
		t.targets[i].follow(t.critics[i], float32(t.c.Tau))
	}
	return nil
}
