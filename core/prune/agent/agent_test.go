package agent_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/agent"
	"assay/core/prune/net"
	"assay/core/prune/score"
	"assay/gpu"
)

// env is the environment of a small network.
func env(t testing.TB, steps int) (*agent.Env, []prune.Tensor, []float32) {
	t.Helper()
	spec := prune.Spec{Input: []int{6}, Layers: []prune.Layer{{Op: prune.Linear, Name: "one", Out: 16}, {Op: prune.ReLU}, {Op: prune.Linear, Name: "two", Out: 4}}}
	d, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	m, err := net.New(d, spec)
	if err != nil {
		t.Fatal(err)
	}
	l := m.Layout()
	params, running, err := l.Init(1, prune.FanIn)
	if err != nil {
		t.Fatal(err)
	}
	r := prng.New(1, "test")
	var bank []score.Batch
	for range 3 {
		b := score.Batch{X: make([]float32, 8*6), Y: make([]int32, 8)}
		for i := range b.X {
			b.X[i] = float32(r.NormFloat64())
		}
		for i := range b.Y {
			b.Y[i] = int32(r.IntN(4))
		}
		bank = append(bank, b)
	}
	e, err := agent.NewEnv(t.Context(), score.NewEngine(m, params, running), l.Weights(), params[:l.Prunable], bank, steps)
	if err != nil {
		t.Fatal(err)
	}
	return e, l.Weights(), params[:l.Prunable]
}

func config() agent.Config {
	c := agent.Default()
	c.Hidden, c.Batch, c.Warmup, c.Seed, c.MaxExp = 8, 16, 20, 3, 1.5
	return c
}

func TestEpisodesKeepTheirSchedule(t *testing.T) {
	e, _, _ := env(t, 10)
	r := prng.New(1, "episode")
	s, err := e.Reset(t.Context(), r, 1)
	if err != nil || s[2] != 0 || s[6] != 0 || s[0] < 0 || s[0] > 1 {
		t.Fatalf("%v %v", s, err)
	}
	for step := 1; step <= 10; step++ {
		next, reward, done, err := e.Step(t.Context(), r, [3]float64{0, 0, 0})
		if err != nil {
			t.Fatal(err)
		}
		nominal := 1 - math.Pow(10, -float64(step)/10)
		if math.Abs(next[5]-nominal) > 1e-12 || next[6] != float64(step)/10 || next[4] < 0 || next[4] > 1 {
			t.Errorf("step %d: %v", step, next)
		}
		want := -100*math.Abs(nominal-next[4]) - next[2] - next[3]
		if next[4] == 1 {
			want -= float64(10 - step)
		}
		if math.Abs(reward-want) > 1e-9 || done != (step == 10 || next[4] == 1) {
			t.Errorf("step %d: reward %v, expected %v, done %v", step, reward, want, done)
		}
		if done {
			break
		}
	}
}

// A training that goes on from what was saved ends with the same bits.
func TestAKilledTrainingEndsWithTheSameAgent(t *testing.T) {
	train := func(tr *agent.Trainer, episodes int) {
		t.Helper()
		for range episodes {
			if _, err := tr.Episode(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	fresh := func() *agent.Trainer {
		t.Helper()
		e, _, _ := env(t, 10)
		tr, err := agent.NewTrainer(config(), e)
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	whole := fresh()
	train(whole, 8)
	half := fresh()
	train(half, 5)
	again := fresh()
	if err := again.Restore(half.State()); err != nil {
		t.Fatal(err)
	}
	train(again, 3)
	a, b := whole.State(), again.State()
	if a.Steps != b.Steps || a.Updates != b.Updates || a.Updates == 0 || a.Ranges != b.Ranges || !slices.Equal(a.Values, b.Values) || !slices.Equal(a.Replay, b.Replay) {
		t.Errorf("%d steps and %d updates, against %d and %d, or other values", a.Steps, a.Updates, b.Steps, b.Updates)
	}
}

// The agent of a file prunes, and exactly as many weights as asked for.
func TestAgentsComeBackFromFiles(t *testing.T) {
	e, _, w := env(t, 10)
	tr, err := agent.NewTrainer(config(), e)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := tr.Actor().Write(filepath.Join(dir, "model.safetensors"), nil); err != nil {
		t.Fatal(err)
	}
	back, err := agent.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	s := [agent.States]float64{.1, .2, .3, .4, .5, .6, .7}
	if back.Act(s) != tr.Actor().Act(s) {
		t.Error("another action")
	}
	r, err := e.Prune(t.Context(), prng.New(1, "x"), back, .7, nil)
	if err != nil || r.Mask.Kept() != score.Kept(len(w), .7) {
		t.Errorf("%v", err)
	}
	if _, err := agent.Read(os.DirFS(t.TempDir())); err == nil {
		t.Error("an empty folder is an agent")
	}
}

// The agent that ships is whole, and pays more attention than none: a greedy
// episode keeps a path alive to 10^1.
func TestTheAgentThatShipsPrunes(t *testing.T) {
	a, err := agent.Trained()
	if err != nil {
		t.Fatal(err)
	}
	e, _, w := env(t, 100)
	r, err := e.Prune(t.Context(), prng.New(1, "x"), a, .7, nil)
	if err != nil || r.Mask.Kept() != score.Kept(len(w), .7) || len(r.Warnings) > 0 {
		t.Errorf("%v", err)
	}
	for _, s := range r.Trace {
		for _, x := range s.Weights {
			if x < 0 || x > 2 {
				t.Fatalf("step %d weights %v", s.Step, s.Weights)
			}
		}
	}
}
