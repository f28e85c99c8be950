package gpu

import (
	"fmt"

	"assay/gpu/internal/cpu"
)

// Window is the sliding window of a convolution or a pool, in pixels. Padding
// zeros lie on each side.
type Window struct{ KH, KW, Stride, Padding int }

// maxTaps bounds the area of a convolution's kernel.
const maxTaps = 1024

// Square returns a square window.
func Square(kernel, stride, padding int) Window {
	return Window{KH: kernel, KW: kernel, Stride: stride, Padding: padding}
}

// fits returns the geometry of a window that slides over [n c h w] and gives
// [n m oh ow].
func (w Window) fits(op string, x, y Tensor) (cpu.Window, error) {
	bad := func(arg, expected, got string) (cpu.Window, error) {
		return cpu.Window{}, &Error{Op: op, Arg: arg, Expected: expected, Got: got, Err: ErrShape}
	}
	if w.KH < 1 || w.KW < 1 || w.KH > maxTaps*maxTaps/max(w.KW, 1) || w.Stride < 1 || w.Padding < 0 {
		return bad("window", "a kernel and a stride of at least 1, and no negative padding", fmt.Sprintf("%+v", w))
	}
	n, c, h, wd := x.dims[0], x.dims[1], x.dims[2], x.dims[3]
	if h+2*w.Padding < w.KH || wd+2*w.Padding < w.KW {
		return bad("window", fmt.Sprintf("one that fits %s", x), fmt.Sprintf("%+v", w))
	}
	oh, ow := (h+2*w.Padding-w.KH)/w.Stride+1, (wd+2*w.Padding-w.KW)/w.Stride+1
	if y.dims[0] != n || y.dims[2] != oh || y.dims[3] != ow {
		return bad("output", fmt.Sprintf("[%d _ %d %d]", n, oh, ow), y.String())
	}
	return cpu.Window{N: n, C: c, H: h, W: wd, M: y.dims[1], OH: oh, OW: ow, KH: w.KH, KW: w.KW, Stride: w.Stride, Pad: w.Padding}, nil
}

// whole refuses operands that are not contiguous f32 of a rank; absent ones
// pass where optional.
func (s *Stream) whole(op string, rank int, list ...operand) error {
	for _, o := range list {
		if err := s.check(op, o.arg, o.t, onlyF32, rank, rank); err != nil {
			return err
		}
		if !o.t.Contiguous() {
			return &Error{Op: op, Arg: o.arg, Expected: "contiguous memory", Got: "a strided view", Err: ErrShape}
		}
	}
	return nil
}

// vectors refuses defined operands that are not f32 [n].
func (s *Stream) vectors(op string, n int, list ...operand) error {
	for _, o := range list {
		if !o.t.Defined() {
			continue
		}
		if err := s.check(op, o.arg, o.t, onlyF32, 1, 1); err != nil {
			return err
		}
		if o.t.dims[0] != n {
			return &Error{Op: op, Arg: o.arg, Expected: fmt.Sprintf("[%d]", n), Got: o.t.String(), Err: ErrShape}
		}
	}
	return nil
}

// conv validates a convolution x, w -> y and returns its geometry.
func (s *Stream) conv(op string, x, w, y operand, win Window) (cpu.Window, error) {
	if err := s.whole(op, 4, x, w, y); err != nil {
		return cpu.Window{}, err
	}
	g, err := win.fits(op, x.t, y.t)
	if err != nil {
		return g, err
	}
	if want := [4]int{g.M, g.C, win.KH, win.KW}; win.KH*win.KW > maxTaps || [4]int(w.t.dims[:4]) != want {
		return g, &Error{Op: op, Arg: w.arg, Expected: fmt.Sprintf("%v, a kernel of at most %d", want, maxTaps), Got: w.t.String(), Err: ErrShape}
	}
	return g, s.ready(op)
}

// Conv stores dst [N,M,OH,OW], the cross-correlation of x [N,C,H,W] with w
// [M,C,KH,KW], plus bias [M] unless absent; with accumulate it adds to dst. All
// are contiguous f32. Every output is one chain of fused multiply-adds over
// channels, then kernel rows and columns, in ascending order.
func (s *Stream) Conv(dst, x, w, bias Tensor, win Window, accumulate bool) error {
	const op = "Conv"
	g, err := s.conv(op, operand{"x", x}, operand{"w", w}, operand{"dst", dst}, win)
	if err != nil {
		return err
	}
	if err := s.vectors(op, g.M, operand{"bias", bias}); err != nil {
		return err
	}
	for _, in := range []operand{{"x", x}, {"w", w}} {
		if err := apart(op, operand{"dst", dst}, in, false); err != nil {
			return err
		}
	}
	return s.outcome(op, s.dev.cpu.Conv(s.flag(), g, dst.ptr, x.ptr, w.ptr, bias.ptr, accumulate))
}

// ConvBackData stores dx, the gradient of Conv with respect to x, from dy and w;
// with accumulate it adds. Every element is one chain over output channels, then
// the taps that reach it.
func (s *Stream) ConvBackData(dx, dy, w Tensor, win Window, accumulate bool) error {
	const op = "ConvBackData"
	g, err := s.conv(op, operand{"dx", dx}, operand{"w", w}, operand{"dy", dy}, win)
	if err != nil {
		return err
	}
	for _, in := range []operand{{"dy", dy}, {"w", w}} {
		if err := apart(op, operand{"dx", dx}, in, false); err != nil {
			return err
		}
	}
	return s.outcome(op, s.dev.cpu.ConvBackData(s.flag(), g, dx.ptr, dy.ptr, w.ptr, accumulate))
}

// ConvBackWeight stores dw, the gradient of Conv with respect to w, from x and
// dy; with accumulate it adds. Sums over pixels are split by the shape alone and
// added in a fixed order.
func (s *Stream) ConvBackWeight(dw, x, dy Tensor, win Window, accumulate bool) error {
	const op = "ConvBackWeight"
	g, err := s.conv(op, operand{"x", x}, operand{"dw", dw}, operand{"dy", dy}, win)
	if err != nil {
		return err
	}
	for _, in := range []operand{{"x", x}, {"dy", dy}} {
		if err := apart(op, operand{"dw", dw}, in, false); err != nil {
			return err
		}
	}
	return s.outcome(op, s.dev.cpu.ConvBackWeight(s.flag(), g, dw.ptr, x.ptr, dy.ptr, accumulate))
}

// ProductOpt are the options of Product.
type ProductOpt struct {
	TransA, TransB bool   // the operand is stored transposed
	Bias           Tensor // [N], added to every row; absent for none
	Accumulate     bool   // add to dst
}

// Product stores dst [M,N] = a b for contiguous f32 matrices that change from
// call to call, as in training; MatMul is for weights that stay. a is [M,K] and b
// [K,N], or transposed as the options say. Every output is one chain of fused
// multiply-adds in ascending k.
func (s *Stream) Product(dst, a, b Tensor, o ProductOpt) error {
	const op = "Product"
	if err := s.whole(op, 2, operand{"dst", dst}, operand{"a", a}, operand{"b", b}); err != nil {
		return err
	}
	m, k := a.dims[0], a.dims[1]
	if o.TransA {
		m, k = k, m
	}
	kb, n := b.dims[0], b.dims[1]
	if o.TransB {
		kb, n = n, kb
	}
	if k != kb || dst.dims[0] != m || dst.dims[1] != n {
		return &Error{Op: op, Arg: "dst, a, b", Expected: "[M N], [M K] and [K N], or transposed", Got: dst.String() + ", " + a.String() + ", " + b.String(), Err: ErrShape}
	}
	if err := s.vectors(op, n, operand{"bias", o.Bias}); err != nil {
		return err
	}
	for _, in := range []operand{{"a", a}, {"b", b}} {
		if err := apart(op, operand{"dst", dst}, in, false); err != nil {
			return err
		}
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Product(s.flag(), dst.ptr, a.ptr, b.ptr, o.Bias.ptr, m, n, k, o.TransA, o.TransB, o.Accumulate))
}
