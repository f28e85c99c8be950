package agent

import (
	"fmt"
	"io/fs"
	"slices"

	"assay/core/model/safetensors"
	"assay/core/prune/tensors"
)

// State is what a training needs to go on behind an episode.
type State struct {
	Steps, Updates, Episodes, Dropped int
	ActorSteps, CriticSteps           int // of Adam
	Ranges                            [4]float64
	Values                            []float32 // networks, then the moments of Adam
	Replay                            []float32
}

func (t *Trainer) nets() []*mlp {
	return []*mlp{t.actor, t.actorT, t.critics[0], t.critics[1], t.targets[0], t.targets[1]}
}

func (t *Trainer) moments() [][]float32 {
	return slices.Concat(t.actorAdam.m, t.actorAdam.v, t.criticAdam.m, t.criticAdam.v)
}

// State copies the state out.
func (t *Trainer) State() State {
	s := State{Steps: t.steps, Updates: t.updates, Episodes: t.episodes, Dropped: t.dropped, ActorSteps: t.actorAdam.step, CriticSteps: t.criticAdam.step,
		Ranges: t.env.Ranges(), Replay: slices.Clone(t.replay)}
	for _, m := range t.nets() {
		s.Values = append(s.Values, m.flat()...)
	}
	for _, m := range t.moments() {
		s.Values = append(s.Values, m...)
	}
	return s
}

// Restore takes a state up.
func (t *Trainer) Restore(s State) error {
	want := 0
	for _, m := range t.nets() {
		want += m.size()
	}
	for _, m := range t.moments() {
		want += len(m)
	}
	if len(s.Values) != want || len(s.Replay)%transition != 0 {
		return fmt.Errorf("the saved agent holds %d values and %d of replay, expected %d and a multiple of %d: it was trained with another width", len(s.Values), len(s.Replay), want, transition)
	}
	t.steps, t.updates, t.episodes, t.dropped = s.Steps, s.Updates, s.Episodes, s.Dropped
	t.actorAdam.step, t.criticAdam.step = s.ActorSteps, s.CriticSteps
	t.env.SetRanges(s.Ranges)
	t.replay = slices.Clone(s.Replay)
	v := s.Values
	for _, m := range t.nets() {
		m.set(v)
		v = v[m.size():]
	}
	for _, m := range t.moments() {
		v = v[copy(m, v):]
	}
	return nil
}

// names are the tensors of an actor in a file.
var names = [...]string{"state.weight", "state.bias", "hidden.weight", "hidden.bias", "action.weight", "action.bias"}

// Write writes the agent as a safetensors file; matrices are [in, out].
func (a *Actor) Write(path string, meta map[string]string) error {
	var list []tensors.Tensor
	for i, t := range a.net.tensors {
		list = append(list, tensors.Tensor{Name: names[i], Shape: t.Shape(), Floats: values(t)})
	}
	return tensors.Write(path, list, meta)
}

// Read reads an agent; fsys holds it under the name that package safetensors
// looks for.
func Read(fsys fs.FS) (*Actor, error) {
	f, err := tensors.OpenFS(fsys, safetensors.SingleFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	shape, ok := f.Shape(names[1])
	if !ok || len(shape) != 2 || shape[0] != 1 || shape[1] < 1 || shape[1] > 1<<14 {
		return nil, fmt.Errorf("no agent: %s is %v, expected [1, width]", names[1], shape)
	}
	h := shape[1]
	m := &mlp{in: []int{States}, hidden: h, out: Actions}
	want := [][]int{{States, h}, {1, h}, {h, h}, {1, h}, {h, Actions}, {1, Actions}}
	for i, name := range names {
		v, shape, err := f.Floats(name)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(shape, want[i]) {
			return nil, fmt.Errorf("no agent for %d states and %d actions: %s is %v, expected %v", States, Actions, name, shape, want[i])
		}
		m.tensors = append(m.tensors, dense(shape, v))
	}
	return &Actor{m}, nil
}
