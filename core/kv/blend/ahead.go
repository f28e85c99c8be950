package blend

import "assay/core/kv/store"

// ahead reads the cached tensors of one layer while another is computed (kv.md
// 1.7): a goroutine reads, decodes and verifies, and the pass takes what it read.
// One layer is on its way at a time. The numbers are those of reading when needed.
// A nil ahead does nothing.
type ahead struct {
	d     *loader
	layer int // being read or there; -1 for none
	done  chan struct{}
	bytes [2][][]byte // by part and segment; nil where it was not asked for
	room  [2][]byte
	err   []error // by segment
}

func newAhead(d *loader) *ahead {
	a := &ahead{d: d, layer: -1, err: make([]error, len(d.segs))}
	for p := range a.room {
		a.room[p] = make([]byte, len(d.e.mem.staging))
		a.bytes[p] = make([][]byte, len(d.segs))
	}
	return a
}

// begin starts to read K and V of a layer, of the segments that have a row that
// is needed. What was read for another layer is gone then.
func (a *ahead) begin(layer int, need wanted, k, v bool) {
	if a == nil || layer >= a.d.e.m.Config.Layers {
		return
	}
	a.wait()
	a.layer, a.done = layer, make(chan struct{})
	at, width := 0, 4*a.d.e.m.Config.KVDim()
	var todo []int
	for i, g := range a.d.segs {
		a.err[i], a.bytes[0][i], a.bytes[1][i] = nil, nil, nil
		n := width * (g.End - g.Start)
		if a.d.open[i] != nil && at+n <= len(a.room[0]) && anyRow(g.Start, g.End, need) {
			for p, on := range []bool{k, v} {
				if on {
					a.bytes[p][i] = a.room[p][at : at+n]
				}
			}
			todo = append(todo, i)
			at += n
		}
	}
	done := a.done
	go func() {
		defer close(done)
		for _, i := range todo {
			for p := range a.bytes {
				if dst := a.bytes[p][i]; dst != nil && a.err[i] == nil {
					a.err[i] = a.d.open[i].Read(layer, store.Part(p), dst)
				}
			}
		}
	}()
}

// wait ends when nothing is being read.
func (a *ahead) wait() {
	if a != nil && a.done != nil {
		<-a.done
	}
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
