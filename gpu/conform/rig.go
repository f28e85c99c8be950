package conform

import (
	"bytes"
	"fmt"
	"math"

	"assay/gpu"
)

// guard is how many elements with a known pattern lie before and after every
// tensor.
const guard = 1024

// pattern fills guards and gaps: a byte string that no kernel produces.
var pattern = []byte{0xa5, 0x5a, 0xc3, 0x3c, 0x96, 0x69, 0xf0}

// slot is a tensor inside a guarded buffer.
type slot struct {
	name   string
	whole  gpu.Tensor
	t      gpu.Tensor
	offset int   // first element of t in whole
	dims   []int // of t
	pitch  int   // elements from one t[i] to the next
	input  bool
	before []byte
}

// layout asks for an awkward place in memory.
type layout struct {
	pad  int // extra elements after each t[i], which makes rows strided
	skew int // elements by which the start misses its alignment
}

// rig allocates guarded tensors for one run on one device and remembers what
// they held. The first error sticks.
type rig struct {
	dev    *gpu.Device
	s      *gpu.Stream
	layout layout
	slots  []*slot
	outs   []*slot
	err    error
}

func (g *rig) fail(err error) {
	if g.err == nil && err != nil {
		g.err = err
	}
}

// in returns a tensor that holds values, and that the operation must not change.
func (g *rig) in(name string, dt gpu.DType, values []float32, dims ...int) gpu.Tensor {
	sl := g.place(name, dt, dims, true)
	g.fill(sl, values)
	return sl.t
}

// out returns an f32 tensor full of NaN whose elements the operation must write.
func (g *rig) out(name string, dims ...int) gpu.Tensor {
	return g.outAs(name, gpu.F32, dims...)
}

func (g *rig) outAs(name string, dt gpu.DType, dims ...int) gpu.Tensor {
	sl := g.place(name, dt, dims, false)
	poison := make([]float32, sl.t.Len())
	for i := range poison {
		poison[i] = float32(math.NaN())
	}
	g.fill(sl, poison)
	g.outs = append(g.outs, sl)
	return sl.t
}

// inout returns a tensor that holds values and that the operation changes.
func (g *rig) inout(name string, dt gpu.DType, values []float32, dims ...int) gpu.Tensor {
	sl := g.place(name, dt, dims, false)
	g.fill(sl, values)
	g.outs = append(g.outs, sl)
	return sl.t
}

func (g *rig) place(name string, dt gpu.DType, dims []int, input bool) *slot {
	sl := &slot{name: name, dims: dims, input: input, offset: guard + g.layout.skew}
	row := 1
	for _, d := range dims[1:] {
		row *= d
	}
	sl.pitch = row
	if len(dims) > 1 {
		sl.pitch += g.layout.pad
	}
	n := dims[0] * sl.pitch
	var err error
	if sl.whole, err = g.dev.New(dt, n+2*guard+g.layout.skew); err != nil {
		g.fail(err)
		return sl
	}
	raw := make([]byte, sl.whole.Len()*dt.Size())
	for i := range raw {
		raw[i] = pattern[i%len(pattern)]
	}
	g.fail(g.s.UploadBytes(sl.whole, raw))
	mid, err := sl.whole.Slice(0, sl.offset, sl.offset+n)
	g.fail(err)
	if len(dims) > 1 {
		mid, err = mid.View(dims[0], sl.pitch)
		g.fail(err)
		mid, err = mid.Slice(1, 0, row)
		g.fail(err)
		if len(dims) == 3 {
			mid, err = split(mid, dims)
			g.fail(err)
		}
	}
	sl.t = mid
	g.slots = append(g.slots, sl)
	return sl
}

// split views rows of dims[1]*dims[2] elements as three dimensions.
func split(t gpu.Tensor, dims []int) (gpu.Tensor, error) {
	if t.Contiguous() {
		return t.View(dims...)
	}
	return t.Split(1, dims[1], dims[2])
}

func (g *rig) fill(sl *slot, values []float32) {
	if g.err != nil {
		return
	}
	g.fail(g.s.Upload(sl.t, values))
	sl.before = g.raw(sl)
}

func (g *rig) raw(sl *slot) []byte {
	b := make([]byte, sl.whole.Len()*sl.whole.DType().Size())
	g.fail(g.s.DownloadBytes(b, sl.whole))
	return b
}

// inspect compares guards, gaps and inputs with what they were.
func (g *rig) inspect() error {
	for _, sl := range g.slots {
		after := g.raw(sl)
		if g.err != nil {
			return g.err
		}
		if bytes.Equal(after, sl.before) {
			continue
		}
		if sl.input {
			return fmt.Errorf("input %s was changed", sl.name)
		}
		size := sl.whole.DType().Size()
		row := 1
		for _, d := range sl.dims[1:] {
			row *= d
		}
		for i := range after {
			at := i/size - sl.offset
			inside := at >= 0 && at < sl.dims[0]*sl.pitch && at%sl.pitch < row
			if !inside && after[i] != sl.before[i] {
				return fmt.Errorf("an element outside %s was written, %d from its start", sl.name, at)
			}
		}
	}
	return nil
}

// results returns the outputs as float32, in the order they were made.
func (g *rig) results() [][]float32 {
	var all [][]float32
	for _, sl := range g.outs {
		v := make([]float32, sl.t.Len())
		g.fail(g.s.Download(v, sl.t))
		all = append(all, v)
	}
	return all
}

// sameBits compares float32 values bit for bit; NaNs are equal whatever their
// payload.
func sameBits(a, b []float32) (int, bool) {
	if len(a) != len(b) {
		return -1, false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) && !(a[i] != a[i] && b[i] != b[i]) {
			return i, false
		}
	}
	return 0, true
}
