package blend

import (
	"slices"
	"time"
)

// phase is a part of the time to the first token.
type phase int

// The phases, in the order of the documents.
const (
	phaseLookup     phase = iota // keys hashed, entries found and opened
	phaseLoad                    // cached tensors read, verified and put on the device
	phaseReposition              // cached K rotated to its position
	phaseCheck                   // layers up to the selection, and the selection
	phaseRecompute               // all other layers
	phaseHead                    // head, logits to the host
	phases
)

var phaseNames = [phases]string{"lookup", "load", "reposition", "check", "recompute", "head"}

// watch attributes time to phases and layers. Each lap ends where the next
// begins, so the phases add up to the total by construction.
type watch struct {
	now     func() time.Time
	last    time.Time
	total   time.Duration
	phases  [phases]time.Duration
	load    []time.Duration // by layer: load and reposition
	compute []time.Duration // by layer: check and recompute
}

func newWatch(now func() time.Time, layers int) *watch {
	return &watch{now: now, load: make([]time.Duration, layers), compute: make([]time.Duration, layers)}
}

func (w *watch) start() { w.last = w.now() }

// lap books the time since the last lap; layer -1 is none.
func (w *watch) lap(p phase, layer int) {
	t := w.now()
	d := t.Sub(w.last)
	w.last = t
	w.total += d
	w.phases[p] += d
	if layer < 0 {
		return
	}
	switch p {
	case phaseLoad, phaseReposition:
		w.load[layer] += d
	case phaseCheck, phaseRecompute:
		w.compute[layer] += d
	}
}

// ms returns the phases in milliseconds by name, every one present.
func (w *watch) ms() map[string]float64 {
	out := make(map[string]float64, phases)
	for i, d := range w.phases {
		out[phaseNames[i]] = milliseconds(d)
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// clone returns a copy of what was booked so far.
func (w *watch) clone() *watch {
	c := *w
	c.load, c.compute = slices.Clone(w.load), slices.Clone(w.compute)
	return &c
}

// add books what an earlier watch has, but for the lookup, which every pass does
// itself. Nil adds nothing.
func (w *watch) add(o *watch) {
	if o == nil {
		return
	}
	for i := range w.phases {
		if phase(i) != phaseLookup {
			w.phases[i] += o.phases[i]
			w.total += o.phases[i]
		}
	}
	for l := range w.load {
		w.load[l] += o.load[l]
		w.compute[l] += o.compute[l]
	}
}
