package kvdata

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"assay/core/kv"
	"assay/core/plot"
)

// Coded is what is known of a run about compressed caches. The lists are in the
// order of tables.
type Coded struct {
	Profiles []kv.ProfileDoc
	Contexts []kv.ContextDoc
	Stream   *kv.StreamDoc // nil until it is stored
	Points   []kv.PointDoc
	Tiers    []kv.TierDoc
	Pick     *kv.PickDoc // nil until it is stored

	profiles map[string]kv.ProfileDoc
	contexts map[string]kv.ContextDoc
	points   map[string]kv.PointDoc
	tiers    map[string]kv.TierDoc
}

// blankCoded returns the document of a kind of record, nil for others.
func blankCoded(kind string) any {
	switch kind {
	case kv.RecordProfile:
		return new(kv.ProfileDoc)
	case kv.RecordContext:
		return new(kv.ContextDoc)
	case kv.RecordStream:
		return new(kv.StreamDoc)
	case kv.RecordPoint:
		return new(kv.PointDoc)
	case kv.RecordTier:
		return new(kv.TierDoc)
	case kv.RecordPick:
		return new(kv.PickDoc)
	}
	return nil
}

// apply takes a document over.
func (c *Coded) apply(key string, doc any) {
	switch x := doc.(type) {
	case *kv.ProfileDoc:
		put(&c.profiles, key, *x)
		c.Profiles = sorted(c.profiles, func(a, b kv.ProfileDoc) int {
			place := func(p kv.ProfileDoc) int { return slices.Index(kv.Codecs(), p.Profile) }
			return cmp.Or(cmp.Compare(place(a), place(b)), byLevel(a.Level, b.Level))
		})
	case *kv.ContextDoc:
		put(&c.contexts, key, *x)
		c.Contexts = slices.Collect(maps.Values(c.contexts))
	case *kv.StreamDoc:
		c.Stream = x
	case *kv.PointDoc:
		put(&c.points, key, *x)
		c.Points = sorted(c.points, func(a, b kv.PointDoc) int { return cmp.Or(byLevel(a.Level, b.Level), cmp.Compare(a.Ratio, b.Ratio)) })
	case *kv.TierDoc:
		put(&c.tiers, key, *x)
		c.Tiers = sorted(c.tiers, func(a, b kv.TierDoc) int {
			place := func(t kv.TierDoc) int { return slices.Index(kv.Tiers(), t.Tier) }
			return cmp.Or(cmp.Compare(place(a), place(b)), byLevel(a.Level, b.Level))
		})
	case *kv.PickDoc:
		c.Pick = x
	}
}

func put[T any](m *map[string]T, key string, v T) {
	if *m == nil {
		*m = map[string]T{}
	}
	(*m)[key] = v
}

// byLevel orders levels as numbers; words, such as text, come first.
func byLevel(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX != nil || errY != nil {
		return cmp.Or(cmp.Compare(bit(errX == nil), bit(errY == nil)), cmp.Compare(a, b))
	}
	return cmp.Compare(x, y)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Array returns a stored array of two dimensions by its name.
func (r *Run) Array(name string) (plot.Matrix, bool) {
	m, ok := r.arrays[name]
	return m, ok && m.Valid() && m.Rows > 0
}
