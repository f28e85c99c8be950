package blend

import (
	"assay/core/model"
	"assay/gpu"
)

// ops issues operations and keeps the first error, in the manner of
// bufio.Writer, so that a pass through the layers reads as what it computes.
// After an error nothing more is issued and views are absent tensors.
type ops struct {
	m   *model.Model
	s   *gpu.Stream
	ws  *model.Workspace
	err error
}

func (o *ops) do(f func() error) {
	if o.err == nil {
		o.err = f()
	}
}

// rows is rows lo to hi of t.
func (o *ops) rows(t gpu.Tensor, lo, hi int) (part gpu.Tensor) {
	o.do(func() (err error) { part, err = t.Slice(0, lo, hi); return err })
	return part
}

// matrix views t with all dimensions but the first made one.
func (o *ops) matrix(t gpu.Tensor) (flat gpu.Tensor) {
	o.do(func() (err error) {
		if !t.Defined() || t.Dim(0) == 0 {
			flat = t
			return nil
		}
		flat, err = t.View(t.Dim(0), t.Len()/t.Dim(0))
		return err
	})
	return flat
}

func (o *ops) copy(dst, src gpu.Tensor) { o.do(func() error { return o.s.Copy(dst, src) }) }

func (o *ops) gather(dst, src gpu.Tensor, rows []int32) {
	o.do(func() error { return o.s.Gather(dst, src, rows) })
}

func (o *ops) scatter(dst, src gpu.Tensor, rows []int32) {
	o.do(func() error { return o.s.Scatter(dst, src, rows) })
}

func (o *ops) rotate(dst, x gpu.Tensor, pos []int32) {
	o.do(func() error { return o.m.Rotate(o.s, dst, x, pos) })
}

func (o *ops) rerotate(dst, x gpu.Tensor, delta []int32) {
	o.do(func() error { return o.m.ReRotate(o.s, dst, x, delta) })
}

func (o *ops) embed(dst gpu.Tensor, ids []int32) {
	o.do(func() error { return o.m.Embed(o.s, dst, ids) })
}

func (o *ops) qkv(layer int, q, k, v, x gpu.Tensor) {
	o.do(func() error { return o.m.QKV(o.s, o.ws, layer, q, k, v, x) })
}

func (o *ops) finish(layer int, x, attn gpu.Tensor) {
	o.do(func() error { return o.m.Finish(o.s, o.ws, layer, x, attn) })
}

func (o *ops) logits(dst, x gpu.Tensor) {
	o.do(func() error { return o.m.Logits(o.s, o.ws, dst, x) })
}

func (o *ops) attention(dst, q, k, v gpu.Tensor, a gpu.AttentionOpt) {
	o.do(func() error { return o.s.Attention(dst, q, k, v, a) })
}

func (o *ops) download(dst []float32, src gpu.Tensor) {
	o.do(func() error { return o.s.Download(dst, src) })
}

// dist2 writes the squared distances of the rows of a and b to host memory, by
// way of the scratch tensor d.
func (o *ops) dist2(host []float32, d, a, b gpu.Tensor) {
	d = o.rows(d, 0, len(host))
	a, b = o.matrix(a), o.matrix(b)
	o.do(func() error { return o.s.RowDist2(d, a, b) })
	o.download(host, d)
}
