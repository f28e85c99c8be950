package gpu

import (
	"fmt"

	"assay/gpu/internal/cpu"
)

// planes returns the shape of contiguous f32 operands [N,C,H,W] or [N,C], all
// equal; absent ones after the first pass.
func (s *Stream) planes(op string, list ...operand) (cpu.Planes, error) {
	first := list[0]
	for _, o := range list {
		if !o.t.Defined() && o.arg != first.arg {
			continue
		}
		if err := s.check(op, o.arg, o.t, onlyF32, 2, 4); err != nil {
			return cpu.Planes{}, err
		}
		if !o.t.Contiguous() {
			return cpu.Planes{}, &Error{Op: op, Arg: o.arg, Expected: "contiguous memory", Got: "a strided view", Err: ErrShape}
		}
		if err := same(op, first, o); err != nil {
			return cpu.Planes{}, err
		}
	}
	p := cpu.Planes{N: first.t.dims[0], C: first.t.dims[1], HW: 1}
	for _, d := range first.t.dims[2:first.t.rank] {
		p.HW *= d
	}
	return p, s.ready(op)
}

// Norm is what a batch norm over [N,C,H,W] (or [N,C]) works with; vectors are
// f32 [C].
type Norm struct {
	Gamma, Beta Tensor
	Mean, Inv   Tensor // written by BatchNorm: mean, and 1/sqrt(variance + Eps)
	// Running [2,C], or absent: means and variances, moved towards those of the
	// batch (variance unbiased) by the share Momentum.
	Running       Tensor
	Eps, Momentum float32
	// Add, or absent, is added to the result; ReLU then cuts what is below zero.
	Add  Tensor
	ReLU bool
}

func (s *Stream) normVectors(op string, c int, o Norm) error {
	if !o.Gamma.Defined() || !o.Beta.Defined() || !o.Mean.Defined() || !o.Inv.Defined() {
		return &Error{Op: op, Arg: "Norm", Expected: "gamma, beta, mean and inv", Got: "one of them absent", Err: ErrShape}
	}
	if o.Running.Defined() {
		if err := s.check(op, "running", o.Running, onlyF32, 2, 2); err != nil {
			return err
		}
		if o.Running.dims[0] != 2 || o.Running.dims[1] != c || !o.Running.Contiguous() {
			return &Error{Op: op, Arg: "running", Expected: fmt.Sprintf("[2 %d]", c), Got: o.Running.String(), Err: ErrShape}
		}
	}
	return s.vectors(op, c, operand{"gamma", o.Gamma}, operand{"beta", o.Beta}, operand{"mean", o.Mean}, operand{"inv", o.Inv})
}

// BatchNorm stores dst = (x - mean) / sqrt(var + eps) * gamma + beta with the
// statistics of the batch, by channel, in float64 and in a fixed order.
func (s *Stream) BatchNorm(dst, x Tensor, o Norm) error {
	const op = "BatchNorm"
	p, err := s.planes(op, operand{"x", x}, operand{"dst", dst}, operand{"add", o.Add})
	if err != nil {
		return err
	}
	if err := s.normVectors(op, p.C, o); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Norm(s.flag(), p, dst.ptr, x.ptr, o.Add.ptr, o.Gamma.ptr, o.Beta.ptr, o.Mean.ptr, o.Inv.ptr, o.Running.ptr,
		o.Eps, o.Momentum, o.ReLU))
}

// BatchNormBack stores the gradients of BatchNorm. y, or absent, is the result
// that ReLU cut: then gated (may be dy) receives dy where y is positive, which is
// also the gradient of Add. dx may be absent.
func (s *Stream) BatchNormBack(dx, gated, dgamma, dbeta, x, y, dy Tensor, o Norm) error {
	const op = "BatchNormBack"
	p, err := s.planes(op, operand{"x", x}, operand{"dx", dx}, operand{"gated", gated}, operand{"y", y}, operand{"dy", dy})
	if err != nil {
		return err
	}
	if y.Defined() && !gated.Defined() {
		return &Error{Op: op, Arg: "gated", Expected: "a tensor, since y is given", Got: "none", Err: ErrShape}
	}
	if err := s.normVectors(op, p.C, o); err != nil {
		return err
	}
	if err := s.vectors(op, p.C, operand{"dgamma", dgamma}, operand{"dbeta", dbeta}); err != nil {
		return err
	}
	if x.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.NormBack(s.flag(), p, dx.ptr, gated.ptr, dgamma.ptr, dbeta.ptr, x.ptr, y.ptr, dy.ptr, o.Gamma.ptr, o.Mean.ptr, o.Inv.ptr))
}

// NormTangent holds the tangents of a batch norm: of gamma and beta, and, written
// by BatchNormTangent, two vectors that BatchNormTangentBack reads.
type NormTangent struct{ Gamma, Beta, Mean, Slope Tensor }

// BatchNormTangent stores ty, the derivative of BatchNorm (without Add and ReLU)
// along tx and the tangents of gamma and beta.
func (s *Stream) BatchNormTangent(ty, x, tx Tensor, o Norm, t NormTangent) error {
	const op = "BatchNormTangent"
	p, err := s.planes(op, operand{"x", x}, operand{"ty", ty}, operand{"tx", tx})
	if err != nil {
		return err
	}
	if err := s.normVectors(op, p.C, o); err != nil {
		return err
	}
	if err := s.vectors(op, p.C, operand{"gamma", t.Gamma}, operand{"beta", t.Beta}, operand{"mean", t.Mean}, operand{"slope", t.Slope}); err != nil {
		return err
	}
	if x.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.NormTangent(s.flag(), p, ty.ptr, t.Mean.ptr, t.Slope.ptr, x.ptr, tx.ptr, o.Gamma.ptr, t.Gamma.ptr, t.Beta.ptr, o.Mean.ptr, o.Inv.ptr))
}

// BatchNormTangentBack stores the derivatives of what BatchNormBack stores,
// along the tangents of x, dy, gamma and beta. tdx may be absent.
func (s *Stream) BatchNormTangentBack(tdx, tdgamma, tdbeta, x, tx, dy, tdy Tensor, o Norm, t NormTangent) error {
	const op = "BatchNormTangentBack"
	p, err := s.planes(op, operand{"x", x}, operand{"tdx", tdx}, operand{"tx", tx}, operand{"dy", dy}, operand{"tdy", tdy})
	if err != nil {
		return err
	}
	if err := s.normVectors(op, p.C, o); err != nil {
		return err
	}
	if err := s.vectors(op, p.C, operand{"gamma", t.Gamma}, operand{"mean", t.Mean}, operand{"slope", t.Slope}, operand{"tdgamma", tdgamma}, operand{"tdbeta", tdbeta}); err != nil {
		return err
	}
	for _, in := range []operand{{"tx", tx}, {"x", x}, {"dy", dy}} {
		if tdx.Defined() {
			if err := apart(op, operand{"tdx", tdx}, in, false); err != nil {
				return err
			}
		}
	}
	if x.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.NormTangentBack(s.flag(), p, tdx.ptr, tdgamma.ptr, tdbeta.ptr, x.ptr, tx.ptr, dy.ptr, tdy.ptr, o.Gamma.ptr, t.Gamma.ptr,
		o.Mean.ptr, o.Inv.ptr, t.Mean.ptr, t.Slope.ptr))
}

// Affine is a map of each channel: (x - Mean) * Scale + Shift. Shift and Mean
// may be absent. Add and ReLU are those of Norm.
type Affine struct {
	Scale, Shift, Mean Tensor
	Add                Tensor
	ReLU               bool
}

// ChannelAffine stores dst = (x - mean) * scale + shift by channel. dst may be x.
func (s *Stream) ChannelAffine(dst, x Tensor, o Affine) error {
	const op = "ChannelAffine"
	p, err := s.planes(op, operand{"x", x}, operand{"dst", dst}, operand{"add", o.Add})
	if err != nil {
		return err
	}
	if !o.Scale.Defined() {
		return &Error{Op: op, Arg: "scale", Expected: "a tensor", Got: "none", Err: ErrShape}
	}
	if err := s.vectors(op, p.C, operand{"scale", o.Scale}, operand{"shift", o.Shift}, operand{"mean", o.Mean}); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Affine(s.flag(), p, dst.ptr, x.ptr, o.Add.ptr, o.Scale.ptr, o.Shift.ptr, o.Mean.ptr, o.ReLU))
}

// ChannelSum stores dst [C], the sum of x [N,C,H,W] or [N,C] over all but its
// channels, in float64; with accumulate it adds.
func (s *Stream) ChannelSum(dst, x Tensor, accumulate bool) error {
	const op = "ChannelSum"
	p, err := s.planes(op, operand{"x", x})
	if err != nil {
		return err
	}
	if err := s.check(op, "dst", dst, onlyF32, 1, 1); err != nil {
		return err
	}
	if err := s.vectors(op, p.C, operand{"dst", dst}); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.ChannelSum(s.flag(), p, dst.ptr, x.ptr, accumulate))
}

// flatwise validates and runs an elementwise operation on contiguous tensors.
func (s *Stream) flatwise(op string, f cpu.Flat, list ...operand) error {
	for _, o := range list {
		if err := s.check(op, o.arg, o.t, onlyF32, 1, maxRank); err != nil {
			return err
		}
		if !o.t.Contiguous() {
			return &Error{Op: op, Arg: o.arg, Expected: "contiguous memory", Got: "a strided view", Err: ErrShape}
		}
		if err := same(op, list[0], o); err != nil {
			return err
		}
		if err := apart(op, list[0], o, true); err != nil {
			return err
		}
	}
	if err := s.ready(op); err != nil {
		return err
	}
	y := list[len(list)-1].t
	return s.outcome(op, s.dev.cpu.Flatwise(s.flag(), f, y.Len(), list[0].t.ptr, list[1].t.ptr, y.ptr))
}

// ReLU stores dst = max(x, 0); NaN stays. dst may be x. Contiguous f32.
func (s *Stream) ReLU(dst, x Tensor) error {
	return s.flatwise("ReLU", cpu.ReLU, operand{"dst", dst}, operand{"x", x})
}

// Gate stores dst = y > 0 ? dy : 0: the gradient, and the tangent, of ReLU. dst
// may be dy. Contiguous f32.
func (s *Stream) Gate(dst, y, dy Tensor) error {
	return s.flatwise("Gate", cpu.Gate, operand{"dst", dst}, operand{"y", y}, operand{"dy", dy})
}

// Mul stores dst = a * b, element by element. dst may be a or b. Contiguous f32.
func (s *Stream) Mul(dst, a, b Tensor) error {
	return s.flatwise("Mul", cpu.Times, operand{"dst", dst}, operand{"a", a}, operand{"b", b})
}

// pool validates and runs a pooling operation; x is the side before the pool and
// y the side after it.
func (s *Stream) pool(op string, f cpu.Pool, win Window, x, y operand, at Tensor, back bool) error {
	if err := s.whole(op, 4, x, y); err != nil {
		return err
	}
	g, err := win.fits(op, x.t, y.t)
	if err != nil {
		return err
	}
	if g.C != g.M || 2*win.Padding > min(win.KH, win.KW) {
		return &Error{Op: op, Arg: y.arg, Expected: fmt.Sprintf("%d channels, padding at most half of the kernel", g.C), Got: y.t.String(), Err: ErrShape}
	}
	if f == cpu.Max || f == cpu.MaxBack || f == cpu.MaxPick {
		if err := s.check(op, "at", at, setOf(I32), 4, 4); err != nil {
			return err
		}
		if err := same(op, y, operand{"at", at}); err != nil {
			return err
		}
		if g.H*g.W > 1<<31-1 || !at.Contiguous() {
			return &Error{Op: op, Arg: "at", Expected: "contiguous indices below 2^31", Got: at.String(), Err: ErrShape}
		}
	}
	if err := apart(op, x, y, false); err != nil {
		return err
	}
	if err := s.ready(op); err != nil {
		return err
	}
	dst, src := y.t, x.t
	if back {
		dst, src = src, dst
	}
	return s.outcome(op, s.dev.cpu.Pooling(s.flag(), f, g, dst.ptr, at.ptr, src.ptr))
}

// MaxPool stores the largest value of each window, and in at (i32) its index in
// the plane: the first of equals, NaN before all.
func (s *Stream) MaxPool(dst, at, x Tensor, win Window) error {
	return s.pool("MaxPool", cpu.Max, win, operand{"x", x}, operand{"dst", dst}, at, false)
}

// MaxPoolBack stores dx: dy where the maximum was.
func (s *Stream) MaxPoolBack(dx, dy, at Tensor, win Window) error {
	return s.pool("MaxPoolBack", cpu.MaxBack, win, operand{"dx", dx}, operand{"dy", dy}, at, true)
}

// MaxPoolPick stores the values of x at the maxima of an earlier MaxPool: its
// tangent.
func (s *Stream) MaxPoolPick(dst, at, x Tensor, win Window) error {
	return s.pool("MaxPoolPick", cpu.MaxPick, win, operand{"x", x}, operand{"dst", dst}, at, false)
}

// AvgPool stores the mean of each window; padding counts as zeros.
func (s *Stream) AvgPool(dst, x Tensor, win Window) error {
	return s.pool("AvgPool", cpu.Mean, win, operand{"x", x}, operand{"dst", dst}, Tensor{}, false)
}

// AvgPoolBack stores dx, the gradient of AvgPool.
func (s *Stream) AvgPoolBack(dx, dy Tensor, win Window) error {
	return s.pool("AvgPoolBack", cpu.MeanBack, win, operand{"dx", dx}, operand{"dy", dy}, Tensor{}, true)
}

// Shortcut stores every stride-th pixel of x [N,C,H,W] in dst [N,M,OH,OW], with
// M-C zero channels, half of them before and half behind.
func (s *Stream) Shortcut(dst, x Tensor, stride int) error {
	return s.shortcut("Shortcut", operand{"x", x}, operand{"dst", dst}, stride, 0)
}

// ShortcutBack stores dx, the gradient of Shortcut; with accumulate it adds.
func (s *Stream) ShortcutBack(dx, dy Tensor, stride int, accumulate bool) error {
	back := 1
	if accumulate {
		back = 2
	}
	return s.shortcut("ShortcutBack", operand{"dx", dx}, operand{"dy", dy}, stride, back)
}

func (s *Stream) shortcut(op string, x, y operand, stride, back int) error {
	if err := s.whole(op, 4, x, y); err != nil {
		return err
	}
	g, err := Square(1, stride, 0).fits(op, x.t, y.t)
	if err != nil {
		return err
	}
	if extra := g.M - g.C; extra < 0 || extra%2 != 0 {
		return &Error{Op: op, Arg: y.arg, Expected: fmt.Sprintf("%d channels plus an even number", g.C), Got: y.t.String(), Err: ErrShape}
	}
	if err := apart(op, x, y, false); err != nil {
		return err
	}
	dst, src := y.t, x.t
	if back > 0 {
		dst, src = src, dst
	}
	return s.outcome(op, s.dev.cpu.Shortcut(s.flag(), g, dst.ptr, src.ptr, back))
}

// CrossEntropy stores loss [N] = -log softmax(x * inverse)[label] for logits x
// [N,C], dx = (softmax - one-hot) * scale, and the softmax itself in probs unless
// absent.
func (s *Stream) CrossEntropy(loss, probs, dx, x Tensor, labels []int32, inverse, scale float32) error {
	const op = "CrossEntropy"
	if err := s.whole(op, 2, operand{"x", x}, operand{"dx", dx}); err != nil {
		return err
	}
	if err := same(op, operand{"x", x}, operand{"dx", dx}); err != nil {
		return err
	}
	if probs.Defined() {
		if err := s.whole(op, 2, operand{"probs", probs}); err != nil {
			return err
		}
		if err := same(op, operand{"x", x}, operand{"probs", probs}); err != nil {
			return err
		}
	}
	n, c := x.dims[0], x.dims[1]
	if err := s.check(op, "loss", loss, onlyF32, 1, 1); err != nil {
		return err
	}
	if err := s.vectors(op, n, operand{"loss", loss}); err != nil {
		return err
	}
	if err := apart(op, operand{"dx", dx}, operand{"x", x}, false); err != nil {
		return err
	}
	if err := s.length(op, "labels", len(labels), n); err != nil {
		return err
	}
	for i, l := range labels {
		if l < 0 || int(l) >= c {
			return &Error{Op: op, Arg: "labels", Expected: fmt.Sprintf("0 to %d", c-1), Got: fmt.Sprintf("%d in row %d", l, i), Err: ErrRange}
		}
	}
	if err := s.ready(op); err != nil {
		return err
	}
	return s.outcome(op, s.dev.cpu.Entropy(s.flag(), n, c, loss.ptr, probs.ptr, dx.ptr, x.ptr, labels, inverse, scale))
}

// Descent is a rule of gradient descent, in PyTorch's form: d = g + decay w, v =
// momentum v + d, w -= rate v, or rate (d + momentum v) with Nesterov.
type Descent struct {
	Rate, Momentum, Decay float32
	Nesterov              bool
}

// Descend updates the weights w and velocities v from the gradients g. Where
// mask is below 1/2, weight and velocity become exactly zero; an absent mask
// keeps all. All are contiguous f32 of one dimension and equal length.
func (s *Stream) Descend(w, v, g, mask Tensor, o Descent) error {
	const op = "Descend"
	if err := s.whole(op, 1, operand{"w", w}, operand{"v", v}, operand{"g", g}); err != nil {
		return err
	}
	if err := s.vectors(op, w.dims[0], operand{"v", v}, operand{"g", g}, operand{"mask", mask}); err != nil {
		return err
	}
	for _, in := range []operand{{"v", v}, {"g", g}, {"mask", mask}} {
		if in.t.Defined() {
			if err := apart(op, operand{"w", w}, in, false); err != nil {
				return err
			}
		}
	}
	if err := s.ready(op); err != nil {
		return err
	}
	return s.outcome(op, s.dev.cpu.Descend(s.flag(), w.Len(), w.ptr, v.ptr, g.ptr, mask.ptr, o.Rate, o.Momentum, o.Decay, o.Nesterov))
}
