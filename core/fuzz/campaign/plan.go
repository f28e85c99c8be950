package campaign

import (
	"fmt"
	"math/rand/v2"

	"assay/core/fuzz"
	"assay/core/fuzz/mutate"
	"assay/core/prng"
)

// Planned is a test as it was made. A state keeps those that had no feedback yet: they
// were drawn from what was known a batch earlier, so that making them again from the
// state would give others.
type Planned struct {
	API     string         `json:"api"`
	Index   int64          `json:"index"` // of the case among those of the API
	Case    *fuzz.Case     `json:"case"`
	Plain   bool           `json:"plain,omitempty"` // a seed as it is
	Kind    mutate.Kind    `json:"kind,omitempty"`
	Classes []mutate.Class `json:"classes,omitempty"`
}

// test is one case on its way.
type test struct {
	Planned
	number  int64
	api     *fuzz.API
	exam    Exam
	seconds float64 // since the first test, when it ended
}

// plan makes the next batch out of what is known.
func (k *campaign) plan() *batch {
	b := &batch{}
	for len(b.tests) < batchTests && (k.Tests == 0 || k.next < k.Tests) {
		r := prng.New(k.Seed, fmt.Sprintf("fuzz/test/%d", k.next))
		a := k.pick(r)
		if a == nil {
			break
		}
		p := Planned{API: a.Name, Index: k.planned[a.Name]}
		if int(p.Index) < len(a.Seeds) {
			p.Plain, p.Case = true, a.Seeds[p.Index].Clone()
		} else {
			m := mutate.Make(r, a, k.state.Bandit, k.state.count(a.Name).Refusals)
			p.Case, p.Kind, p.Classes = m.Case, m.Kind, m.Classes
		}
		k.add(b, a, p)
	}
	return b
}

// add numbers a test.
func (k *campaign) add(b *batch, a *fuzz.API, p Planned) {
	b.tests = append(b.tests, &test{Planned: p, number: k.next, api: a})
	k.planned[a.Name]++
	k.next++
}

// resumed returns the batch that was under way when the state was taken, pushed anew.
// Where the library has lost one of its APIs meanwhile there is none: what follows is
// another campaign then.
func (k *campaign) resumed() []*batch {
	b := &batch{}
	for _, p := range k.state.Planned {
		if look(k.APIs, p.API) == nil || p.Case == nil {
			return nil
		}
	}
	for _, p := range k.state.Planned {
		k.add(b, look(k.APIs, p.API), p)
	}
	if len(b.tests) == 0 {
		return nil
	}
	k.push(b)
	return []*batch{b}
}

// planned lists the tests of batches.
func planned(under []*batch) []Planned {
	var out []Planned
	for _, b := range under {
		for _, t := range b.tests {
			out = append(out, t.Planned)
		}
	}
	return out
}

// pick chooses the API of a test: each one once, then by weight.
func (k *campaign) pick(r *rand.Rand) *fuzz.API {
	if int(k.next) < len(k.APIs) {
		return &k.APIs[k.next]
	}
	total := 0.0
	weights := make([]float64, len(k.APIs))
	for i := range k.APIs {
		a := &k.APIs[i]
		if len(a.Seeds) == 0 {
			continue
		}
		weights[i] = k.state.count(a.Name).weight() * float64(1+k.state.count(a.Name).Tests) / float64(1+k.planned[a.Name])
		total += weights[i]
	}
	x := r.Float64() * total
	for i, w := range weights {
		if x -= w; x < 0 && w > 0 {
			return &k.APIs[i]
		}
	}
	return nil
}
