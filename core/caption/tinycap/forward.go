package tinycap

import (
	"image"
	"math"

	"assay/core/caption/picture"
	"assay/gpu"
)

// scratch is device memory that grows to what the largest call needed.
type scratch struct{ t gpu.Tensor }

func (b *scratch) view(d *gpu.Device, dims ...int) (gpu.Tensor, error) {
	n := 1
	for _, v := range dims {
		n *= v
	}
	if !b.t.Defined() || b.t.Len() < n {
		t, err := d.New(gpu.F32, n)
		if err != nil {
			return gpu.Tensor{}, err
		}
		b.t = t
	}
	part, err := b.t.Slice(0, 0, n)
	if err != nil {
		return gpu.Tensor{}, err
	}
	return part.View(dims...)
}

// apply returns x [rows, in] times the weight, plus the bias.
func (m *Model) apply(l linear, x []float32, rows int) ([]float32, error) {
	in, err := m.in.view(m.dev, rows, len(x)/rows)
	if err != nil {
		return nil, err
	}
	out, err := m.out.view(m.dev, rows, l.out)
	if err != nil {
		return nil, err
	}
	if err := m.s.Upload(in, x); err != nil {
		return nil, err
	}
	if err := m.s.MatMul(out, in, l.w, gpu.MatMulOpt{Bias: l.bias}); err != nil {
		return nil, err
	}
	y := make([]float32, rows*l.out)
	return y, m.s.Download(y, out)
}

// attend returns softmax(q k^T / sqrt(head)) v for q [rows, d] over k and v
// [keys, d], every key seen.
func (m *Model) attend(q, k, v []float32) ([]float32, error) {
	d, h := m.Config.Dim, m.Config.Heads
	var ts [4]gpu.Tensor
	for i, b := range []struct {
		buf *scratch
		x   []float32
	}{{&m.qt, q}, {&m.kt, k}, {&m.vt, v}, {&m.at, q}} {
		t, err := b.buf.view(m.dev, len(b.x)/d, h, d/h)
		if err != nil {
			return nil, err
		}
		if i < 3 {
			if err := m.s.Upload(t, b.x); err != nil {
				return nil, err
			}
		}
		ts[i] = t
	}
	if err := m.s.Attention(ts[3], ts[0], ts[1], ts[2], gpu.AttentionOpt{Mask: gpu.Full}); err != nil {
		return nil, err
	}
	out := make([]float32, len(q))
	return out, m.s.Download(out, ts[3])
}

// norm applies layer normalisation to each row.
func (m *Model) norm(x []float32, n norm) []float32 {
	d := len(n.w)
	out := make([]float32, len(x))
	for r := 0; r < len(x); r += d {
		var mean, square float64
		for _, v := range x[r : r+d] {
			mean += float64(v)
		}
		mean /= float64(d)
		for _, v := range x[r : r+d] {
			square += (float64(v) - mean) * (float64(v) - mean)
		}
		s := 1 / math.Sqrt(square/float64(d)+m.Config.Eps)
		for i, v := range x[r : r+d] {
			out[r+i] = float32((float64(v)-mean)*s)*n.w[i] + n.b[i]
		}
	}
	return out
}

func add(x, y []float32) {
	for i, v := range y {
		x[i] += v
	}
}

func relu(x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

func gelu(x []float32) {
	for i, v := range x {
		x[i] = float32(0.5 * float64(v) * (1 + math.Erf(float64(v)/math.Sqrt2)))
	}
}

// unfold lays the 3x3 neighbourhoods of x [side, side, c] out as rows; outside
// is zero.
func unfold(x []float32, side, c, stride int) []float32 {
	out := (side-1)/stride + 1
	cols := make([]float32, out*out*9*c)
	for y := range out {
		for u := range out {
			row := cols[(y*out+u)*9*c:]
			for k := range 9 {
				sy, sx := y*stride+k/3-1, u*stride+k%3-1
				if sy >= 0 && sx >= 0 && sy < side && sx < side {
					copy(row[k*c:(k+1)*c], x[(sy*side+sx)*c:])
				}
			}
		}
	}
	return cols
}

// conv is a 3x3 convolution with padding 1, and ReLU.
func (m *Model) conv(l linear, x []float32, side, c, stride int) ([]float32, int, error) {
	out := (side-1)/stride + 1
	y, err := m.apply(l, unfold(x, side, c, stride), out*out)
	relu(y)
	return y, out, err
}

// memory is what the decoder sees of a picture: keys and values of every layer.
type memory struct{ k, v [][]float32 }

// encode turns a picture into the decoder's memory.
func (m *Model) encode(img *image.NRGBA) (*memory, error) {
	c := m.Config
	small := picture.Triangle.Resize(picture.Opaque(img), c.Input, c.Input)
	x := make([]float32, c.Input*c.Input*3)
	for i := range c.Input * c.Input {
		for k := range 3 {
			x[3*i+k] = (float32(small.Pix[4*i+k])/255 - c.Mean[k]) / c.Std[k]
		}
	}
	side, in := c.Input, 3
	var err error
	for i, out := range c.Channels {
		if x, side, err = m.conv(m.convs[i], x, side, in, c.Strides[i]); err != nil {
			return nil, err
		}
		in = out
		if c.Extra[i] {
			more, _, err := m.conv(m.extras[i], x, side, in, 1)
			if err != nil {
				return nil, err
			}
			add(x, more)
		}
	}
	add(x, m.posImage)
	x = m.norm(x, m.lnImage)
	mem := &memory{}
	for _, b := range m.blocks {
		k, err := m.apply(b.ck, x, len(x)/c.Dim)
		if err != nil {
			return nil, err
		}
		v, err := m.apply(b.cv, x, len(x)/c.Dim)
		if err != nil {
			return nil, err
		}
		mem.k, mem.v = append(mem.k, k), append(mem.v, v)
	}
	return mem, nil
}

// prefix is a caption in the making: its tokens, and the keys and values that
// they left in each layer.
type prefix struct {
	ids   []int
	score float64 // log probability
	k, v  [][]float32
}

// grown returns a copy with one token more; the caches are shared up to there.
func (p prefix) grown(id int, score float64) prefix {
	q := prefix{ids: append(append([]int{}, p.ids...), id), score: score}
	for l := range p.k {
		q.k = append(q.k, append([]float32{}, p.k[l]...))
		q.v = append(q.v, append([]float32{}, p.v[l]...))
	}
	return q
}

// step feeds the last token of a prefix and returns the logits of the next.
func (m *Model) step(mem *memory, p *prefix) ([]float32, error) {
	c, at := m.Config, len(p.ids)-1
	h := append([]float32{}, m.embed[p.ids[at]*c.Dim:(p.ids[at]+1)*c.Dim]...)
	add(h, m.posText[at*c.Dim:(at+1)*c.Dim])
	for l, b := range m.blocks {
		n := m.norm(h, b.ln1)
		q, err := m.apply(b.q, n, 1)
		if err != nil {
			return nil, err
		}
		k, err := m.apply(b.k, n, 1)
		if err != nil {
			return nil, err
		}
		v, err := m.apply(b.v, n, 1)
		if err != nil {
			return nil, err
		}
		if len(p.k) <= l {
			p.k, p.v = append(p.k, nil), append(p.v, nil)
		}
		p.k[l], p.v[l] = append(p.k[l], k...), append(p.v[l], v...)
		if err := m.residual(h, q, p.k[l], p.v[l], b.o); err != nil {
			return nil, err
		}
		if q, err = m.apply(b.cq, m.norm(h, b.ln2), 1); err != nil {
			return nil, err
		}
		if err := m.residual(h, q, mem.k[l], mem.v[l], b.co); err != nil {
			return nil, err
		}
		f, err := m.apply(b.ffnIn, m.norm(h, b.ln3), 1)
		if err != nil {
			return nil, err
		}
		gelu(f)
		if f, err = m.apply(b.ffnOut, f, 1); err != nil {
			return nil, err
		}
		add(h, f)
	}
	return m.apply(m.head, m.norm(h, m.lnOut), 1)
}

// residual adds the output of an attention to h.
func (m *Model) residual(h, q, k, v []float32, o linear) error {
	a, err := m.attend(q, k, v)
	if err != nil {
		return err
	}
	if a, err = m.apply(o, a, 1); err != nil {
		return err
	}
	add(h, a)
	return nil
}
