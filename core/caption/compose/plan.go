package compose

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"assay/core/caption"
	"assay/core/prng"
)

// Options says what to plan.
type Options struct {
	Seed        uint64
	Backgrounds int // scenes
	Levels      []int
	Relations   []string // see caption.Relations
	SameClass   float64  // share of insertions whose class the scene has already
}

// Placed is an object in a scene.
type Placed struct {
	Object int // index in the corpus
	Rect
	Inserted bool // what the pair is about
}

// Scene is a picture in words: a background and objects, the last on top.
type Scene struct {
	ID         string
	Background int // index in the world
	Objects    []Placed
	Noise      uint64 // seed of invisible noise; 0 for none
}

// Case is a planned pair.
type Case struct {
	ID       string
	Relation string
	Class    string // inserted or removed
	Object   int    // the cut-out, an index in the corpus
	Level    int
	Rho      []float64
	Left     bool // removal: another object of the class remains
	Source   Scene
	Followup Scene
}

// Plan is what a campaign does, in order.
type Plan struct {
	Cases    []Case
	Rejected map[string]int // scenes and objects that were drawn and given up, by reason
}

// sceneTries bounds the scenes drawn for one background before it is given up,
// objectTries the objects drawn for one scene.
const (
	sceneTries  = 12
	objectTries = 6
)

// NewPlan plans a campaign. It depends on the world and the options alone.
func (w *World) NewPlan(o Options) *Plan {
	p := &Plan{Rejected: map[string]int{}}
	classes := w.Corpus.Classes()
	for i := range o.Backgrounds {
		r := prng.New(o.Seed, fmt.Sprintf("caption/scene/%d", i))
		id := fmt.Sprintf("b%04d", i+1)
		for range sceneTries {
			base, ok := w.scene(r, id, classes)
			if !ok {
				p.Rejected["no-room"]++
				continue
			}
			cases, reason := w.cases(r, base, classes, o)
			if reason != "" {
				p.Rejected[reason]++
				continue
			}
			p.Cases = append(p.Cases, cases...)
			break
		}
	}
	return p
}

// scene draws a background and one to three objects of one or two classes that
// do not touch, so that the truth about the source picture leaves no doubt.
func (w *World) scene(r *rand.Rand, id string, classes []string) (Scene, bool) {
	s := Scene{ID: id, Background: r.IntN(len(w.Backgrounds))}
	if w.Backgrounds[s.Background].Photo {
		return s, true
	}
	b := w.Backgrounds[s.Background].Size
	kinds := []string{classes[r.IntN(len(classes))]}
	if other := classes[r.IntN(len(classes))]; r.Float64() < 0.5 && other != kinds[0] {
		kinds = append(kinds, other)
	}
	for _, class := range kinds {
		n := 1
		if r.Float64() < 0.25 {
			n = 2
		}
		of := w.Corpus.Of(class)
		for range n {
			obj := of[r.IntN(len(of))]
			side := (0.22 + 0.18*r.Float64()) * float64(min(b.X, b.Y))
			rect, ok := w.place(r, s, obj, int(side))
			if !ok {
				return s, false
			}
			s.Objects = append(s.Objects, Placed{Object: obj, Rect: rect})
		}
	}
	return s, true
}

// place finds a spot for an object whose longer side is given, apart from the
// others.
func (w *World) place(r *rand.Rand, s Scene, obj, side int) (Rect, bool) {
	b := w.Backgrounds[s.Background].Size
	o := w.Corpus.Objects[obj].Size
	long := max(o.X, o.Y)
	rect := Rect{W: max(1, o.X*side/long), H: max(1, o.Y*side/long)}
	if rect.W >= b.X || rect.H >= b.Y {
		return rect, false
	}
	for range 40 {
		rect.X, rect.Y = r.IntN(b.X-rect.W), r.IntN(b.Y-rect.H)
		if !slices.ContainsFunc(s.Objects, func(p Placed) bool { return rect.Overlap(p.Rect) > 0 }) {
			return rect, true
		}
	}
	return rect, false
}

// cases makes the pairs of a scene, or says why it cannot.
func (w *World) cases(r *rand.Rand, base Scene, classes []string, o Options) (out []Case, reason string) {
	ground := w.Backgrounds[base.Background]
	b, boxes, there := ground.Size, ground.rects(), ground.Boxes
	if !ground.Photo {
		boxes = base.boxes()
		for _, p := range base.Objects {
			there = append(there, Labelled{w.Corpus.Objects[p.Object].Class, p.Rect})
		}
	}
	if slices.Contains(o.Relations, caption.Insert) || slices.Contains(o.Relations, caption.RoundTrip) {
		reason = NoDirection
		for range objectTries {
			class := classes[r.IntN(len(classes))]
			if r.Float64() < o.SameClass && len(there) > 0 {
				class = there[r.IntN(len(there))].Class
			}
			of := w.Corpus.Of(class)
			if len(of) == 0 { // a class of the photo without a cut-out
				reason = NoCutout
				continue
			}
			obj := of[r.IntN(len(of))]
			size := w.Corpus.Objects[obj].Size
			var t Tuned
			if ground.Photo && len(boxes) == 0 {
				t, reason = free(r, b.X, b.Y, size.X, size.Y, o.Levels)
			} else {
				t, reason = Tune(r, b.X, b.Y, boxes, size.X, size.Y, o.Levels)
			}
			if reason != "" {
				continue
			}
			for i, level := range o.Levels {
				c := Case{ID: fmt.Sprintf("%s-L%d", base.ID, level), Relation: caption.Insert, Class: class, Object: obj, Level: level, Rho: t.Rho[i], Source: base, Followup: base}
				c.Followup.ID = c.ID
				c.Followup.Objects = append(slices.Clone(base.Objects), Placed{Object: obj, Rect: t.Places[i], Inserted: true})
				if slices.Contains(o.Relations, caption.Insert) {
					out = append(out, c)
				}
				if i == 0 && slices.Contains(o.Relations, caption.RoundTrip) {
					c.ID, c.Relation, c.Rho = base.ID+"-T", caption.RoundTrip, nil
					c.Followup = base // inserted and removed again: drawn anew without the object
					c.Followup.ID = c.ID
					out = append(out, c)
				}
			}
			break
		}
		if reason != "" {
			return nil, reason
		}
	}
	if slices.Contains(o.Relations, caption.Remove) {
		if len(base.Objects) < 2 {
			if len(out) == 0 {
				return nil, "one-object"
			}
			return out, ""
		}
		out = append(out, w.removal(r, base))
	}
	return out, ""
}

// removal takes away one object that is not the largest.
func (w *World) removal(r *rand.Rand, base Scene) Case {
	largest := 0
	for i, p := range base.Objects {
		if p.Area() > base.Objects[largest].Area() {
			largest = i
		}
	}
	at := r.IntN(len(base.Objects) - 1)
	if at >= largest {
		at++
	}
	gone := base.Objects[at]
	class := w.Corpus.Objects[gone.Object].Class
	c := Case{ID: base.ID + "-R", Relation: caption.Remove, Class: class, Object: gone.Object, Source: base, Followup: base}
	c.Source.Objects = slices.Clone(base.Objects)
	c.Source.Objects[at].Inserted = true
	c.Followup.ID = c.ID
	c.Followup.Objects = slices.Delete(slices.Clone(base.Objects), at, at+1)
	c.Left = slices.ContainsFunc(c.Followup.Objects, func(p Placed) bool { return w.Corpus.Objects[p.Object].Class == class })
	return c
}

// boxes returns the rectangles of a scene, the largest first.
func (s Scene) boxes() []Rect {
	var out []Rect
	for _, p := range s.Objects {
		out = append(out, p.Rect)
	}
	slices.SortStableFunc(out, func(a, b Rect) int { return cmp.Compare(b.Area(), a.Area()) })
	return out
}

// Truth counts the objects of a scene by class; nil where it is a photo, of
// which nobody has listed everything.
func (w *World) Truth(s Scene) map[string]int {
	if w.Backgrounds[s.Background].Photo {
		return nil
	}
	out := map[string]int{}
	for _, p := range s.Objects {
		out[w.Corpus.Objects[p.Object].Class]++
	}
	return out
}

// LeastArea is the least share of a scene that an object covers for its absence
// from a caption to count as an error, and Seen the least share of it that must
// be visible.
const (
	LeastArea = 0.03
	Seen      = 0.55
)

// Fair returns, class by class, how many objects of a picture a caption must
// count at least (those that are plain to see) and may count at most (all).
func Fair(p caption.Picture) map[string]caption.Interval {
	out := map[string]caption.Interval{}
	for _, b := range p.Boxes {
		i := out[b.Class]
		i.Hi++
		if b.Visible >= Seen && float64(b.W*b.H) >= math.Floor(LeastArea*float64(p.W*p.H)) {
			i.Lo++
		}
		out[b.Class] = i
	}
	return out
}
