package mutate

import (
	"math/rand/v2"

	"assay/core/fuzz"
)

// Class is a way to change a case beyond the numbers of its tensors.
type Class string

// The classes. A class that makes an API refuse nearly everything is given up for it.
const (
	Sizes  Class = "sizes"  // one size of the tensors becomes another, everywhere
	Types  Class = "types"  // the floating type
	Layout Class = "layout" // gaps in memory
	Option Class = "option" // a number, a truth
)

// chances of each class, of a mutant (FreeFuzz changes a type in 0.2, a size in 0.1).
var chances = []struct {
	class Class
	share float64
}{{Sizes, 0.12}, {Types, 0.12}, {Layout, 0.06}, {Option, 0.2}}

// Mutant is a changed case and how it was made.
type Mutant struct {
	Case    *fuzz.Case
	Kind    Kind
	Classes []Class
}

// Refusals counts, for one API, the mutants of each class that ran and that were refused.
type Refusals map[Class]Arm

// hopeless reports whether more than nine in ten mutants of a class were refused.
func (f Refusals) hopeless(c Class) bool { return f[c].Tries >= 10 && f[c].Wins*10 > f[c].Tries*9 }

// Make changes a seed of an API.
func Make(r *rand.Rand, a *fuzz.API, b Bandit, f Refusals) Mutant {
	m := Mutant{Case: a.Seeds[r.IntN(len(a.Seeds))].Clone(), Kind: b.Choose(r, a.Family)}
	for _, c := range chances {
		if r.Float64() < c.share && !f.hopeless(c.class) && change(r, a, m.Case, c.class) {
			m.Classes = append(m.Classes, c.class)
		}
	}
	if m.Kind != "seed" {
		inputs := m.Case.Inputs()
		for i, t := range inputs {
			// One tensor in three keeps its numbers where there are several, so that one
			// argument alone can be special.
			if i > 0 && len(inputs) > 1 && r.IntN(3) == 0 {
				continue
			}
			shape := t.Shape
			if t.DType.Complex() {
				shape = append(append([]int{}, shape...), 2)
			}
			t.SetFloats(values(r, m.Kind, shape, t.Reals()))
		}
	}
	return m
}

func change(r *rand.Rand, a *fuzz.API, c *fuzz.Case, class Class) bool {
	switch class {
	case Sizes:
		return resize(r, c)
	case Types:
		return retype(r, a, c)
	case Layout:
		changed := false
		for _, t := range c.Inputs() {
			if len(t.Shape) > 0 && t.Elements() > 0 {
				t.Layout, changed = "strided", true
			}
		}
		return changed
	}
	return option(r, c)
}

// resize replaces one size by another in every tensor, which keeps most relations
// between shapes.
func resize(r *rand.Rand, c *fuzz.Case) bool {
	var sizes []int
	for _, t := range c.Tensors() {
		sizes = append(sizes, t.Shape...)
	}
	if len(sizes) == 0 {
		return false
	}
	from, to := sizes[r.IntN(len(sizes))], r.IntN(5)
	if r.IntN(4) > 0 && to == 0 {
		to = 1
	}
	if from == to {
		return false
	}
	for _, t := range c.Tensors() {
		hit := false
		for i, d := range t.Shape {
			if d == from {
				t.Shape[i], hit = to, true
			}
		}
		if hit {
			refill(r, t)
		}
	}
	return true
}

// refill gives a tensor of a new shape numbers: the old ones, over and over.
func refill(r *rand.Rand, t *fuzz.Tensor) {
	width := 8
	if t.DType.Complex() {
		width = 16
	}
	want := t.Elements() * width
	if len(t.Data) == 0 {
		if t.DType.Differentiable() {
			t.SetFloats(values(r, "uniform", t.Shape, want/8))
		} else {
			t.Data = make([]byte, want)
		}
		return
	}
	old := t.Data
	t.Data = make([]byte, 0, want)
	for len(t.Data) < want {
		t.Data = append(t.Data, old[:min(len(old), want-len(t.Data))]...)
	}
}

func retype(r *rand.Rand, a *fuzz.API, c *fuzz.Case) bool {
	inputs := c.Inputs()
	if len(inputs) == 0 || len(a.DTypes) == 0 {
		return false
	}
	to := a.DTypes[r.IntN(len(a.DTypes))]
	from := inputs[0].DType
	if to == from {
		return false
	}
	for _, t := range c.Tensors() {
		if t.DType != from {
			continue
		}
		x := t.Floats()
		switch {
		case to.Complex() && !from.Complex():
			z := make([]float64, 2*len(x))
			for i, v := range x {
				z[2*i], z[2*i+1] = v, round3(2*r.Float64()-1)
			}
			x = z
		case from.Complex() && !to.Complex():
			re := make([]float64, len(x)/2)
			for i := range re {
				re[i] = x[2*i]
			}
			x = re
		}
		t.DType = to
		t.SetFloats(x)
	}
	return true
}

var (
	interestingInts   = []int64{-2, -1, 0, 1, 2, 3, 4}
	interestingFloats = []float64{0, 1, -1, 0.5, 2, 3, -2, 1e-3, 32}
)

// option changes one number or truth among the arguments.
func option(r *rand.Rand, c *fuzz.Case) bool {
	var list []*fuzz.Value
	c.Walk(func(v *fuzz.Value) {
		if v.Kind == fuzz.KindInt || v.Kind == fuzz.KindFloat || v.Kind == fuzz.KindBool {
			list = append(list, v)
		}
	})
	if len(list) == 0 {
		return false
	}
	switch v := list[r.IntN(len(list))]; v.Kind {
	case fuzz.KindInt:
		if r.IntN(2) == 0 {
			v.Int = interestingInts[r.IntN(len(interestingInts))]
		} else {
			v.Int += int64(r.IntN(8)) - 4
		}
	case fuzz.KindFloat:
		v.Float = fuzz.Float(interestingFloats[r.IntN(len(interestingFloats))])
	case fuzz.KindBool:
		v.Bool = !v.Bool
	}
	return true
}
