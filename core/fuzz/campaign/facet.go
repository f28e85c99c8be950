package campaign

import (
	"math/bits"
	"slices"

	"assay/core/fuzz"
	"assay/core/fuzz/mutate"
	"assay/core/fuzz/wire"
)

// Facets is a set of ways in which an API can be tried: modes, types of elements and
// kinds of values, a bit each. A campaign is complete where every API was tried in
// every way that it supports.
type Facets uint64

// stages are the modes among the facets, with their names.
var stages = []struct {
	at   wire.Stage
	name string
}{{wire.Rev, "reverse"}, {wire.Fwd, "forward"}, {wire.Vmap, "vmap"}, {wire.Jit, "jit"},
	{wire.RR, fuzz.RoverR}, {wire.WR, fuzz.WoverR}, {wire.RW, fuzz.RoverW}, {wire.WW, fuzz.WoverW}}

var dtypes = []fuzz.DType{fuzz.F64, fuzz.F32, fuzz.F16, fuzz.BF16, fuzz.C128, fuzz.C64}

// FacetDocs lists the facets in the order of their bits.
func FacetDocs() []fuzz.FacetDoc {
	var out []fuzz.FacetDoc
	for _, s := range stages {
		out = append(out, fuzz.FacetDoc{Group: "modes", Name: s.name})
	}
	out = append(out, fuzz.FacetDoc{Group: "modes", Name: "third order"})
	for _, d := range dtypes {
		out = append(out, fuzz.FacetDoc{Group: "types", Name: string(d)})
	}
	for _, k := range mutate.Kinds() {
		out = append(out, fuzz.FacetDoc{Group: "values", Name: string(k)})
	}
	return out
}

func (f *Facets) add(i int) {
	if i >= 0 {
		*f |= 1 << i
	}
}

func (f *Facets) stage(at wire.Stage) {
	for i, s := range stages {
		if s.at == at {
			f.add(i)
		}
	}
}

func (f *Facets) third() { f.add(len(stages)) }

func (f *Facets) dtype(d fuzz.DType) {
	if i := slices.Index(dtypes, d); i >= 0 {
		f.add(len(stages) + 1 + i)
	}
}

func (f *Facets) kind(k mutate.Kind) {
	if i := slices.Index(mutate.Kinds(), k); i >= 0 {
		f.add(len(stages) + 1 + len(dtypes) + i)
	}
}

// Has reports whether the set holds the i-th facet.
func (f Facets) Has(i int) bool { return f>>i&1 == 1 }

// Len returns the number of facets in the set.
func (f Facets) Len() int { return bits.OnesCount64(uint64(f)) }

// Supported returns the facets that an API of a library with these capabilities has,
// up to an order of derivative.
func Supported(a *fuzz.API, caps []string, order int) Facets {
	var f Facets
	for i := range a.Seeds {
		for _, t := range a.Seeds[i].Inputs() {
			f.dtype(t.DType)
		}
	}
	if f == 0 || !a.Reverse {
		return f // nothing to differentiate
	}
	for _, d := range a.DTypes {
		f.dtype(d)
	}
	for _, k := range mutate.Kinds() {
		f.kind(k)
	}
	f.stage(wire.Rev)
	for _, at := range []wire.Stage{wire.Vmap, wire.Jit} {
		if slices.Contains(caps, string(at)) {
			f.stage(at)
		}
	}
	if a.Forward {
		f.stage(wire.Fwd)
	}
	if !a.Second || order < 2 {
		return f
	}
	f.stage(wire.RR)
	if a.Forward {
		for _, at := range []wire.Stage{wire.WR, wire.RW, wire.WW} {
			f.stage(at)
		}
	}
	if order > 2 {
		f.third()
	}
	return f
}

// tried returns the facets of a test.
func (t *test) tried() Facets {
	f := t.exam.Looked
	if in := t.Case.Inputs(); len(in) > 0 {
		f.dtype(in[0].DType)
	}
	if t.Plain {
		f.kind("seed")
	} else {
		f.kind(t.Kind)
	}
	return f
}
