package blend

import (
	"time"

	"assay/core/kv/store"
)

// Fetcher is an Entry that is far away: Fetch asks for a tensor that a later Read
// takes, so that one travels while the one before is decoded. Tensors are read in
// the order in which they were asked for, or not at all.
type Fetcher interface {
	Fetch(layer int, p store.Part) error
}

// underway is how many tensors are asked for at once.
const underway = 16

// ahead reads the cached tensors of one layer while another is computed (kv.md
// 1.7): a goroutine reads, decodes and verifies, and the pass takes what it read.
// One layer is on its way at a time. The numbers are those of reading when needed.
// A nil ahead does nothing.
type ahead struct {
	d     *loader
	late  bool // a layer is begun when it is needed: loading alone, the same way
	layer int  // being read or there; -1 for none
	done  chan struct{}
	bytes [2][][]byte // by part and segment; nil where it was not asked for
	room  [2][]byte
	err   []error         // by segment
	took  []time.Duration // by layer
}

func newAhead(d *loader, late bool) *ahead {
	a := &ahead{d: d, late: late, layer: -1, err: make([]error, len(d.segs)), took: make([]time.Duration, d.e.m.Config.Layers)}
	for p := range a.room {
		a.room[p] = make([]byte, len(d.e.mem.staging))
		a.bytes[p] = make([][]byte, len(d.segs))
	}
	return a
}

// begin starts to read K and V of a layer ahead of its time, of the segments that
// have a row that is needed. What was read for another layer is gone then.
func (a *ahead) begin(layer int, need wanted, k, v bool) {
	if a != nil && !a.late {
		a.start(layer, need, k, v)
	}
}

// need starts to read what is needed now and was not begun before.
func (a *ahead) need(layer int, need wanted, k, v bool) {
	if a != nil && a.late {
		a.start(layer, need, k, v)
	}
}

// tensor is one that is read.
type tensor struct {
	segment int
	part    store.Part
}

func (a *ahead) start(layer int, need wanted, k, v bool) {
	if layer >= a.d.e.m.Config.Layers {
		return
	}
	a.wait()
	a.layer, a.done = layer, make(chan struct{})
	at, width := 0, 4*a.d.e.m.Config.KVDim()
	var todo []tensor
	for i, g := range a.d.segs {
		a.err[i], a.bytes[0][i], a.bytes[1][i] = nil, nil, nil
		n := width * (g.End - g.Start)
		if a.d.open[i] != nil && at+n <= len(a.room[0]) && anyRow(g.Start, g.End, need) {
			for p, on := range []bool{k, v} {
				if on {
					a.bytes[p][i] = a.room[p][at : at+n]
					todo = append(todo, tensor{i, store.Part(p)})
				}
			}
			at += n
		}
	}
	done := a.done
	go func() {
		defer close(done)
		began := a.d.e.now()
		a.read(layer, todo)
		a.took[layer] = a.d.e.now().Sub(began)
	}()
}

func (a *ahead) read(layer int, todo []tensor) {
	asked := 0
	for n, t := range todo {
		for ; asked < min(n+underway, len(todo)); asked++ {
			s := todo[asked]
			if f, ok := a.d.open[s.segment].(Fetcher); ok && a.err[s.segment] == nil {
				a.err[s.segment] = f.Fetch(layer, s.part)
			}
		}
		if a.err[t.segment] == nil {
			a.err[t.segment] = a.d.open[t.segment].Read(layer, t.part, a.bytes[t.part][t.segment])
		}
	}
}

// wait ends when nothing is being read.
func (a *ahead) wait() {
	if a != nil && a.done != nil {
		<-a.done
	}
}

// times returns how long reading each layer took, by itself; nil where layers were
// not read here.
func (a *ahead) times() []time.Duration {
	if a == nil {
		return nil
	}
	a.wait()
	return a.took
}

// take returns a tensor of a segment, nil where it was not read ahead.
func (a *ahead) take(layer int, part store.Part, segment int) ([]byte, error) {
	if a == nil {
		return nil, nil
	}
	a.wait()
	if a.layer != layer {
		return nil, nil
	}
	return a.bytes[part][segment], a.err[segment]
}
