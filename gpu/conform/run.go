package conform

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"

	"assay/gpu"
)

// Case is one entry of the table.
type Case struct {
	Op     string // operation, such as "MatMul"
	DType  string // element types, such as "bf16"
	Shape  string // dimensions and options
	Class  string // data class
	work   int64  // about how many multiply-adds
	create func(r *rand.Rand) instance
}

// Name returns the case as one word, unique in the table.
func (c Case) Name() string {
	return strings.Join([]string{c.Op, c.DType, c.Shape, c.Class}, "/")
}

// instance is a case with its data.
type instance struct {
	// run allocates operands and calls the operation, for the given rows or for
	// all (nil).
	run func(g *rig, rows []int)
	// rows is how many rows there are to choose from; 0 when results depend on
	// the whole.
	rows int
	// pick returns what the outputs of a subset must be; nil takes rows of the
	// leading dimension.
	pick func(all [][]float32, rows []int) [][]float32
	// routes are other ways to the same bits as run with all rows.
	routes map[string]func(g *rig)
	want   func() []want
}

// Options chooses how much is run.
type Options struct {
	// Full runs the whole table instead of the quick selection.
	Full bool
	// Op, when not empty, runs only the operation of that name.
	Op string
	// Progress, when not nil, is called after each case.
	Progress func(done, total int, c Case, err error)
}

// Failure is a case that did not pass.
type Failure struct {
	Case string `json:"case"`
	Text string `json:"text"`
}

// Report is the outcome of Run.
type Report struct {
	Cases     int       `json:"cases"`
	Failures  []Failure `json:"failures"`
	WorstNMSE []Worst   `json:"worst"` // one for each operation, in table order
	Seconds   float64   `json:"seconds"`
}

// Worst is the largest error of an operation, as a share of its bound.
type Worst struct {
	Op    string  `json:"op"`
	Case  string  `json:"case"`
	NMSE  float64 `json:"nmse"`
	Share float64 `json:"share_of_bound"`
}

// heavyWork is how many multiply-adds the base variant, which calls a function
// for each, is asked to do in one case.
const heavyWork = 2 << 20

// Run judges devices[0] by the reference and holds the others to its bits. It
// returns an error only when it could not go on: ctx ended.
func Run(ctx context.Context, devices []*gpu.Device, o Options) (Report, error) {
	start := time.Now()
	var rep Report
	table := Table(o.Full)
	for i, c := range table {
		if err := ctx.Err(); err != nil {
			return rep, err
		}
		if o.Op != "" && c.Op != o.Op {
			continue
		}
		rep.Cases++
		nmse, share, err := c.check(devices, o.Full)
		if err != nil {
			rep.Failures = append(rep.Failures, Failure{Case: c.Name(), Text: err.Error()})
		}
		rep.note(c, nmse, share)
		if o.Progress != nil {
			o.Progress(i+1, len(table), c, err)
		}
	}
	rep.Seconds = time.Since(start).Seconds()
	return rep, nil
}

func (r *Report) note(c Case, nmse, share float64) {
	for i := range r.WorstNMSE {
		w := &r.WorstNMSE[i]
		if w.Op == c.Op {
			if share > w.Share {
				*w = Worst{c.Op, c.Name(), nmse, share}
			}
			return
		}
	}
	r.WorstNMSE = append(r.WorstNMSE, Worst{c.Op, c.Name(), nmse, share})
}

// check runs one case everywhere and returns its error.
func (c Case) check(devices []*gpu.Device, full bool) (nmse, share float64, err error) {
	h := fnv.New64a()
	h.Write([]byte(c.Name()))
	rng := rand.New(rand.NewPCG(h.Sum64(), 1))
	in := c.create(rng)
	first, err := once(devices[0], layout{}, in.run, nil)
	if err != nil {
		return 0, 0, err
	}
	if in.want != nil {
		wants := in.want()
		if len(wants) != len(first) {
			return 0, 0, fmt.Errorf("%d outputs, reference has %d", len(first), len(wants))
		}
		for i, w := range wants {
			e, err := w.measure(first[i])
			if err != nil {
				return e, 1, fmt.Errorf("output %d: %w", i, err)
			}
			if w.bound.nmse > 0 && e/w.bound.nmse >= share {
				nmse, share = e, e/w.bound.nmse
			}
		}
	}
	return nmse, share, errors.Join(c.repeat(devices, in, first, full), c.subset(devices[0], in, first, rng))
}

// repeat demands the bits of first from a second run in awkward memory, from
// other routes, and from the other devices.
func (c Case) repeat(devices []*gpu.Device, in instance, first [][]float32, full bool) error {
	again := func(what string, d *gpu.Device, l layout, f func(*rig, []int)) error {
		got, err := once(d, l, f, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return equal(what, got, first)
	}
	if err := again("second run, strided rows", devices[0], layout{pad: 5, skew: 3}, in.run); err != nil {
		return err
	}
	for name, route := range in.routes {
		if err := again(name, devices[0], layout{}, func(g *rig, _ []int) { route(g) }); err != nil {
			return err
		}
	}
	for i, d := range devices[1:] {
		info := d.Info()
		if info.ISA == "base" && (c.work > 8*heavyWork || (c.work > heavyWork && !full)) {
			continue
		}
		if err := again(info.String(), d, layout{pad: i % 2, skew: i % 3}, in.run); err != nil {
			return err
		}
	}
	return nil
}

// subset demands that some rows alone give the bits that they gave among all.
func (c Case) subset(d *gpu.Device, in instance, first [][]float32, rng *rand.Rand) error {
	if in.rows < 1 {
		return nil
	}
	some := rng.Perm(in.rows)[:1+rng.IntN(in.rows)]
	for _, rows := range [][]int{{in.rows - 1}, some} {
		got, err := once(d, layout{}, in.run, rows)
		if err != nil {
			return fmt.Errorf("rows %v: %w", rows, err)
		}
		var expect [][]float32
		if in.pick != nil {
			expect = in.pick(first, rows)
		} else {
			for _, v := range first {
				expect = append(expect, take(v, len(v)/in.rows, rows))
			}
		}
		if err := equal(fmt.Sprintf("%d rows of %d", len(rows), in.rows), got, expect); err != nil {
			return err
		}
	}
	return nil
}

func once(d *gpu.Device, l layout, run func(*rig, []int), rows []int) ([][]float32, error) {
	g := &rig{dev: d, s: d.NewStream(), layout: l}
	run(g, rows)
	if g.err != nil {
		return nil, g.err
	}
	out := g.results()
	if err := g.inspect(); err != nil {
		return nil, err
	}
	return out, g.err
}

func equal(what string, got, expect [][]float32) error {
	if len(got) != len(expect) {
		return fmt.Errorf("%s: %d outputs, expected %d", what, len(got), len(expect))
	}
	for i := range got {
		if at, same := sameBits(got[i], expect[i]); !same {
			if at < 0 {
				return fmt.Errorf("%s: output %d has %d elements, expected %d", what, i, len(got[i]), len(expect[i]))
			}
			return fmt.Errorf("%s: output %d differs at element %d: %g, expected %g", what, i, at, got[i][at], expect[i][at])
		}
	}
	return nil
}

// CPUDevices opens the CPU once for every instruction set that it has and every
// thread count. The first is the one to judge: best instruction set, two
// threads. The caller closes them.
func CPUDevices(threads ...int) ([]*gpu.Device, error) {
	infos, problems := gpu.List()
	if len(infos) == 0 {
		return nil, fmt.Errorf("no device: %v", problems)
	}
	var all []*gpu.Device
	for _, isa := range infos[0].ISAs {
		for _, n := range threads {
			d, err := gpu.Open("cpu", gpu.Options{ISA: isa, Threads: n})
			if err != nil {
				return all, err
			}
			all = append(all, d)
		}
	}
	return all, nil
}
