package blend

import (
	"errors"
	"fmt"

	"assay/core/kv/store"
	"assay/gpu"
)

// maxOpen bounds the files that a loader holds open; the usual limit of a
// process is 1,024.
const maxOpen = 200

// loader brings cached rows of a prompt to the device, a layer at a time.
type loader struct {
	e     *Engine
	w     *watch
	segs  []*segment
	open  []Entry
	turns []int32 // position that K of each row is rotated to; index is the row
	bytes []int64 // by layer

	ahead *ahead // nil where tensors are read one by one as they are needed

	rotated bool    // K is cached after RoPE: all segments of a session are of one form
	stood   []int32 // position for which K of each row was rotated
}

// lost says that the cache of a segment turned out to be gone or damaged. The
// session makes it again and repeats the mode.
type lost struct {
	g      *segment
	reason string
}

func (l *lost) Error() string {
	return fmt.Sprintf("cache of segment %d is lost: %s", l.g.Index, l.reason)
}

// newLoader opens the caches of segments.
func (e *Engine) newLoader(w *watch, segs []*segment, turns []int32) (*loader, error) {
	d := &loader{e: e, w: w, segs: segs, turns: turns, open: make([]Entry, len(segs)), bytes: make([]int64, e.m.Config.Layers)}
	for i, g := range segs {
		if g.turned {
			d.stand(g)
		}
		if g.cold {
			continue
		}
		if g.ram != nil {
			d.open[i] = g.ram
			if err := d.wrap(i); err != nil {
				return nil, errors.Join(err, d.close())
			}
			continue
		}
		var found *store.Entry
		reason := "not kept in memory"
		if e.store != nil {
			found, reason = e.store.Get(g.key)
		}
		if found == nil {
			return nil, errors.Join(&lost{g, reason}, d.close())
		}
		d.open[i] = found
		if i >= maxOpen {
			if err := found.Preload(); err != nil {
				return nil, errors.Join(&lost{g, err.Error()}, d.close())
			}
		}
		if err := d.wrap(i); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	w.lap(phaseLookup, -1)
	return d, nil
}

// wrap puts what the session asked for in front of an open cache.
func (d *loader) wrap(i int) error {
	g := d.segs[i]
	if g.serve == nil {
		return nil
	}
	e, err := g.serve(g.key, g.SegmentDoc, d.open[i])
	if err != nil {
		return err
	}
	d.open[i] = e
	return nil
}

// stand notes where the rows of a segment stand whose K is cached after RoPE.
func (d *loader) stand(g *segment) {
	if d.stood == nil {
		d.rotated, d.stood = true, make([]int32, len(d.turns))
	}
	for i := g.Start; i < g.End; i++ {
		d.stood[i] = int32(g.at + i - g.Start)
	}
}

func (d *loader) close() error {
	d.ahead.wait()
	var err error
	for i, o := range d.open {
		if o != nil {
			err = errors.Join(err, o.Close())
			d.open[i] = nil
		}
	}
	return err
}

// wanted says of a row whether the cached one is needed. Segments are loaded
// whole.
type wanted func(row int) bool

// scratch loads K before RoPE and V of a layer into the scratch tensors, as far
// as they are asked for.
func (d *loader) scratch(p *pass, layer int, k, v bool) error {
	d.ahead.need(layer, everyRow, k, v)
	for i, g := range d.segs {
		if k {
			if err := d.read(p, i, layer, store.K, d.e.mem.ck); err != nil {
				return err
			}
			if d.open[i] != nil {
				d.unturn(p, p.rows(d.e.mem.ck, g.Start, g.End), positions(g.Start, g.End))
			}
		}
		if v {
			if err := d.read(p, i, layer, store.V, d.e.mem.cv); err != nil {
				return err
			}
		}
	}
	d.w.lap(phaseLoad, layer)
	return p.err
}

// layer loads the segments that have a wanted row into the cache of the pass:
// V as it is, K at its position. Rows of a segment that are computed afresh are written
// too; the pass overwrites them. Afterwards the scratch tensor of K still holds
// the rows as they were loaded; unturn makes them rows before RoPE.
func (d *loader) layer(p *pass, layer int, need wanted) error {
	k, raw := p.dst.k[layer], d.e.mem.ck
	d.ahead.need(layer, need, true, true)
	from := -1 // first row of a run of loaded segments, to be rotated in one go
	flush := func(end int) {
		if from >= 0 {
			d.place(p, k, raw, from, end)
			from = -1
		}
	}
	for i, g := range d.segs {
		if d.open[i] == nil || !anyRow(g.Start, g.End, need) {
			d.w.lap(phaseLoad, layer)
			flush(g.Start)
			d.w.lap(phaseReposition, layer)
			continue
		}
		if err := d.read(p, i, layer, store.K, raw); err != nil {
			return err
		}
		if err := d.read(p, i, layer, store.V, p.dst.v[layer]); err != nil {
			return err
		}
		if from < 0 {
			from = g.Start
		}
	}
	d.w.lap(phaseLoad, layer)
	if n := len(d.segs); n > 0 {
		flush(d.segs[n-1].End)
	}
	d.w.lap(phaseReposition, layer)
	return p.err
}

// read brings one tensor of a segment to its rows of dst.
func (d *loader) read(p *pass, i, layer int, part store.Part, dst gpu.Tensor) error {
	g := d.segs[i]
	if d.open[i] == nil || p.err != nil {
		return p.err
	}
	data := d.e.mem.staging[:4*(g.End-g.Start)*d.e.m.Config.KVDim()]
	if got, err := d.ahead.take(layer, part, i); err != nil {
		return &lost{g, err.Error()}
	} else if got != nil {
		data = got
	} else if err := d.open[i].Read(layer, part, data); err != nil {
		return &lost{g, err.Error()}
	}
	d.bytes[layer] += int64(len(data))
	rows := p.rows(dst, g.Start, g.End)
	p.do(func() error { return d.e.s.UploadBytes(rows, data) })
	return p.err
}

func everyRow(int) bool { return true }

func anyRow(lo, hi int, need wanted) bool {
	for r := lo; r < hi; r++ {
		if need(r) {
			return true
		}
	}
	return false
}
